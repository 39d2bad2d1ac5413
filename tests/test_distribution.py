"""`-n`: the workers take the checks in the checklist's order, and what belongs together from one hand."""

from __future__ import annotations

import pytest

from gate.plugin.distribution import units
from tests.conftest import CHECKLIST, HEAD, Suite

LAST = """
[[item]]
id = "mini.last"
stages = ["smoke"]
section = "5.3"
title = "The last thing"
"""


@pytest.mark.parametrize(
    ("nodeids", "wanted"),
    [
        ([], []),
        (["a.py::x"], ["a.py::x"]),
        (["a.py::x", "a.py::y[chromium]", "b.py::x"], ["a.py::x", "a.py::x", "b.py::x"]),
        (["a.py::x", "a.py::Of::y", "b.py::x"], ["a.py::x", "a.py::x", "b.py::x"]),
        (["mail.py::sent", "b.py::x", "mail.py::arrived"], ["mail.py::sent", "b.py::x", "mail.py::arrived"]),
    ],
)
def test_a_unit_is_what_follows_each_other_in_one_file(nodeids: list[str], wanted: list[str]) -> None:
    assert [units(nodeids)[nodeid] for nodeid in nodeids] == wanted


@pytest.mark.parametrize("way", [[], ["--dist=load"], ["--dist=loadfile"]])
def test_the_order_is_the_checklist_s(suite: Suite, way: list[str]) -> None:
    suite.write("checklist.toml", CHECKLIST + LAST)
    suite.write("smoke/test_one.py", HEAD + _check("one") + _check("last"))
    result = suite.smoke("-n", "1", "-v", *way)
    assert result.ret == 0
    said = [line.rpartition("::")[2].split()[0] for line in result.outlines if " PASSED smoke/" in line]
    assert said == ["test_one", "test_two", "test_last"]


def _check(name: str) -> str:
    return f'@pytest.mark.check("mini.{name}")\ndef test_{name}(check):\n    check.examined(1, "things")\n'
