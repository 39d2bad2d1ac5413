"""How long a page is waited for: to come, and to show what is looked for."""

from __future__ import annotations

import time
from collections.abc import Callable

NAVIGATION_S = 15.0  # for a page to come
PATIENCE_S = 5.0  # for one element on a page that is still busy
SETTLED_S = 0.6  # for one that is idle


class Settling:
    """The waiting for one thing: while the page is busy, and `settle_s` more once it is idle, `patience_s` in all.

    One that is `broken`, an error page, shows nothing more once it is idle.
    """

    def __init__(
        self,
        idle: Callable[[], bool],
        patience_s: float,
        settle_s: float,
        broken: Callable[[], bool] = lambda: False,
    ) -> None:
        self._idle, self._patience_s, self._settle_s, self._broken = idle, patience_s, settle_s, broken
        self._began = self._quiet_since = time.monotonic()

    def over(self) -> bool:
        """Whether longer waiting shows nothing new; asked again and again while one looks."""
        now = time.monotonic()
        if not self._idle():
            self._quiet_since = now
            return now - self._began > self._patience_s
        if now - self._began > self._patience_s or now - self._quiet_since > self._settle_s:
            return True
        return self._broken()
