"""Polling ends when there is enough or when its time is up, and counts what it did again."""

import pytest

from gate.polling import polled
from gate.recorder import Check
from gate.redact import Scrubber
from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("enough_at", "within_s", "seen", "pauses"),
    [
        (1, 10, 1, []),
        (3, 10, 3, [0.5, 1.0]),
        (99, 4, 5, [0.5, 1.0, 2.0, 0.5]),
        (99, 0, 1, []),
    ],
)
def test_polling(
    monkeypatch: pytest.MonkeyPatch, enough_at: int, within_s: float, seen: int, pauses: list[float]
) -> None:
    slept: list[float] = []
    monkeypatch.setattr("gate.polling.time.monotonic", lambda: sum(slept))
    monkeypatch.setattr("gate.polling.time.sleep", slept.append)
    check, asked = Check("any", ROOT, Scrubber()), iter(range(1, 100))
    found = polled(check, lambda: next(asked), lambda n: n >= enough_at, within_s, first_s=0.5, most_s=2.0)
    assert (found, slept, check.attempts) == (seen, pauses, seen)
