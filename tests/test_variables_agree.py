"""variables.agree, in a run: owed where two places give variables, or Render must be asked; else the list says why."""

from __future__ import annotations

from typing import Any

import pytest

from gate.finish import IN_CI
from tests.conftest import CHECKLIST, ROOT, TARGET, Suite
from tests.test_own_gate import commit
from tests.test_repo_candidate import git

ITEM = """
[[item]]
id = "variables.agree"
stages = ["preflight"]
section = "3.1"
title = "The sources agree"
capability = "variable_sources"
[[item]]
id = "variables.on_render"
stages = ["preflight"]
section = "3.1"
title = "Render holds every variable"
capability = "render"
where = "ci"
"""
DECLARED = TARGET.replace("schema = 1\n", "schema = 1\nvariables.API_KEY = {}\n", 1) + 'render = "none"\n'
ON_RENDER = DECLARED.replace('render = "none"\n', "") + '[render]\nservice = "srv-mini0000000000000000"\n'
PLAN = """
services:
  - type: web
    name: mini
    envVars:
      - key: API_KEY
        value: here
"""


@pytest.fixture
def agrees(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """A suite with the check and an app whose one variable stands in .env."""
    for name in (*IN_CI, "GATE_RENDER_KEY", "API_KEY"):
        monkeypatch.delenv(name, raising=False)
    suite.write("checklist.toml", CHECKLIST + ITEM)
    suite.write("target.toml", DECLARED)
    for file in (ROOT / "preflight").glob("*.py"):
        if not file.name.startswith("test_") or file.name == "test_variable_sources.py":
            suite.write(f"preflight/{file.name}", file.read_text(encoding="utf-8"))
    app = suite.path / "app"
    app.mkdir()
    git(app, "init", "-q", "-b", "main")
    commit(app, **{"app.py": "pass\n"})
    (app / ".env").write_text("API_KEY=here\n", encoding="utf-8")
    return suite


def judged(suite: Suite) -> tuple[int, dict[str, Any], dict[str, Any] | None]:
    """Exit code, the line of the list, and the result where it was owed."""
    code = suite.run("-m", "preflight", f"--app-dir={suite.path / 'app'}", "--base-ref=main").ret
    verdict = suite.verdict("preflight")
    (line,) = [one for one in verdict["checklist"] if one["id"] == "variables.agree"]
    return int(code), line, next((one for one in verdict["checks"] if one["id"] == "variables.agree"), None)


def test_one_place_alone_has_nothing_to_agree_with(agrees: Suite) -> None:
    code, line, _ = judged(agrees)
    assert (code, line["applies"]) == (0, False)
    assert line["why"] == "does not apply: one place alone gives the app's variables here"


def test_where_render_is_asked_in_ci_the_list_says_so(agrees: Suite) -> None:
    agrees.write("target.toml", ON_RENDER)
    code, line, _ = judged(agrees)
    assert (code, line["applies"]) == (0, False)
    assert line["why"].endswith("(Render's are compared in CI, and here too with GATE_RENDER_KEY)")


def test_in_ci_render_must_be_asked(agrees: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    agrees.write("target.toml", ON_RENDER)
    monkeypatch.setenv("CI", "true")
    code, line, result = judged(agrees)
    assert (code, line["applies"]) == (3, True)
    assert result is not None
    assert (result["outcome"], result["blocked_by"]) == ("blocked", "variables.on_render")


@pytest.mark.parametrize("value", ["here", "there"])
@pytest.mark.parametrize("second", ["the shell", "render.yaml"])
def test_a_second_place_is_compared(
    agrees: Suite, monkeypatch: pytest.MonkeyPatch, second: str, value: str
) -> None:
    if second == "the shell":
        monkeypatch.setenv("API_KEY", value)
    else:
        commit(agrees.path / "app", **{"render.yaml": PLAN.replace("here", value)})
    code, _, result = judged(agrees)
    assert result is not None
    assert (code, result["outcome"], result["examined"]) == (
        (0, "passed", 1) if value == "here" else (1, "failed", 0)
    )
