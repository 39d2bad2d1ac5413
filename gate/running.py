"""What a run leaves for who comes after a crash: what it was, and a lock that only a living process holds."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout

from gate.run import Run

RECORD, LOCK = "run.json", ".running"


@dataclass(frozen=True)
class Abandoned:
    """A run whose process is gone. `embedded`: what it judged went with it."""

    run: Run
    embedded: bool


def hold(run: Run, *, embedded: bool) -> FileLock:
    """Write the run down in its folder, no secret in it, and lock the folder while this process lives."""
    lock = FileLock(run.folder / LOCK)
    lock.acquire(timeout=0)
    record = {"embedded": embedded, "run": json.loads(run.to_wire())}
    (run.folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    return lock


def take_over(folder: Path) -> FileLock | None:
    """The lock of a run's folder, or None while its process lives."""
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return None
    return lock


def read(folder: Path) -> Abandoned:
    """The run of a folder, wherever the folder stands now; raises ValueError when the record is not one."""
    try:
        record = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        run = Run.from_wire(json.dumps(record["run"]))
        return Abandoned(replace(run, folder=folder), bool(record["embedded"]))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{folder / RECORD} cannot be read ({type(error).__name__})") from None
