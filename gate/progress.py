"""What is waited for and how long is left, while it is waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TextIO

EVERY_S = 30.0


class Progress:
    """One line on `stream`: written over on a terminal; elsewhere, as in CI, a new one every EVERY_S seconds."""

    def __init__(self, stream: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._stream, self._now = stream, now
        self._told: float | None = None

    def show(self, line: str) -> None:
        """What is waited for now; short waits leave nothing in a log."""
        if self._stream.isatty():
            self._stream.write(f"\r\x1b[2K{line} ")
        else:
            self._told = self._now() if self._told is None else self._told
            if self._now() - self._told < EVERY_S:
                return
            self._told = self._now()
            self._stream.write(f"\n{line}\n")
        self._stream.flush()
