"""From the inputs to the exit status: who is called when."""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from gate import embedded, running
from gate.booted import running_candidate
from gate.booted.ports import hold, url_of
from gate.checklist import STAGES
from gate.finish import Gathered, verdicts, worst
from gate.history import remember
from gate.inputs import InputError
from gate.plugin.listening import Listener, write_unfinished
from gate.plugin.lookups import RUNS_NOTHING, is_worker
from gate.plugin.recordings import NO_OUTPUT, output_of
from gate.redact import Scrubber
from gate.report import files, pytest_html_page
from gate.report.ci_summary import ci_summary
from gate.report.terminal import band
from gate.run import Run
from gate.stages import WAYS, needs_browser, requested
from gate.start import cannot_be_written, prepare
from gate.stash import GATHERED, RUN, VERDICTS
from gate.verdict import ExitCode

SANDBOX = pytest.StashKey[embedded.Embedded]()
BOOTED = pytest.StashKey[embedded.Embedded]()
HELD = pytest.StashKey[FileLock]()
WIRE = "gate_run"


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Markers; SIGTERM and SIGHUP as interruptions, so that all is cleaned up; on a worker, the run it belongs to."""
    for stage in STAGES:
        config.addinivalue_line("markers", f"{stage}: checks of this stage")
    config.addinivalue_line("markers", "check(id): the checklist item that this test proves")
    config.stash[GATHERED] = Gathered()
    if is_worker(config):
        run = Run.from_wire(config.workerinput[WIRE])  # type: ignore[attr-defined]
        _adopt(config, run)
        config.option.output = output_of(run, config.workerinput["workerid"])  # type: ignore[attr-defined]
    else:
        signal.signal(signal.SIGTERM, _as_interrupt)
        # The terminal was closed; under nohup that is meant to change nothing.
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signal.signal(signal.SIGHUP, _as_interrupt)


def _as_interrupt(signum: int, frame: object) -> None:
    raise KeyboardInterrupt


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> Generator[None, int | None, int | None]:
    """Where pytest only lists fixtures it says 0 whatever the session came to."""
    status = yield
    if status == pytest.ExitCode.OK and _only_lists(config):
        return ExitCode.NOTHING_RUN
    return status


def _only_lists(config: pytest.Config) -> bool:
    """Whether a stage is asked for together with an option that runs nothing."""
    return bool(requested(config.option.markexpr)) and any(config.getoption(name) for name in RUNS_NOTHING)


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Validate every input, start the sandbox if asked to, make the run's folder."""
    config = session.config
    if is_worker(config) or any(config.getoption(name) for name in RUNS_NOTHING):
        return
    stages = requested(config.option.markexpr)
    if not stages and config.args_source == pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword:
        raise pytest.UsageError(WAYS)
    if config.option.fault and not config.option.sandbox:
        raise pytest.UsageError("--fault breaks the embedded staging only: add --sandbox")
    if Path(config.option.output) != Path("test-results"):
        raise pytest.UsageError(NO_OUTPUT)
    if len(config.option.browser or []) > 1:
        raise pytest.UsageError("one --browser at a time: a check is judged once")
    try:
        sandbox = None
        if config.option.sandbox:
            only_repository = bool(stages) and (config.option.boot_candidate or not needs_browser(stages))
            config.stash[SANDBOX] = embedded.start(
                config.rootpath, config.option.fault, only_repository=only_repository
            )
            sandbox = config.stash[SANDBOX].facts
        held = hold() if config.option.boot_candidate else None
        run = prepare(
            lambda name: config.getoption(name, None),
            config.rootpath,
            stages,
            sandbox,
            boots_at=url_of(held) if held else None,
        )
        if held:
            config.stash[BOOTED] = running_candidate.begin(run, held)
    except InputError as error:
        _stop_started(config)
        # No variable may be known yet; what looks like a secret is one.
        raise pytest.UsageError(Scrubber()("\n".join(error.problems))) from None
    except BaseException:
        _stop_started(config)
        raise
    _adopt(config, run)
    config.stash[HELD] = running.hold(run, embedded=bool(config.option.sandbox or run.booted))
    config.pluginmanager.register(Listener(config, config.stash[GATHERED]))
    config.option.output = output_of(run, "main")
    if stages:
        try:
            write_unfinished(config)
        except OSError as error:
            for folder in run.stage_folders.values():
                shutil.rmtree(folder, ignore_errors=True)
            raise pytest.UsageError(cannot_be_written(error, run.folder)) from None
        pytest_html_page.install(session, run.stage_folders, lambda: config.stash[VERDICTS], run.scrub)


def _adopt(config: pytest.Config, run: Run) -> None:
    config.stash[RUN] = run
    config.option.base_url = run.base_url


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the run to a worker."""
    node.workerinput[WIRE] = node.config.stash[RUN].to_wire()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """The one owner of the exit status: the verdict."""
    config = session.config
    run = config.stash.get(RUN, None)
    if is_worker(config):
        return
    if _only_lists(config):
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
    except Exception as error:
        sys.stderr.write(run.scrub(f"\nthe verdict could not be written: {type(error).__name__}: {error}\n"))
        session.exitstatus = ExitCode.INCONCLUSIVE
        return
    # The verdict stands; what else is told of it opens and closes nothing.
    with _warning(run, "which accounts signed in"):
        remember(run, judged)
    with _warning(run, "the CI summary"):
        _summarise_for_ci(config)


@contextmanager
def _warning(run: Run, what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        told = f"warning: {what} could not be written: {type(error).__name__}: {error}"
        sys.stderr.write(run.scrub(f"\n{told}\n"))


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
    if is_worker(config):
        return
    _stop_started(config)
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
    of = f"gate: {' and '.join(run.stages)} of {run.target.name}"
    if not run.base_url:
        return [f"{of} [no URL: no page is opened]"]
    allowed = ", ".join(run.environment.allow) or "nothing may be written"
    return [f"{of} at {run.base_url} [{run.environment_name}: {allowed}]"]


def _stop_started(config: pytest.Config) -> None:
    for key in (BOOTED, SANDBOX):
        started = config.stash.get(key, None)
        if started is not None:
            started.stop()
            del config.stash[key]
