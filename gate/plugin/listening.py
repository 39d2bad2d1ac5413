"""Every report of every worker is kept, and what is on disk is up to date."""

from __future__ import annotations

import sys
import time
import warnings
from typing import Any

import pytest

from gate.finish import Gathered, facts
from gate.plugin.lookups import PROBLEMS
from gate.report import files
from gate.report.untrusted import one_line
from gate.results import CheckResult
from gate.start import cannot_be_written
from gate.stash import GATHERED, RUN, VERDICTS
from gate.verdict import unfinished


class Listener:
    """Hears every report of every worker."""

    def __init__(self, config: pytest.Config, gathered: Gathered) -> None:
        self.config, self.gathered = config, gathered
        self._next_write = 0.0
        self._told = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the result, and what is on disk, up to date."""
        for name, value in report.user_properties:
            if name == "gate_result" and report.when == "teardown":
                self.gathered.results.append(CheckResult.model_validate_json(str(value)))
                if self.config.stash[RUN].stages:
                    self._write()

    def _write(self) -> None:
        """As often as it takes a fiftieth of the run's time, about once in two seconds."""
        began = time.monotonic()
        if began >= self._next_write:
            try:
                write_unfinished(self.config)
            except OSError as error:
                # What is on disk says UNFINISHED all the same; the end of the run tries again.
                if not self._told:
                    self._told = True
                    sys.stderr.write(
                        f"\nwarning: {cannot_be_written(error, self.config.stash[RUN].folder)}\n"
                    )
            now = time.monotonic()
            self._next_write = now + 49 * (now - began)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A check file that cannot be imported is a broken part of the gate."""
        if report.failed:
            self.gathered.broken.append(f"{report.nodeid} could not be collected")

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Also while checks are collected, before any of them runs."""
        self.gathered.interrupted |= from_outside(excinfo.value)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """A worker that was interrupted ends the run; one that died may have left something under way."""
        output = getattr(node, "workeroutput", {})
        self.gathered.refused = output.get(PROBLEMS) or self.gathered.refused
        self.gathered.interrupted |= output.get("exitstatus") == pytest.ExitCode.INTERRUPTED
        self.gathered.cut_off |= error is not None or self.gathered.interrupted

    def pytest_internalerror(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """pytest, a plugin or a worker failed on its own: what it still had to say nobody knows."""
        said = self.config.stash[RUN].scrub(f"{excinfo.typename}: {excinfo.value}")
        self.gathered.broken.append(f"pytest failed on its own: {one_line(said)}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Scrub it before it is shown."""
        warning_message.message = self.config.stash[RUN].scrub(str(warning_message.message))


def from_outside(error: BaseException) -> bool:
    """Whether somebody ended the run; pytest and xdist stop by themselves, after -x, with errors of their own."""
    return type(error) is KeyboardInterrupt or isinstance(error, pytest.exit.Exception)


def write_unfinished(config: pytest.Config) -> None:
    """What stands on disk if this run is killed now."""
    run, gathered = config.stash[RUN], config.stash[GATHERED]
    config.stash[VERDICTS] = [
        files.write_unfinished(
            unfinished(gathered.results, run.checklist, facts(run, stage, gathered, None)), folder, run.scrub
        )
        for stage, folder in run.stage_folders.items()
    ]
