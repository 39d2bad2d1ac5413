"""Foreign code in a subprocess: an allow-listed environment, a deadline, and nothing left running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ran:
    """What became of a command: its output and errors as one text; `code` is None at the deadline."""

    code: int | None
    output: str

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with 0."""
        return self.code == 0


def run(command: Sequence[str], cwd: Path, environment: Mapping[str, str], timeout_s: float) -> Ran:
    """Run a command with exactly this environment and no input; at the deadline its whole group is killed.

    Raises FileNotFoundError when the program does not exist.
    """
    with subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    ) as running:
        try:
            output, _ = running.communicate(timeout=timeout_s)
            code: int | None = running.returncode
        except subprocess.TimeoutExpired:
            _kill_group(running.pid)
            output, _ = running.communicate()
            code = None
        finally:
            _kill_group(running.pid)
    return Ran(code, output.decode("utf-8", "replace"))


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
