"""What stands for a run: where it runs, and the exit code of several verdicts."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from gate.finish import IN_CI, places, worst
from gate.run import Run


@pytest.mark.parametrize(
    ("codes", "stands"),
    [
        ([], 3),
        ([0, 0], 0),
        ([0, 3], 3),
        ([1, 3], 1),
        ([1, 2], 2),
        ([4, 1], 4),
        ([0, -9], 3),
        ([0, 137], 3),
        ([0, 5], 3),
    ],
)
def test_the_worst_of_several_exit_codes_stands(codes: list[int], stands: int) -> None:
    assert worst(codes) == stands


@pytest.mark.parametrize("variable", IN_CI)
@pytest.mark.parametrize(
    ("value", "place"),
    [("true", "ci"), ("1", "ci"), ("woodpecker", "ci"), ("", "local"), ("0", "local"), ("False", "local")],
)
def test_a_run_is_in_ci_where_a_variable_says_so(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, place: str
) -> None:
    for name in IN_CI:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    assert places(cast(Run, SimpleNamespace(embedded=False)), "smoke") == {place}
