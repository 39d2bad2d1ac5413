"""What the app prints, kept as Render keeps it: every line with the moment at which it came."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from sandbox.doubles.render import LogLine


class Output:
    """The lines of one process, in memory and, for people, in a file. A source of logs for the Render double."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lines: list[LogLine] = []
        self._pump: threading.Thread | None = None

    def __call__(self) -> Iterable[LogLine]:
        return tuple(self._lines)

    def follow(self, stream: IO[bytes]) -> None:
        """Read `stream` to its end, in the background."""
        self._pump = threading.Thread(target=self._read, args=(stream,), name="app output", daemon=True)
        self._pump.start()

    def end(self) -> None:
        """Wait until everything that was printed is kept."""
        if self._pump is not None:
            self._pump.join(5)

    def _read(self, stream: IO[bytes]) -> None:
        with self.file.open("ab", buffering=0) as file:
            for line in stream:
                file.write(line)
                text = line.decode("utf-8", "replace").rstrip("\n")
                self._lines.append(LogLine(dt.datetime.now(dt.UTC), text))
