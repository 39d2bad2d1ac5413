"""The checks after the last one, as the terminal shows them."""

from __future__ import annotations

import re

import pytest

from tests.conftest import Suite

CLOSING = """
from gate.closing import closing

@closing("mini.two")
def nothing_changed(check, run):
    check.examined(1, "things")
"""


@pytest.mark.parametrize("arguments", [[], ["-v"], ["-n", "2"]])
def test_the_progress_counts_the_closing_checks(suite: Suite, arguments: list[str]) -> None:
    (suite.path / "smoke" / "test_two.py").unlink()
    suite.write("smoke/closing.py", CLOSING)
    result = suite.smoke(*arguments)
    result.assert_outcomes(passed=2)
    shown = [int(percent) for line in result.outlines for percent in re.findall(r"\[ *(\d+)%\]", line)]
    assert max(shown) == 100, result.stdout.str()
    assert not [line for line in result.outlines if re.fullmatch(r"\W+", line) and "." in line]
