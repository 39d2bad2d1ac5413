"""What the checks on variables say where none is given: nothing of another check that is not so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from gate.recorder import Check
from gate.redact import Scrubber
from gate.repo.variables import Variables
from gate.results import Blocked
from gate.target import Graph, Target, Variable
from preflight import test_variables as checks

Judge = Callable[[Check, Target, Variables], None]
FORM = checks.test_every_variable_has_its_form
STRONG = checks.test_secrets_cannot_be_guessed
NONE_GIVEN = Variables([])


def _target(*, required: bool) -> Target:
    variables = {"API_KEY": Variable(kind="secret", required=required)}
    return cast(Target, SimpleNamespace(variables=variables, graph=Graph()))


@pytest.mark.parametrize("judge", [FORM, STRONG])
def test_what_the_app_runs_without_may_be_absent(judge: Judge, tmp_path: Path) -> None:
    check = Check("x", tmp_path, Scrubber())
    judge(check, _target(required=False), NONE_GIVEN)
    assert check.count == 1


@pytest.mark.parametrize("judge", [FORM, STRONG])
def test_what_is_required_and_absent_is_told_by_variables_present(judge: Judge, tmp_path: Path) -> None:
    with pytest.raises(Blocked, match=r"variables\.present"):
        judge(Check("x", tmp_path, Scrubber()), _target(required=True), NONE_GIVEN)
