"""Waiting for something to come: asked again ever more seldom, visibly, until it is there or time is up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from gate.recorder import Check

T = TypeVar("T")


def polled(
    check: Check,
    read: Callable[[], T],
    enough: Callable[[T], bool],
    within_s: float,
    *,
    first_s: float,
    most_s: float,
    growth: float = 2.0,
) -> T:
    """What `read` gave when it was `enough`, or last. Pauses grow from `first_s` to `most_s` seconds."""
    end = time.monotonic() + within_s
    pause_s = first_s
    while True:
        seen = read()
        left_s = end - time.monotonic()
        if enough(seen) or left_s <= 0:
            return seen
        check.attempts += 1
        time.sleep(min(pause_s, left_s))
        pause_s = min(growth * pause_s, most_s)
