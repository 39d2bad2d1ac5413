"""The seam to pytest: options, hooks, and who is called when. Wiring only; what is decided is decided elsewhere."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from gate import embedded, running
from gate.checklist import STAGES
from gate.closing import closing_checks, run_closing
from gate.commit_lock import ANSWERS, in_the_way
from gate.deadline import DEFAULT_S
from gate.finish import Gathered, facts, verdicts, worst
from gate.fixtures import CHECK, RUN, TROUBLED, VISITORS
from gate.history import remember
from gate.inputs import InputError
from gate.outcome import result_of
from gate.report import files, pytest_html_page
from gate.report.ci_summary import ci_summary
from gate.report.terminal import band
from gate.results import Blocked, CheckResult, CheckStopped
from gate.run import Run
from gate.stages import WAYS, needs_browser, requested
from gate.start import prepare
from gate.verdict import ExitCode, Verdict, unfinished, why_not

GATHERED = pytest.StashKey[Gathered]()
SANDBOX = pytest.StashKey[embedded.Embedded]()
VERDICTS = pytest.StashKey[Sequence[Verdict]]()
TROUBLE = pytest.StashKey[dict[str, Any]]()
HELD = pytest.StashKey[FileLock]()
WIRE = "gate_run"
_RUNS_NOTHING = ("collectonly", "setuponly", "setupplan")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of the gate, all stages."""
    group = parser.getgroup("gate", "release gate")
    group.addoption(
        "--sandbox", action="store_true", help="judge the embedded staging, started and stopped for this run"
    )
    group.addoption(
        "--fault",
        action="append",
        default=[],
        metavar="NAME",
        help="with --sandbox: break it on purpose (repeatable)",
    )
    group.addoption("--target", metavar="FILE", help="description of the application (default: target.toml)")
    group.addoption("--checklist", metavar="FILE", help="what must be proven (default: checklist.toml)")
    group.addoption(
        "--environment",
        metavar="NAME",
        help="environment of target.toml (default: the one that lists the URL)",
    )
    group.addoption("--report-dir", metavar="DIR", help="where reports go (default: reports/)")
    group.addoption(
        "--browser-path",
        metavar="PATH",
        help="browser to drive (default: GATE_BROWSER, else one that is found)",
    )
    group.addoption(
        "--app-dir", metavar="DIR", help="preflight: the app's repository (default: repository.path)"
    )
    group.addoption(
        "--base-ref",
        metavar="REF",
        help="preflight: what the change is compared with (default: repository.base)",
    )
    group.addoption(
        "--env-file",
        metavar="FILE",
        help="preflight: the app's variables (default: .env of the app's folder)",
    )
    group.addoption("--release-notes", metavar="FILE", help="preflight: text of the pull request")
    group.addoption(
        "--commit", metavar="SHA", help="postdeploy: the commit that must be live (default: GATE_COMMIT)"
    )
    group.addoption(
        "--deadline",
        metavar="SECONDS",
        help=f"the checks of a run end by then, counted from when the deploy is live (default: {DEFAULT_S:.0f})",
    )
    group.addoption(
        "--no-commit",
        action="store_true",
        help="postdeploy: do not prove which commit is live (a stated weakness)",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Markers; SIGTERM as an interruption, so that everything is cleaned up; on a worker, the run it belongs to."""
    for stage in STAGES:
        config.addinivalue_line("markers", f"{stage}: checks of this stage")
    config.addinivalue_line("markers", "check(id): the checklist item that this test proves")
    config.stash[GATHERED] = Gathered()
    if _is_worker(config):
        run = Run.from_wire(config.workerinput[WIRE])  # type: ignore[attr-defined]
        _adopt(config, run)
        config.option.output = str(run.private / "playwright" / config.workerinput["workerid"])  # type: ignore[attr-defined]
    else:
        signal.signal(signal.SIGTERM, _as_interrupt)


def _as_interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Validate every input, start the sandbox if asked to, make the run's folder."""
    config = session.config
    if _is_worker(config) or any(config.getoption(name) for name in _RUNS_NOTHING):
        return
    stages = requested(config.option.markexpr)
    if not stages and config.args_source == pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword:
        raise pytest.UsageError(WAYS)
    if config.option.fault and not config.option.sandbox:
        raise pytest.UsageError("--fault breaks the embedded staging only: add --sandbox")
    if len(config.option.browser or []) > 1:
        raise pytest.UsageError("one --browser at a time: a check is judged once")
    try:
        sandbox = None
        if config.option.sandbox:
            only_repository = bool(stages) and not needs_browser(stages)
            config.stash[SANDBOX] = embedded.start(
                config.rootpath, config.option.fault, only_repository=only_repository
            )
            sandbox = config.stash[SANDBOX].facts
        run = prepare(lambda name: config.getoption(name, None), config.rootpath, stages, sandbox)
    except InputError as error:
        _stop_sandbox(config)
        raise pytest.UsageError("\n".join(error.problems)) from None
    except BaseException:
        _stop_sandbox(config)
        raise
    _adopt(config, run)
    config.stash[HELD] = running.hold(run, embedded=bool(config.option.sandbox))
    config.pluginmanager.register(_Listener(config, config.stash[GATHERED]))
    config.option.output = str(run.private / "playwright" / "main")
    if stages:
        _write_unfinished(config)
        pytest_html_page.install(session, run.stage_folders, lambda: config.stash[VERDICTS], run.scrub)


def _write_unfinished(config: pytest.Config) -> None:
    """What stands on disk if this run is killed now."""
    run, gathered = config.stash[RUN], config.stash[GATHERED]
    config.stash[VERDICTS] = [
        files.write_unfinished(
            unfinished(gathered.results, run.checklist, facts(run, stage, gathered, None)), folder, run.scrub
        )
        for stage, folder in run.stage_folders.items()
    ]


def _adopt(config: pytest.Config, run: Run) -> None:
    config.stash[RUN] = run
    config.option.base_url = run.base_url


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the run to a worker."""
    node.workerinput[WIRE] = node.config.stash[RUN].to_wire()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ids and checklist agree; what does not apply is left out; the checklist's order is the order of running."""
    run = config.stash.get(RUN, None)
    if run is None:
        return
    ids = {item.nodeid: _check_id(item) for item in items}
    known = [check_id for check_id in ids.values() if check_id]
    problems = [
        f"checklist.toml: no item for the check {one!r}; add one" for one in run.checklist.unlisted(known)
    ]
    problems += [
        f"the check {one!r} is defined twice" for one in sorted({k for k in known if known.count(k) > 1})
    ]
    problems += [
        f'{nodeid}: a check needs @pytest.mark.check("area.name") and a line in checklist.toml'
        for nodeid, check_id in ids.items()
        if not check_id
    ]
    if problems and run.stages:
        config.stash[GATHERED].broken += problems
        raise pytest.UsageError("\n".join(problems))
    not_owed = _not_owed(config, run)
    dropped = [item for item in items if ids[item.nodeid] in not_owed]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]
    items.sort(key=lambda item: run.checklist.position(ids[item.nodeid] or ""))


def _not_owed(config: pytest.Config, run: Run) -> set[str]:
    """Items that no requested stage owes here."""
    owed: set[str] = set()
    for stage in run.stages:
        about = facts(run, stage, config.stash[GATHERED], None)
        owed |= {item.id for item in run.checklist.of(stage) if not why_not(item, about)}
    return {item.id for item in run.checklist.item} - owed if run.stages else set()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """No check begins after the deadline, and none asks an app that is known to hang."""
    run = item.config.stash.get(RUN, None)
    if run is not None and run.stages:
        asks, check_id = "answers" in getattr(item, "fixturenames", ()), _check_id(item) or item.nodeid
        run.patience.require(check_id, of_the_app=asks)
        cause = in_the_way(run) if asks else None
        if cause and cause != check_id and check_id != ANSWERS:
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
    elif call.excinfo is not None:
        trouble["error"] = trouble["error"] or call.excinfo.value
        item.stash[TROUBLED] = True
        if recorder:
            recorder.look()
        _tell_shortly(report, call.excinfo.value)
    _scrub(report, run)
    if call.when == "teardown":
        result = result_of(
            _check_id(item) or item.nodeid,
            item.nodeid,
            recorder,
            trouble["error"],
            trouble["skipped"],
            trouble["duration"],
        )
        report.user_properties.append(("gate_result", result.model_dump_json()))
    return report


def _tell_shortly(report: pytest.TestReport, error: BaseException) -> None:
    """For a stop that explains itself the traceback is noise."""
    if isinstance(error, CheckStopped):
        hint = f"\nhint:     {error.hint}" if error.hint else ""
        report.longrepr = f"expected: {error.expected}\nobserved: {error.observed}{hint}"


def _skip_reason(report: pytest.TestReport) -> str:
    return str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else "skipped"


def _scrub(report: pytest.TestReport, run: Run) -> None:
    if report.longrepr is not None and not isinstance(report.longrepr, tuple):
        text = str(report.longrepr)
        clean = run.scrub(text)
        if clean != text or isinstance(report.longrepr, str):
            report.longrepr = clean
    report.sections = [(title, run.scrub(text)) for title, text in report.sections]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """After the last check, whatever happened: the closing checks, and everything put away."""
    config = session.config
    if _is_worker(config) or config.stash.get(RUN, None) is None:
        return (yield)
    run, gathered = config.stash[RUN], config.stash[GATHERED]
    try:
        return (yield)
    except pytest.Session.Interrupted:
        raise  # pytest's own stop: a check file that could not be collected
    except KeyboardInterrupt:
        gathered.interrupted = True
        raise
    finally:
        _close(config, run, gathered)


class _Listener:
    """Hears every report of every worker."""

    def __init__(self, config: pytest.Config, gathered: Gathered) -> None:
        self.config, self.gathered = config, gathered
        self._next_write = 0.0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result, and what is on disk, up to date."""
        for name, value in report.user_properties:
            if name == "gate_result" and report.when == "teardown":
                self.gathered.results.append(CheckResult.model_validate_json(str(value)))
                if self.config.stash[RUN].stages:
                    self._write()

    def _write(self) -> None:
        """As often as it takes a twentieth of the run's time, about once in a second."""
        began = time.monotonic()
        if began >= self._next_write:
            _write_unfinished(self.config)
            now = time.monotonic()
            self._next_write = now + 19 * (now - began)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A check file that cannot be imported is a broken part of the gate."""
        if report.failed:
            self.gathered.broken.append(f"{report.nodeid} could not be collected")


def _close(config: pytest.Config, run: Run, gathered: Gathered) -> None:
    from gate.sweep import put_away

    if run.stages and not gathered.interrupted:
        try:
            checks = [
                one for one in closing_checks(run.root, run.stages) if one.id not in _not_owed(config, run)
            ]
            for result, error in run_closing(checks, run):
                gathered.results.append(result)
                _announce(config, run, result, error)
        except Exception as error:
            gathered.broken.append(f"closing checks: {type(error).__name__}: {run.scrub(str(error))}")
    try:
        left, remain = put_away(run)
        gathered.leftovers += left
        gathered.remainders += remain
    except Exception as error:
        gathered.leftovers.append(
            f"cleaning up failed: {type(error).__name__}: {run.scrub(str(error))[:300]}"
        )


def _announce(config: pytest.Config, run: Run, result: CheckResult, error: BaseException | None) -> None:
    """A closing check in pytest's own words, for the terminal and every other reporter."""
    file, _, name = result.nodeid.partition("::")
    for when in ("setup", "call", "teardown"):
        called = when == "call"
        report = pytest.TestReport(
            nodeid=result.nodeid,
            location=(file, 0, name),
            keywords={},
            outcome="failed" if called and error is not None else "passed",
            longrepr=None,
            when=when,
            duration=result.duration_s if called else 0.0,
        )
        if called and error is not None:
            report.longrepr = str(error)
            _tell_shortly(report, error)
            _scrub(report, run)
        config.hook.pytest_runtest_logreport(report=report)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """The one owner of the exit status: the verdict."""
    config = session.config
    run = config.stash.get(RUN, None)
    if _is_worker(config):
        return
    if requested(config.option.markexpr) and any(config.getoption(name) for name in _RUNS_NOTHING):
        session.exitstatus = ExitCode.NOTHING_RUN
        return
    if run is None:
        return
    gathered = config.stash[GATHERED]
    try:
        if not run.stages:
            if exitstatus == pytest.ExitCode.OK:
                session.exitstatus = ExitCode.INCONCLUSIVE
            return
        judged = verdicts(run, gathered)
        if exitstatus == pytest.ExitCode.USAGE_ERROR:
            session.exitstatus = ExitCode.CONFIGURATION
        elif exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED and not gathered.results:
            session.exitstatus = ExitCode.NOTHING_RUN
        else:
            session.exitstatus = worst(verdict.exit_code for verdict in judged)
        _share_evidence(run)
        config.stash[VERDICTS] = [
            files.write(verdict, run.stage_folders[verdict.stage], run.scrub) for verdict in judged
        ]
        remember(run, judged)
        _summarise_for_ci(config)
    except Exception as error:
        gathered.broken.append(f"{type(error).__name__}: {error}")
        sys.stderr.write(run.scrub(f"\nthe verdict could not be written: {type(error).__name__}: {error}\n"))
        session.exitstatus = ExitCode.INCONCLUSIVE


def _share_evidence(run: Run) -> None:
    """The evidence of a run of two stages belongs to both."""
    for folder in list(run.stage_folders.values())[1:]:
        if (run.folder / "evidence").is_dir():
            shutil.copytree(run.folder / "evidence", folder / "evidence", dirs_exist_ok=True)


def _summarise_for_ci(config: pytest.Config) -> None:
    """Where CI shows a summary, the verdict stands in it."""
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if summary:
        with Path(summary).open("a", encoding="utf-8") as stream:
            stream.writelines(ci_summary(verdict) + "\n" for verdict in config.stash[VERDICTS])


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The verdict, last on the screen."""
    config = terminalreporter.config
    run = config.stash.get(RUN, None)
    if run is not None and not run.stages:
        for left in config.stash[GATHERED].leftovers:
            terminalreporter.write_line(f"left behind: {left}; python -m gate sweep puts it away")
    colour = terminalreporter._tw.hasmarkup
    for verdict in config.stash.get(VERDICTS, []):
        assert run is not None
        terminalreporter.write_line(
            band(verdict, run.stage_folders[verdict.stage] / files.REPORT, colour=colour)
        )


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop what was started, remove what is private."""
    if _is_worker(config):
        return
    _stop_sandbox(config)
    run = config.stash.get(RUN, None)
    if run is not None:
        config.stash[HELD].release()
        shutil.rmtree(run.private, ignore_errors=True)
        if not run.stages and not run.journal.open():
            shutil.rmtree(run.folder, ignore_errors=True)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """What is judged, where, and what may be done there."""
    run = config.stash.get(RUN, None)
    if run is None or not run.stages:
        return []
    allowed = ", ".join(run.environment.allow) or "nothing may be written"
    where = f" at {run.base_url}" if run.base_url else ""
    return [
        f"gate: {' and '.join(run.stages)} of {run.target.name}{where} [{run.environment_name}: {allowed}]"
    ]


def _stop_sandbox(config: pytest.Config) -> None:
    sandbox = config.stash.get(SANDBOX, None)
    if sandbox is not None:
        sandbox.stop()
        del config.stash[SANDBOX]


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _check_id(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("check")
    return str(marker.args[0]) if marker and marker.args else None
