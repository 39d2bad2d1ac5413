"""Closing checks: what can only be told after the last check. Run in the controller, reported like any check.

They stand in a stage folder's closing.py as functions marked with `@closing("check.id")` that take the recorder
and the run, in the order in which they are to run.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from gate.outcome import result_of
from gate.recorder import Check
from gate.results import CheckResult
from gate.run import Run

ClosingFunction = Callable[[Check, Run], None]
_registered: list[tuple[str, ClosingFunction]] = []


def closing(check_id: str) -> Callable[[ClosingFunction], ClosingFunction]:
    """Mark a function as the closing check `check_id`."""

    def register(function: ClosingFunction) -> ClosingFunction:
        _registered.append((check_id, function))
        return function

    return register


@dataclass(frozen=True)
class Closing:
    """A closing check that was found in a file."""

    id: str
    file: Path
    function: ClosingFunction

    def nodeid(self, root: Path) -> str:
        """As pytest would name it."""
        return f"{self.file.relative_to(root).as_posix()}::{self.function.__name__}"


def closing_checks(root: Path, stages: tuple[str, ...]) -> list[Closing]:
    """The closing checks of these stages' folders; what a broken file raises is the caller's to report."""
    found = []
    for stage in stages:
        file = root / stage / "closing.py"
        if file.exists():
            _registered.clear()
            spec = importlib.util.spec_from_file_location(f"{stage}_closing", file)
            assert spec is not None
            assert spec.loader is not None
            spec.loader.exec_module(importlib.util.module_from_spec(spec))
            found += [Closing(check_id, file, function) for check_id, function in _registered]
    return found


def run_closing(checks: list[Closing], run: Run) -> Iterator[tuple[CheckResult, BaseException | None]]:
    """Run them one after the other; an exception ends only its own check."""
    for one in checks:
        recorder = Check(one.id, run.folder / "evidence", run.scrub, run.patience)
        began = time.monotonic()
        error: BaseException | None = None
        try:
            one.function(recorder, run)
        except Exception as caught:
            error = caught
        took_s = time.monotonic() - began
        yield (
            result_of(one.id, one.nodeid(run.root), recorder, error, None, took_s, run.root, run.scrub),
            error,
        )
