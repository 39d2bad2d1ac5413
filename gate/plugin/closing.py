"""After the last check, whatever happened: the closing checks, and everything put away."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from concurrent.futures import Future
from threading import Thread
from typing import Any

import pytest

from gate.closing import Closing, closing_checks, run_closing
from gate.deadline import Patience
from gate.finish import Gathered
from gate.plugin.checks import scrub_report, tell_shortly
from gate.plugin.collection import not_owed, refuse
from gate.plugin.listening import from_outside
from gate.plugin.lookups import is_worker
from gate.results import CheckResult
from gate.run import Run
from gate.stash import GATHERED, RUN

# After these, -x and the like, also xdist's, no check is under way.
_OWN_STOPS = (pytest.Session.Failed, KeyboardInterrupt, pytest.UsageError)


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """After the last check, whatever happened: the closing checks, and everything put away.

    The innermost wrapper: pytest's own ends the line of progress, which the closing checks belong to.
    """
    config = session.config
    if is_worker(config) or config.stash.get(RUN, None) is None:
        return (yield)
    run, gathered = config.stash[RUN], config.stash[GATHERED]
    last = _owed(config, run, gathered)
    if _workers(config) is None:
        _count(session, last)
    try:
        looped = yield
        if gathered.refused:
            refuse(config, gathered.refused)
        return looped
    except BaseException as error:
        gathered.interrupted |= from_outside(error)
        gathered.cut_off |= gathered.interrupted or not isinstance(error, _OWN_STOPS)
        raise
    finally:
        if _workers(config) is not None:
            _count(session, last)  # only now does xdist's own count stand
        _end(config, run, gathered, last)


def _owed(config: pytest.Config, run: Run, gathered: Gathered) -> list[Closing]:
    """The closing checks of this run, known from its beginning so that its progress counts them."""
    if not run.stages:
        return []
    try:
        left_out = not_owed(config, run)
        return [one for one in closing_checks(run.root, run.stages) if one.id not in left_out]
    except Exception as error:
        gathered.broken.append(f"closing checks: {type(error).__name__}: {run.scrub(str(error))}")
        return []


def _count(session: pytest.Session, last: list[Closing]) -> None:
    """Have the terminal's progress count them too; a run that collected nothing stays one of nothing."""
    if session.testscollected:
        session.testscollected += len(last)


def _end(config: pytest.Config, run: Run, gathered: Gathered, last: list[Closing]) -> None:
    try:
        if gathered.cut_off:
            _end_workers(config)
        else:
            _dismiss_workers(config)
        try:
            if last and not (gathered.interrupted or gathered.refused):
                _run_closing_checks(config, run, gathered, last)
        finally:
            _put_away(run, gathered)
    except BaseException:
        gathered.interrupted = True
        raise
    finally:
        _account(run, gathered)


def _end_workers(config: pytest.Config) -> None:
    """What a worker creates after everything is put away nobody would see: xdist waits for them, then kills."""
    distribution = _workers(config)
    if distribution is not None:
        distribution.nodemanager.teardown_nodes()


def _dismiss_workers(config: pytest.Config) -> None:
    """They have nothing left to do: they end while the closing checks run, and xdist waits for them afterwards."""
    distribution = _workers(config)
    if distribution is not None:
        for gateway in tuple(distribution.nodemanager.group):
            gateway.exit()


def _workers(config: pytest.Config) -> Any:
    """xdist's distribution of the checks to workers; None where there are none."""
    return config.pluginmanager.get_plugin("dsession")


def _run_closing_checks(config: pytest.Config, run: Run, gathered: Gathered, last: list[Closing]) -> None:
    try:
        for result, error in run_closing(last, run):
            gathered.results.append(result)
            _announce(config, run, result, error)
    except Exception as error:
        gathered.broken.append(f"closing checks: {type(error).__name__}: {run.scrub(str(error))}")


def _put_away(run: Run, gathered: Gathered) -> None:
    from gate.sweep import LATE_S, put_away

    late_s = LATE_S if gathered.cut_off or Patience(run.shared).unanswered_writes else 0.0
    if (gathered.interrupted or late_s) and run.journal.open():
        sys.stderr.write("\nputting away what this run created; ctrl-C leaves it to `python -m gate sweep`\n")
    try:
        gathered.leftovers += (
            _beside(lambda: put_away(run, late_s)) if gathered.cut_off else put_away(run, late_s)
        )
    except Exception as error:
        gathered.leftovers.append(
            f"cleaning up failed: {type(error).__name__}: {run.scrub(str(error))[:300]}"
        )


def _beside(work: Callable[[], list[str]]) -> list[str]:
    """In a thread of its own, since the Playwright of a check that was cut off still holds this one.

    Whoever does not wait for it leaves it to the end of the process.
    """
    done: Future[list[str]] = Future()

    def do() -> None:
        try:
            done.set_result(work())
        except BaseException as error:
            done.set_exception(error)

    Thread(target=do, daemon=True).start()
    return done.result()


def _account(run: Run, gathered: Gathered) -> None:
    """What the journal says at the very end: also where putting away was cut short."""
    told = tuple(gathered.leftovers)
    entries = run.journal.entries()
    gathered.leftovers += [
        f"{entry.name}: {entry.state}, and not put away"
        for entry in entries
        if entry.state != "closed" and not any(one.startswith(f"{entry.name}: ") for one in told)
    ]
    gathered.remainders += [f"{entry.name}: {entry.note}" for entry in entries if entry.remains]


def _announce(config: pytest.Config, run: Run, result: CheckResult, error: BaseException | None) -> None:
    """A closing check in pytest's own words, for the terminal and every other reporter."""
    file, _, name = result.nodeid.partition("::")
    location = (file, 0, name)
    config.hook.pytest_runtest_logstart(nodeid=result.nodeid, location=location)
    for when in ("setup", "call", "teardown"):
        called = when == "call"
        report = pytest.TestReport(
            nodeid=result.nodeid,
            location=location,
            keywords={},
            outcome="failed" if called and error is not None else "passed",
            longrepr=None,
            when=when,
            duration=result.duration_s if called else 0.0,
        )
        if called and error is not None:
            report.longrepr = str(error)
            tell_shortly(report, error)
            scrub_report(report, run)
        config.hook.pytest_runtest_logreport(report=report)
    config.hook.pytest_runtest_logfinish(nodeid=result.nodeid, location=location)
