"""Foreign code in a subprocess: an allow-listed environment, a deadline, and nothing left running."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Ran:
    """What became of a command: its output and errors as one text; `code` is None at the deadline."""

    code: int | None
    output: str

    @property
    def ok(self) -> bool:
        """Whether it ended by itself with 0."""
        return self.code == 0


class Started:
    """A command that runs beside, with exactly this environment and no input. `end` or `stop` leaves nothing running.

    Raises FileNotFoundError when the program does not exist.
    """

    def __init__(
        self, command: Sequence[str], cwd: Path, environment: Mapping[str, str], timeout_s: float
    ) -> None:
        # A file, not a pipe: nobody may be reading while it runs.
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `end` or `stop`)
        self._deadline = time.monotonic() + timeout_s
        try:
            self._process = _begin(command, cwd, environment, self._output)
        except BaseException:
            self._output.close()
            raise

    def end(self) -> Ran:
        """Wait for its end, at most until `timeout_s` after its start; then its whole group is killed. Once only."""
        code: int | None = None
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                code = self._process.wait(max(0.0, self._deadline - time.monotonic()))
            self._kill()
            self._output.seek(0)
            return Ran(code, self._output.read().decode("utf-8", "replace"))
        finally:
            self.stop()

    def stop(self) -> None:
        """Kill it with its children, whatever it does; nothing where it has ended already."""
        if not self._output.closed:
            self._kill()
            self._output.close()

    def _kill(self) -> None:
        _kill_group(self._process.pid)
        self._process.wait()


def run(command: Sequence[str], cwd: Path, environment: Mapping[str, str], timeout_s: float) -> Ran:
    """Run a command with exactly this environment and no input; at the deadline its whole group is killed.

    Raises FileNotFoundError when the program does not exist.
    """
    with _begin(command, cwd, environment, subprocess.PIPE) as running:
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


def _begin(
    command: Sequence[str], cwd: Path, environment: Mapping[str, str], output: IO[bytes] | int
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        list(command),
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _kill_group(leader: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)
