"""What stands for a run: where it runs."""

from __future__ import annotations

from types import SimpleNamespace
from typing import cast

import pytest

from gate.finish import places
from gate.run import Run


@pytest.mark.parametrize("variable", ["CI", "GITHUB_ACTIONS"])
@pytest.mark.parametrize(
    ("value", "place"),
    [("true", "ci"), ("1", "ci"), ("woodpecker", "ci"), ("", "local"), ("0", "local"), ("False", "local")],
)
def test_a_run_is_in_ci_where_a_variable_says_so(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, place: str
) -> None:
    for name in ("CI", "GITHUB_ACTIONS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, value)
    assert places(cast(Run, SimpleNamespace(embedded=False)), "smoke") == {place}
