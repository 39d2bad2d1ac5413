"""An idle page is waited for less once a check has failed whose failure keeps the release from going out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from gate.browser.settling import SETTLED_S, Settling
from gate.checklist import Checklist, Stage
from gate.deadline import IDLE_AFTER_A_FAILURE_S, Patience
from gate.shared import Shared
from tests.conftest import CHECKLIST, ONE, Suite, body

WAIVED = """
[[waiver]]
item = "mini.one"
reason = "known"
author = "QA"
expires = 2999-01-01
"""
FAILS = ONE.replace('check.examined(1, "things")', 'check.expect(False, expected="a", observed="b")')
NOT_ITS_DOING = ONE.replace(
    'check.examined(1, "things")',
    'from gate.results import Cause, Failed\n    raise Failed("a", "b", cause=Cause.THIRD_PARTY)',
)
TELLS = f"""
waits = check.patience.for_an_idle_page({SETTLED_S})
check.examined(1, "things")
check.expect(waits == {SETTLED_S}, expected="all of it", observed=f"{{waits}} s")
"""


def test_a_failure_shortens_what_it_settles(tmp_path: Path) -> None:
    asked: list[Sequence[str]] = []

    def settled(failed: Sequence[str]) -> bool:
        asked.append(failed)
        return "panels.open" in failed

    patience = Patience(Shared(tmp_path), settled=settled)
    assert patience.for_an_idle_page(0.6) == 0.6
    patience.failed("login.admin")
    assert patience.for_an_idle_page(0.6) == 0.6
    patience.failed("panels.open")
    assert patience.for_an_idle_page(0.6) == IDLE_AFTER_A_FAILURE_S
    assert patience.for_an_idle_page(0.1) == 0.1
    assert asked[-1] == ["login.admin", "panels.open"]


def test_what_puts_away_waits_its_full_time_after_a_failure(tmp_path: Path) -> None:
    cleaning = Patience(Shared(tmp_path))
    cleaning.failed("panels.open")
    assert cleaning.for_an_idle_page(0.6) == 0.6


@pytest.mark.parametrize(
    ("failed", "check_id", "stages", "settled"),
    [
        (["mini.one"], "mini.two", ("smoke",), True),
        (["mini.two"], "mini.one", ("smoke",), False),  # by another worker: mini.one would be named first
        (["mini.one"], "mini.one", ("smoke",), False),
        (["mini.late"], "mini.two", ("smoke",), False),
        (["mini.deploy"], "mini.two", ("smoke", "postdeploy"), False),  # smoke may still be GO
        (["mini.one"], "mini.two", ("smoke", "postdeploy"), True),
        (["mini.one"], "cleanup", ("smoke",), False),
        (["mini.one"], "mini.two", (), False),
    ],
)
def test_it_settles_what_comes_after_it_in_every_stage(
    failed: list[str], check_id: str, stages: tuple[Stage, ...], settled: bool
) -> None:
    stands = {"section": "3.3", "title": "A thing"}
    listed = {
        "mini.deploy": ("postdeploy",),
        "mini.one": ("smoke", "postdeploy"),
        "mini.two": ("smoke", "postdeploy"),
        "mini.late": ("smoke",),
    }
    items = [{"id": one, "stages": owing, **stands} for one, owing in listed.items()]
    checklist = Checklist.model_validate({"schema": 1, "item": items})
    assert checklist.settles(failed, check_id, stages) is settled


def test_without_a_run_nothing_is_learnt() -> None:
    alone = Patience(settled=lambda failed: True)
    alone.failed("panels.open")
    assert alone.for_an_idle_page(0.6) == 0.6


def test_a_busy_page_is_waited_for_until_patience_ends() -> None:
    assert Settling(lambda: True, 60, -1).over()
    assert not Settling(lambda: False, 60, 0).over()
    assert Settling(lambda: False, -1, 0).over()


def test_an_error_page_is_waited_for_while_it_is_busy_alone() -> None:
    assert not Settling(lambda: True, 60, 60).over()
    assert Settling(lambda: True, 60, 60, lambda: True).over()
    assert not Settling(lambda: False, 60, 60, lambda: True).over()


@pytest.mark.parametrize(
    ("checklist", "one", "waits"),
    [
        (CHECKLIST, ONE, SETTLED_S),
        (CHECKLIST, FAILS, IDLE_AFTER_A_FAILURE_S),
        (
            CHECKLIST.replace('"The first thing"', '"The first thing"\nseverity = "advisory"'),
            FAILS,
            SETTLED_S,
        ),
        (CHECKLIST + WAIVED, FAILS, SETTLED_S),
        (CHECKLIST, NOT_ITS_DOING, SETTLED_S),
    ],
    ids=["passed", "failed", "advisory", "waived", "a third party's doing"],
)
def test_only_what_keeps_the_release_in_shortens_it(
    suite: Suite, checklist: str, one: str, waits: float
) -> None:
    suite.write("checklist.toml", checklist)
    suite.write("smoke/test_one.py", one)
    suite.write("smoke/test_two.py", body(TELLS))
    suite.smoke()
    told = {check["id"]: check["observed"] for check in suite.verdict()["checks"]}
    assert told["mini.two"] == ("" if waits == SETTLED_S else f"{waits} s")
