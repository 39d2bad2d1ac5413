"""A log source that reads a gunicorn log file."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sandbox.doubles.render.config import LogLine

_STAMP = re.compile(r"\[(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) ([+-]\d{4})\]")


class LogFile:
    """The lines of a file, as a `LogSource`.

    A line with gunicorn's time stamp has that time; one without (a traceback, the app's own prints) the time
    of the line before, or `started_at` at the top. An absent file has no lines.
    """

    def __init__(self, path: Path, started_at: datetime) -> None:
        self._path = path
        self._started_at = started_at

    def __call__(self) -> Iterator[LogLine]:
        if not self._path.exists():
            return
        at = self._started_at
        with self._path.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                found = _STAMP.match(line)
                if found:
                    # Whole seconds must not put a line before the start of what wrote it.
                    at = max(
                        at,
                        datetime.strptime(f"{found[1]} {found[2]}", "%Y-%m-%d %H:%M:%S %z").astimezone(UTC),
                    )
                yield LogLine(at, line.rstrip("\n"))
