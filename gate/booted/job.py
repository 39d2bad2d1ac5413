"""What is to be started, and what became of it: the words between a run and `python -m gate.booted`."""

from __future__ import annotations

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from gate.booted.remains import clear
from gate.embedded import Embedded
from gate.repo.installer import installer_environment
from gate.results import Blocked, Cause, CheckStopped, CouldNotTell, Failed
from gate.target import Target

BASE, CANDIDATE = "base", "candidate"
BOOT_S = 300.0
_OUTCOME, _PID = "outcome.json", "pid"


@dataclass(frozen=True)
class Job:
    """`sockets` names the sides, "candidate" and perhaps "base", each with the descriptor of its held port.

    Everything runs in `own`, a folder that is made for it. `passwords` are those of [candidate.accounts], made up for
    this run. `measured`: the database logs every statement. `upgraded`: the candidate is served on a database that the
    base has filled and it has upgraded.
    """

    run_id: str
    own: Path
    root: Path
    target_file: Path
    app_dir: Path
    base_ref: str | None
    cache_dir: Path
    sockets: Mapping[str, int]
    passwords: Mapping[str, str]
    measured: bool = False
    upgraded: bool = False

    def to_wire(self) -> str:
        """As one line."""
        return json.dumps(
            {name: str(value) if isinstance(value, Path) else value for name, value in asdict(self).items()}
        )

    @classmethod
    def from_wire(cls, line: str) -> Job:
        """Back from the line."""
        raw: dict[str, Any] = json.loads(line)
        paths = {name: Path(raw[name]) for name in ("own", "root", "target_file", "app_dir", "cache_dir")}
        return cls(**raw | paths)


def new_passwords(target: Target) -> dict[str, str]:
    """A password for every account of [candidate.accounts]."""
    return {role: secrets.token_urlsafe(12) for role in target.candidate.accounts}


@dataclass
class Running(Embedded):
    """The process of a job, and where everything of it runs."""

    own: Path

    def stop(self) -> None:
        """End it. One that was killed has left what it started."""
        try:
            super().stop()
        finally:
            clear(self.own)


def begin(job: Job, folder: Path, held: Iterable[socket.socket]) -> Running:
    """Start on the job in a process of its own, which takes over the held ports and none of the gate's secrets.

    `outcome` waits for what becomes of it in `folder`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "gate.booted", str(folder)],
        cwd=Path(__file__).parents[2],
        env=installer_environment(),
        stdin=subprocess.PIPE,
        text=True,
        pass_fds=tuple(job.sockets.values()),
        # A ctrl-C reaches the whole terminal group: what runs must outlive the checks that clean up in it.
        start_new_session=True,
    )
    for one in held:
        one.close()
    assert process.stdin is not None
    process.stdin.write(job.to_wire() + "\n")
    process.stdin.flush()
    (folder / _PID).write_text(str(process.pid), encoding="ascii")
    return Running(process, {}, job.own)


def write_outcome(folder: Path, told: Mapping[str, Any]) -> None:
    """Keep what became of a job; readers see all of it or nothing."""
    half = folder / f"{_OUTCOME}.part"
    half.write_text(json.dumps(told), encoding="utf-8")
    half.replace(folder / _OUTCOME)


def outcome(folder: Path, within_s: float = BOOT_S) -> dict[str, Any]:
    """What became of the job of `folder`: `sides` by name; `log` is the database's, `played` are the variables by which
    doubles alone are reached, `upgrade` says how the base's database was upgraded (see `upgraded`).

    Raises what kept all of it from starting; see `side` for one of them.
    """
    end = time.monotonic() + within_s
    while not (folder / _OUTCOME).exists():
        if _gone(folder) and not (folder / _OUTCOME).exists():
            raise CouldNotTell(
                "the app started on this machine",
                "the process that starts it has ended without a word",
                "was it killed, for want of memory perhaps? run the gate again",
            )
        if time.monotonic() > end:
            raise CouldNotTell(
                "the app started on this machine", f"not within {within_s:.0f} s", "run the gate again"
            )
        time.sleep(0.05)
    told: dict[str, Any] = json.loads((folder / _OUTCOME).read_text(encoding="utf-8"))
    _raise(told)
    return told


def _gone(folder: Path) -> bool:
    """Whether the process of the job has ended; one that its parent has not asked after is still listed."""
    try:
        process = psutil.Process(int((folder / _PID).read_text(encoding="ascii")))
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def side(told: Mapping[str, Any], name: str) -> dict[str, str]:
    """One running side: `url`, `log`, and the URLs of its `database` for its owner and for the `superuser`.

    Raises what kept it from starting.
    """
    one: dict[str, Any] = told["sides"][name]
    _raise(one)
    return one


def upgraded(told: Mapping[str, Any]) -> dict[str, str]:
    """The owners' URLs of two databases: `fresh`, which the change set up, and `upgraded`, which it is served on.

    Raises what kept them from being made.
    """
    two: dict[str, Any] = told["upgrade"]
    _raise(two)
    return two


def _raise(told: Mapping[str, Any]) -> None:
    stopped = told.get("stopped")
    if stopped is None:
        return
    if stopped["blocked_by"]:
        raise Blocked(stopped["blocked_by"])
    kind: type[CheckStopped] = Failed if stopped["outcome"] == "failed" else CouldNotTell
    raise kind(stopped["expected"], stopped["observed"], stopped["hint"], cause=Cause(stopped["cause"]))
