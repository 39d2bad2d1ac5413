"""An idle page is waited for less once a check has failed whose failure keeps the release from going out."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.browser.settling import SETTLED_S, Settling
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
TELLS = f"""
waits = check.patience.for_an_idle_page({SETTLED_S})
check.examined(1, "things")
check.expect(waits == {SETTLED_S}, expected="all of it", observed=f"{{waits}} s")
"""


def test_without_a_failure_all_of_it_is_waited(tmp_path: Path) -> None:
    patience = Patience(Shared(tmp_path))
    assert patience.for_an_idle_page(0.6) == 0.6
    patience.failed("panels.open")
    assert Patience(Shared(tmp_path)).for_an_idle_page(0.6) == IDLE_AFTER_A_FAILURE_S
    assert patience.for_an_idle_page(0.1) == 0.1


def test_without_a_run_nothing_is_learnt() -> None:
    alone = Patience()
    alone.failed("panels.open")
    assert alone.for_an_idle_page(0.6) == 0.6


def test_a_busy_page_is_waited_for_until_patience_ends() -> None:
    assert Settling(lambda: True, 60, -1).over()
    assert not Settling(lambda: False, 60, 0).over()
    assert Settling(lambda: False, -1, 0).over()


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
    ],
    ids=["passed", "failed", "advisory", "waived"],
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
