"""What the check on templates says of an app that has none."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from gate.recorder import Check
from gate.redact import Scrubber
from gate.repo.python_source import parse
from gate.results import CouldNotTell
from gate.target import load_target
from preflight.loading import Loading
from preflight.test_templates import test_templates_compile_and_name_what_is_there as judge
from tests.conftest import ROOT
from tests.test_repo_code import facts


def test_none_at_all_is_no_pass_and_the_remedy_is_named(tmp_path: Path) -> None:
    loading = cast(Loading, SimpleNamespace(app=lambda: facts(names=())))
    with pytest.raises(CouldNotTell) as stop:
        judge(Check("templates.compile", tmp_path, Scrubber()), parse({"app.py": b""}), (), loading)
    assert "without = { templates = " in stop.value.hint


def test_an_app_that_renders_no_page_says_so() -> None:
    target = load_target(ROOT / "sandbox" / "target.toml")
    assert target.has("templates")
    api = target.model_copy(update={"without": {"templates": "an API"}})
    assert not api.has("templates")
