"""After the last check, whatever happened: the closing checks, and everything put away."""

from __future__ import annotations

from collections.abc import Generator

import pytest

from gate.closing import closing_checks, run_closing
from gate.finish import Gathered
from gate.plugin.checks import scrub_report, tell_shortly
from gate.plugin.collection import not_owed
from gate.plugin.lookups import is_worker
from gate.results import CheckResult
from gate.run import Run
from gate.stash import GATHERED, RUN


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtestloop(session: pytest.Session) -> Generator[None, object, object]:
    """After the last check, whatever happened: the closing checks, and everything put away."""
    config = session.config
    if is_worker(config) or config.stash.get(RUN, None) is None:
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


def _close(config: pytest.Config, run: Run, gathered: Gathered) -> None:
    from gate.sweep import put_away

    if run.stages and not gathered.interrupted:
        try:
            checks = [
                one for one in closing_checks(run.root, run.stages) if one.id not in not_owed(config, run)
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
            tell_shortly(report, error)
            scrub_report(report, run)
        config.hook.pytest_runtest_logreport(report=report)
