"""Where the app's log lines come from: Render's API, a file, or a command."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from gate.results import Cause, CouldNotTell
from gate.services.logs import as_lines, from_last_start, of_new_instances
from gate.services.render import LogLine, Render
from gate.target import Logs

MOST = 2000
_LARGEST = 2 * 2**20
_COMMAND_S = 20.0


class LogSource(Protocol):
    """The log of the app that is judged. Reading raises CouldNotTell or ServiceError."""

    def of_the_boot(self, since: dt.datetime) -> tuple[LogLine, ...]:
        """The lines of the running version since its start; `since` is when its deploy began."""

    def mark(self) -> int:
        """How far the log reaches now, for `of_the_run`."""

    def of_the_run(self, since: dt.datetime, mark: int) -> tuple[LogLine, ...]:
        """The lines since then, or since the mark where lines bear no time."""


def _too_many(observed: str, cause: Cause) -> CouldNotTell:
    return CouldNotTell(
        "all log lines of the run read",
        observed,
        "the app logs more than can be read: lower its log level",
        cause=cause,
    )


class RenderLog:
    """Lines of a Render service's instances."""

    def __init__(self, opened: Callable[[], AbstractContextManager[Render]], logs: Logs) -> None:
        self._opened, self._logs = opened, logs

    def of_the_boot(self, since: dt.datetime) -> tuple[LogLine, ...]:
        """Of the instances that started since then."""
        return of_new_instances(self._read(since, whole=False), self._logs)

    def mark(self) -> int:
        """Render's lines bear their time."""
        return 0

    def of_the_run(self, since: dt.datetime, mark: int) -> tuple[LogLine, ...]:
        """Of all instances; raises CouldNotTell when there are more than can be read."""
        return self._read(since, whole=True)

    def _read(self, since: dt.datetime, *, whole: bool) -> tuple[LogLine, ...]:
        with self._opened() as render:
            found = render.logs(since, dt.datetime.now(dt.UTC), types=["app"], most=MOST)
        if whole and not found.complete:
            raise _too_many(f"more than {MOST}; the first {len(found.lines)} were read", Cause.THIRD_PARTY)
        return found.lines


class FileLog:
    """Lines of a file that the app, or whoever collects its output, writes."""

    def __init__(self, path: Path, logs: Logs) -> None:
        self._path, self._logs = path, logs

    def of_the_boot(self, since: dt.datetime) -> tuple[LogLine, ...]:
        """Since the last start that the file shows."""
        return from_last_start(as_lines(self._text(max(0, self.mark() - _LARGEST))), self._logs)

    def mark(self) -> int:
        """The size of the file in bytes."""
        try:
            return self._path.stat().st_size
        except OSError as error:
            raise self._unreadable(error) from None

    def of_the_run(self, since: dt.datetime, mark: int) -> tuple[LogLine, ...]:
        """What was written after the mark; all of it when the file is smaller now, since it was begun anew.

        Raises CouldNotTell when that is more than is read.
        """
        size = self.mark()
        begin = mark if mark <= size else 0
        if size - begin > 2 * _LARGEST:
            raise _too_many(f"more than the {2 * _LARGEST // 2**20} MB that are read", Cause.CONFIGURATION)
        return as_lines(self._text(begin))

    def _text(self, begin: int) -> str:
        try:
            with self._path.open("rb") as file:
                file.seek(begin)
                return file.read(2 * _LARGEST).decode("utf-8", "replace")
        except OSError as error:
            raise self._unreadable(error) from None

    def _unreadable(self, error: OSError) -> CouldNotTell:
        return CouldNotTell(
            f"the app's log in {self._path}",
            f"it cannot be read ({error.strerror})",
            "mend logs.file in target.toml, or give the gate's user the right to read it",
            cause=Cause.CONFIGURATION,
        )


class CommandLog:
    """Lines that a command prints. It gets the machine's variables without the gate's own."""

    def __init__(self, command: Sequence[str], logs: Logs) -> None:
        self._command, self._logs = command, logs

    def of_the_boot(self, since: dt.datetime) -> tuple[LogLine, ...]:
        """Since the last start that it prints."""
        return from_last_start(self._run(since)[0], self._logs)

    def mark(self) -> int:
        """The command is told the time."""
        return 0

    def of_the_run(self, since: dt.datetime, mark: int) -> tuple[LogLine, ...]:
        """Since then; a line that bears an earlier time is left out.

        Raises CouldNotTell when more is printed than is read, and no line of before shows that the rest is old.
        """
        slack = since - dt.timedelta(seconds=1)  # times in logs are often whole seconds
        lines, whole = self._run(since)
        if not whole and not any(line.at and line.at < slack for line in lines):
            raise _too_many(f"more than the {_LARGEST // 2**20} MB that are read", Cause.CONFIGURATION)
        return tuple(line for line in lines if line.at is None or line.at >= slack)

    def _run(self, since: dt.datetime) -> tuple[tuple[LogLine, ...], bool]:
        """The last lines that it prints, and whether they are all."""
        moment = since.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        command = [part.replace("{since}", moment) for part in self._command]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                timeout=_COMMAND_S,
                stdin=subprocess.DEVNULL,
                env={name: value for name, value in os.environ.items() if not name.startswith("GATE_")},
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise self._broken(f"{type(error).__name__}: {error}") from None
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()[-200:]
            raise self._broken(f"it ended with {done.returncode}: {said}")
        text, whole = done.stdout[-_LARGEST:], len(done.stdout) <= _LARGEST
        if not whole:
            text = text.partition(b"\n")[2]  # the rest of a line that was cut bears no time
        return as_lines(text.decode("utf-8", "replace")), whole

    def _broken(self, observed: str) -> CouldNotTell:
        return CouldNotTell(
            f"the app's log from the command {self._command[0]!r}",
            observed,
            "run logs.command of target.toml by hand as the gate's user",
            cause=Cause.CONFIGURATION,
        )
