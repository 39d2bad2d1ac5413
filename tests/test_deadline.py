"""Waiting ends with the run's deadline, and is short for an app that is known to hang."""

import datetime as dt
from pathlib import Path

import pytest

from gate.deadline import AFTER_A_HANG_S, SHORTEST_S, Patience
from gate.results import Blocked, CouldNotTell
from gate.shared import Shared

BEGAN = dt.datetime(2026, 1, 5, 12, tzinfo=dt.UTC)


class Clock:
    """Seconds since the run began, moved by hand."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return BEGAN.timestamp() + self.s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def patience(tmp_path: Path, clock: Clock) -> Patience:
    """Of a run that has 60 s."""
    return Patience(Shared(tmp_path), BEGAN, 60, clock)


@pytest.mark.parametrize(
    ("passed_s", "wanted_s", "given_s"),
    [(0, 15, 15), (50, 15, 10), (59.5, 15, SHORTEST_S), (70, 15, SHORTEST_S), (70, 0.5, 0.5)],
)
def test_nobody_waits_beyond_the_deadline(
    patience: Patience, clock: Clock, passed_s: float, wanted_s: float, given_s: float
) -> None:
    clock.s = passed_s
    assert patience.of(wanted_s) == pytest.approx(given_s)


def test_no_check_begins_after_the_deadline(patience: Patience, clock: Clock) -> None:
    clock.s = 59
    patience.require("panels.open")
    clock.s = 60
    with pytest.raises(CouldNotTell, match="deadline of 60 s") as stop:
        patience.require("panels.open")
    assert "--deadline" in stop.value.hint


def test_the_time_that_a_deploy_took_is_not_counted(tmp_path: Path, patience: Patience, clock: Clock) -> None:
    clock.s = 300
    patience.start_anew()
    clock.s = 330
    in_another_worker = Patience(Shared(tmp_path), BEGAN, 60, clock)
    assert in_another_worker.left_s() == pytest.approx(30)


def test_after_a_page_hung_every_worker_waits_shortly(
    tmp_path: Path, patience: Patience, clock: Clock
) -> None:
    patience.hung("panels.open", "GET /paneles", altogether=False)
    assert not patience.unanswered_writes
    other = Patience(Shared(tmp_path), BEGAN, 60, clock)
    assert other.of(15) == AFTER_A_HANG_S
    other.require("shipments.create")


def test_an_app_that_hangs_altogether_is_asked_nothing_more(patience: Patience) -> None:
    patience.hung("panels.open", altogether=True)
    patience.hung("sync.run", altogether=True)
    patience.require("panels.open")
    patience.require("logs.run", of_the_app=False)
    with pytest.raises(Blocked) as stop:
        patience.require("sync.run")
    assert stop.value.blocked_by == "panels.open"


def test_without_a_run_there_is_no_deadline() -> None:
    alone = Patience()
    alone.start_anew()
    alone.hung("panels.open", altogether=True)
    alone.require("sync.run")
    assert alone.of(15) == 15


def test_what_was_asked_in_vain_once_is_not_asked_again(
    tmp_path: Path, patience: Patience, clock: Clock
) -> None:
    patience.hung("login.admin", "POST /login", altogether=False)
    patience.hung("panels.open", "POST /login", "GET /paneles", altogether=False)
    other = Patience(Shared(tmp_path), BEGAN, 60, clock)
    assert other.unanswered_writes
    other.require("login.admin", asks="POST /login")
    other.require("shipments.create", asks="GET /envios")
    for asks, by in (("POST /login", "login.admin"), ("GET /paneles", "panels.open")):
        with pytest.raises(Blocked) as stop:
            other.require("shipments.create", asks=asks)
        assert stop.value.blocked_by == by
