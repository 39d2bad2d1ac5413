"""How long a check may still wait: not beyond the run's deadline, and not again and again for an app that hangs."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from gate.results import Blocked, CouldNotTell

if TYPE_CHECKING:
    from gate.shared import Shared

DEFAULT_S = 600.0
SHORTEST_S = 1.0
AFTER_A_HANG_S = 4.0
IDLE_AFTER_A_FAILURE_S = 0.25
_CLOCK, _HANG, _FAILED = "clock", "hang", "failed"


class Patience:
    """The waiting of one check. What is learnt here every check of the run knows, in all its processes.

    `began` and `seconds` are the run's; the time that a deploy took to come live is not counted (`start_anew`).
    `settled` tells of the checks that failed whether they leave nothing to this one.
    """

    def __init__(
        self,
        shared: Shared | None = None,
        began: dt.datetime | None = None,
        seconds: float = float("inf"),
        now: Callable[[], float] = time.time,
        settled: Callable[[Sequence[str]], bool] = lambda failed: False,
    ) -> None:
        self._shared, self._began, self._seconds, self._now = shared, began, seconds, now
        self._settled = settled

    def left_s(self) -> float:
        """Seconds until the deadline; negative when it has passed."""
        if self._began is None:
            return float("inf")
        began = self._known(_CLOCK).get("began", self._began.timestamp())
        return float(began) + self._seconds - self._now()

    def start_anew(self) -> None:
        """Count the deadline from now: the checks begin only now."""
        if self._shared is not None:
            self._shared.put(_CLOCK, {"began": self._now()})

    def of(self, wanted_s: float) -> float:
        """As much of `wanted_s` as there is reason and time for."""
        most = AFTER_A_HANG_S if self._known(_HANG) else wanted_s
        return min(wanted_s, max(SHORTEST_S, min(most, self.left_s())))

    def for_an_idle_page(self, wanted_s: float) -> float:
        """How long an idle page is waited for: less where what is late on it could not change the verdict any more.

        Never less while anything is put away: what is not seen then counts as gone.
        """
        failed = self._known(_FAILED).get("ids", [])
        return min(wanted_s, IDLE_AFTER_A_FAILURE_S) if failed and self._settled(failed) else wanted_s

    def failed(self, check_id: str) -> None:
        """`check_id` failed: its stages will not end in GO."""
        if self._shared is not None:
            self._shared.change(_FAILED, lambda known: {"ids": [*known.get("ids", []), check_id]})

    def hung(self, check_id: str, *asked: str, altogether: bool = False) -> None:
        """What `check_id` `asked` for ("POST /login") did not come; `altogether` when nothing else does either."""

        def learn(known: dict[str, Any]) -> dict[str, Any]:
            return {
                "by": known.get("by") or check_id,
                "altogether": altogether or bool(known.get("altogether")),
                "unanswered": dict.fromkeys(asked, check_id) | known.get("unanswered", {}),
            }

        if self._shared is not None:
            self._shared.change(_HANG, learn)

    @property
    def hangs(self) -> str | None:
        """The check that found the app hanging altogether."""
        hang = self._known(_HANG)
        return str(hang["by"]) if hang.get("altogether") else None

    @property
    def unanswered_writes(self) -> bool:
        """Whether the app was asked to store something and did not answer: it may have, or do so yet."""
        return any(not asked.startswith("GET ") for asked in self._known(_HANG).get("unanswered", {}))

    def require(self, check_id: str, *, of_the_app: bool = True, asks: str = "") -> None:
        """Raise when waiting has no more use.

        Blocked where the app hangs altogether (unless nothing is asked `of_the_app`), or did not answer what this
        check `asks` when another one did; CouldNotTell after the deadline.
        """
        hang = self._known(_HANG)
        by = (self.hangs if of_the_app else None) or hang.get("unanswered", {}).get(asks)
        if by and by != check_id:
            raise Blocked(str(by))
        if self.left_s() <= 0:
            raise CouldNotTell(
                f"to be executed within the deadline of {self._seconds:.0f} s",
                "the deadline passed before it could be"
                + (f"; {hang['by']} found the app hanging" if hang else ""),
                "the slowest checks of the report took the time; give more with --deadline=SECONDS",
            )

    def _known(self, key: str) -> dict[str, Any]:
        return (self._shared.peek(key) if self._shared is not None else None) or {}
