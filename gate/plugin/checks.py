"""Around each check: may it begin, what did its pages show, and what is told of it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from gate.commit_lock import ANSWERS, in_the_way
from gate.inputs import InputError
from gate.outcome import HINT_GATE, as_told_by, explain, result_of
from gate.plugin.lookups import check_id
from gate.plugin.recordings import keep_recordings
from gate.results import Blocked, Cause, CheckStopped, CouldNotTell, Outcome
from gate.run import Run
from gate.services.http import ServiceError
from gate.stash import CHECK, RUN, TROUBLED, VISITORS

TROUBLE = pytest.StashKey[dict[str, Any]]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """No check begins after the deadline, and none asks an app that is known to hang."""
    run = item.config.stash.get(RUN, None)
    if run is not None and run.stages:
        asks, name = "answers" in getattr(item, "fixturenames", ()), check_id(item) or item.nodeid
        run.patience.require(name, of_the_app=asks)
        cause = in_the_way(run) if asks else None
        if cause and cause != name and name != ANSWERS:
            raise Blocked(cause)


@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> Generator[None, object, object]:
    """A check that passed is passed only if the page guard saw nothing wrong on the way."""
    outcome = yield
    for visitor in pyfuncitem.stash.get(VISITORS, []):
        try:
            visitor.guard.judge()
        except CheckStopped:
            visitor.check.look()
            raise
    return outcome


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Scrub what pytest says, and after the teardown add the check's result to the report."""
    run = item.config.stash.get(RUN, None)
    report = yield
    if run is None:
        return report
    trouble = item.stash.setdefault(TROUBLE, {"error": None, "skipped": None, "duration": 0.0})
    recorder = item.stash.get(CHECK, None)
    if call.when == "setup":
        trouble.update(error=None, skipped=None, duration=0.0)
    if call.when != "teardown":  # the last one closes what all checks shared
        trouble["duration"] += report.duration
    if hasattr(report, "wasxfail") or report.skipped:
        trouble["skipped"] = str(getattr(report, "wasxfail", "") or _skip_reason(report))
    elif call.excinfo is not None or not report.passed:
        raised = call.excinfo.value if call.excinfo else _said_by_pytest(report, run)
        error = as_told_by(check_id(item) or item.nodeid, raised)
        trouble["error"] = trouble["error"] or error
        item.stash[TROUBLED] = True
        if recorder:
            recorder.look()
        tell_shortly(report, error)
    if call.when == "teardown":
        keep_recordings(report, recorder, run, item.config.invocation_params.dir)
    scrub_report(report, run)
    if call.when == "teardown":
        result = result_of(
            check_id(item) or item.nodeid,
            item.nodeid,
            recorder,
            trouble["error"],
            trouble["skipped"],
            trouble["duration"],
            run.root,
            run.scrub,
        )
        broken = result.outcome is Outcome.FAILED and result.cause is Cause.PRODUCT
        if broken and run.checklist.stops(result.id):
            run.patience.failed(result.id)
        report.user_properties.append(("gate_result", result.model_dump_json()))
    return report


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Scrub what pytest says of a check file that cannot be imported."""
    report = yield
    run = collector.config.stash.get(RUN, None)
    if run is not None:
        scrub_report(report, run)
    return report


def tell_shortly(report: pytest.TestReport, error: BaseException) -> None:
    """For what explains itself the traceback is noise."""
    if isinstance(error, CheckStopped | ServiceError | InputError):
        stop = explain(error)
        hint = f"\nhint:     {stop.hint}" if stop.hint else ""
        report.longrepr = f"expected: {stop.expected}\nobserved: {stop.observed}{hint}"


def _said_by_pytest(report: pytest.TestReport, run: Run) -> CouldNotTell:
    """A check that raised nothing and is failed all the same: a strict xfail that passed, a plugin's word."""
    said = run.scrub(f"{report.outcome}: {report.longrepr}")
    return CouldNotTell("the check to pass", said[:400], HINT_GATE)


def _skip_reason(report: pytest.TestReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else "skipped"


def scrub_report(report: pytest.TestReport | pytest.CollectReport, run: Run) -> None:
    """Every text of a report, which pytest and the reporters of others print."""
    if isinstance(report.longrepr, tuple):  # where it was skipped, and why
        report.longrepr = run.scrub.data(report.longrepr)
    elif report.longrepr is not None:
        text = str(report.longrepr)
        clean = run.scrub(text)
        if clean != text or isinstance(report.longrepr, str):
            report.longrepr = clean
    report.sections = [(title, run.scrub(text)) for title, text in report.sections]
    if isinstance(report, pytest.TestReport):
        report.user_properties = run.scrub.data(report.user_properties)
        if hasattr(report, "wasxfail"):
            report.wasxfail = run.scrub(str(report.wasxfail))
