"""render.yaml, the sources of the variables and the service's settings, compared: each difference told by name only."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any, cast

import pytest
from pydantic import SecretStr

from gate.repo.blueprint import Blueprint, BlueprintVariable, How, blueprint, blueprint_of
from gate.repo.candidate import Candidate
from gate.repo.python_version import wanted_python
from gate.repo.render_settings import Setting, python_version
from gate.repo.start_command import AGREED, DEFAULT, ON_RENDER, start_command
from gate.repo.variable_sources import Sources, compared, disagreements, not_on_render, same, table
from gate.services.render_account import RenderVariables, SetOnRender
from gate.target import Target, Variable, load_target
from gate.target_docs import EXAMPLE
from tests.test_repo_candidate import git

STRONG = secrets.token_urlsafe(48)
YAML = """
envVarGroups:
  - name: graph
    envVars: [{key: A, value: of the group}, {key: B, sync: false}]
services:
  - {type: worker, name: tareas}
  - type: web
    name: envios
    autoDeploy: false
    env: python
    buildCommand: pip install -r requirements.txt
    envVars:
      - {key: A, value: 1}
      - {fromGroup: graph}
      - {fromGroup: elsewhere}
      - {key: C, generateValue: true}
      - {key: D, fromDatabase: {name: envios-db, property: connectionString}}
"""


def test_a_blueprint_is_read_with_its_groups() -> None:
    plan = blueprint(YAML)
    assert (plan.name, plan.groups, plan.database) == ("envios", ("elsewhere",), "envios-db")
    assert plan.variables == {
        "A": BlueprintVariable("value", "1"),
        "B": BlueprintVariable("by_hand"),
        "C": BlueprintVariable("generated"),
        "D": BlueprintVariable("linked"),
    }
    assert plan.settings == {
        "name": "envios",
        "runtime": "python",
        "buildCommand": "pip install -r requirements.txt",
        "autoDeployTrigger": "off",
    }


def described(**render: str) -> Target:
    """A description of an app on Render, complete but for what other tests need."""
    whole = load_target(EXAMPLE)
    assert whole.render
    return whole.model_copy(update={"render": whole.render.model_copy(update=render)})


SEVERAL = """
services:
  - {type: worker, name: tareas, rootDir: web}
  - {type: web, name: portal, rootDir: portal, startCommand: gunicorn portal:app}
  - {type: web, name: envios-staging, rootDir: ./web/, branch: develop}
  - {type: web, name: envios, rootDir: web, branch: main, startCommand: gunicorn app:app,
     envVars: [{key: PYTHON_VERSION, value: 3.12.4}]}
"""


@pytest.mark.parametrize(
    ("folder", "branch", "name"),
    [
        ("web/", "main", "envios"),
        ("web/", "develop", "envios-staging"),
        ("web/", "", "envios-staging"),
        ("portal/", "main", "portal"),
        ("", "main", "portal"),
    ],
)
def test_of_several_services_the_one_of_the_apps_folder_and_branch_is_taken(
    folder: str, branch: str, name: str
) -> None:
    assert blueprint(SEVERAL, folder, branch).name == name


@pytest.mark.parametrize(
    ("app", "check", "python"),
    [
        ("web", ("gunicorn", "--check-config", "app:app"), "3.12.4"),
        ("portal", ("gunicorn", "--check-config", "portal:app"), ""),
        # What Render starts in another folder says nothing of how this one is started.
        ("other", DEFAULT, ""),
    ],
)
def test_render_yaml_is_read_at_the_repositorys_top(
    tmp_path: Path, app: str, check: tuple[str, ...], python: str
) -> None:
    (tmp_path / "render.yaml").write_text(SEVERAL)
    for folder in ("web", "portal", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "app.py").write_text("")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "In production")
    candidate = Candidate.open(tmp_path / app, "main")
    assert start_command(candidate, described()).check == check
    assert wanted_python(candidate, described()).version == python
    assert blueprint_of(candidate, before=True) == blueprint_of(candidate)


def test_where_render_yaml_names_no_start_command_that_of_render_counts(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "app.py").write_text("")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "In production")
    candidate = Candidate.open(tmp_path / "web", "main")
    agreed = described(start_command="gunicorn agreed:app")

    def found(target: Target, *on_render: tuple[str, str]) -> tuple[str, str]:
        start = start_command(candidate, target, on_render)
        return start.app, start.source

    assert found(agreed, ("gunicorn there:app", "./web")) == ("there:app", ON_RENDER)
    assert found(agreed, ("gunicorn there:app", "other")) == ("agreed:app", AGREED)
    assert found(agreed) == ("agreed:app", AGREED)
    app, why = found(described(), ("gunicorn there:app", ""))
    assert (app, "runs in the folder . of the repository" in why) == ("app:app", True)


def test_a_render_yaml_in_the_apps_folder_counts_where_there_is_none_at_the_top(tmp_path: Path) -> None:
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "render.yaml").write_text("services: [{type: web, name: envios}]")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "In production")
    assert blueprint_of(Candidate.open(tmp_path / "web", "main")).name == "envios"


@pytest.mark.parametrize(
    ("text", "there", "problem"),
    [
        (None, False, ""),
        ("", False, ""),
        ("- 1", False, ""),
        ("services: 3", False, ""),
        ("services: [{type: worker, name: a}]", False, ""),
        ("services: [{type: web, name: a, envVars: [3, {}, {fromGroup: x}]}]", True, ""),
        ("services: [\n  {", False, "line 2: no YAML"),
        ("since: 2025-13-45", False, "no YAML"),
        ("[" * 3000, False, "no YAML"),
        ("services: [{type: web, name: a, autoDeployTrigger: off}]", True, ""),
    ],
)
def test_any_render_yaml_is_survived(text: str | None, there: bool, problem: str) -> None:
    plan = blueprint(text)
    assert (plan.there, plan.problem) == (there, problem)


def on_render(**values: str) -> RenderVariables:
    return RenderVariables(
        {name: SetOnRender(name, SecretStr(text), "Render") for name, text in values.items()}
    )


def plan(**values: str) -> Blueprint:
    """A value, or a word of `How` after an @."""
    variables = {
        name: BlueprintVariable(cast(How, text[1:])) if text[:1] == "@" else BlueprintVariable("value", text)
        for name, text in values.items()
    }
    return Blueprint("envios", {"name": "envios"}, variables)


def told(rule: dict[str, Any], **parts: Any) -> list[tuple[str, str]]:
    sources = Sources(**{"environment": {}, "file": {}, **parts})
    rules = {"A": Variable(**rule)}
    found = [*disagreements(rules, sources), *(not_on_render(rules, sources) if sources.render else ())]
    assert table(rules, sources)
    values = [
        one for one in found if one.id == f"variables.{DIFFERS}" and "leaves it out" not in one.observed
    ]
    if values and not (sources.render and sources.render.torn):
        assert compared(rules, sources)
    return [(finding.id.partition(".")[2], finding.observed) for finding in found]


DIFFERS = "differs"


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"file": {"A": "x"}, "environment": {"A": "x"}}, []),
        ({"file": {"A": "x"}, "environment": {"A": "y"}}, [(DIFFERS, ".env and the process environment differ")]),
        ({"file": {"A": "x"}, "render": on_render(A="x ")}, []),
        ({"file": {"A": "x"}, "render": on_render(A="y")}, [(DIFFERS, "Render differs from .env")]),
        ({"environment": {"A": "x"}, "render": on_render(A="y")},
         [(DIFFERS, "Render differs from the process environment")]),
        ({"file": {"A": "x"}, "render": on_render()}, [("absent_on_render", "Render does not set it")]),
        ({"file": {"A": "x"}, "render": on_render(A="")}, [("absent_on_render", "Render does not set it")]),
        ({"file": {"A": "x"}, "plan": plan(A="x")}, []),
        ({"file": {"A": "x"}, "plan": plan(A="y")}, [(DIFFERS, "render.yaml differs from .env")]),
        ({"plan": plan(A="x"), "plan_before": plan(A="x"), "render": on_render(A="y")},
         [(DIFFERS, "Render differs from render.yaml")]),
        # The merge brings it.
        ({"plan": plan(A="x"), "plan_before": plan(A="y"), "render": on_render(A="y")}, []),
        ({"plan": plan(A="x"), "render": on_render()}, []),
        ({"plan": plan(A="@generated"), "render": on_render()}, []),
        # Nobody does that by itself.
        ({"plan": plan(A="@by_hand"), "render": on_render()}, [("not_filled_in", "nobody filled it in")]),
        ({"plan": plan(A="@by_hand"), "plan_before": plan(A="@by_hand"), "render": on_render(A=" ")},
         [("not_filled_in", "nobody filled it in")]),
        ({"plan": plan(A="x"), "plan_before": plan(A="x"), "render": on_render()},
         [("absent_on_render", "Render does not set it")]),
        ({"plan": plan(B="@by_hand"), "render": on_render(A="x", B="x")}, [(DIFFERS, "render.yaml leaves it out")]),
        ({"plan": plan(A="x", B="y"), "plan_before": plan(B="y"), "render": on_render(A="x", B="z")},
         [(DIFFERS, "Render differs from render.yaml")]),
        ({"render": RenderVariables({**on_render(A="x").found}, ("g", "h"), ("A",))},
         [(DIFFERS, "two of Render's groups give it different ones")]),
        ({"render": on_render(A="<your value>")}, [("placeholder", "still a placeholder (from Render)")]),
    ],
)  # fmt: skip
def test_every_difference_is_told_once(parts: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    assert told({}, **parts) == expected


@pytest.mark.parametrize(
    ("rule", "parts", "names"),
    [
        ({}, {}, ()),
        ({}, {"file": {"A": "x"}}, ()),
        ({}, {"environment": {"A": "x"}}, ()),
        ({}, {"file": {"A": "x"}, "environment": {"A": " "}}, ()),
        ({}, {"file": {"A": "x"}, "environment": {"A": "x"}}, ("A",)),
        ({"per_place": True}, {"file": {"A": "x"}, "environment": {"A": "x"}}, ("A",)),
        ({}, {"plan": plan(A="x", B="y")}, ()),
        ({}, {"file": {"A": "x"}, "plan": plan(B="y")}, ()),
        ({}, {"file": {"A": "x"}, "plan": plan(A="@by_hand")}, ()),
        ({}, {"file": {"A": "x"}, "plan": plan(A="x", B="y")}, ("A",)),
        ({"per_place": True}, {"file": {"A": "x"}, "plan": plan(A="x")}, ()),
        ({}, {"render": on_render(A="x")}, ()),
        # That Render has none is an answer.
        ({}, {"file": {"A": "x"}, "render": on_render()}, ("A",)),
        ({"per_place": True}, {"file": {"A": "x"}, "render": on_render(A="x")}, ()),
        ({"per_place": True}, {"plan": plan(A="x", B="y"), "render": on_render(A="x")}, ("A", "B")),
        # What nothing compares counts for nothing: the file's word on what is not declared, the build's own.
        ({}, {"file": {"B": "x"}, "plan": plan(B="y")}, ()),
        ({}, {"plan": plan(PYTHON_VERSION="3.11.9", B="@by_hand"), "render": on_render(B="x")}, ()),
    ],
)  # fmt: skip
def test_only_what_two_places_give_is_compared(
    rule: dict[str, Any], parts: dict[str, Any], names: tuple[str, ...]
) -> None:
    sources = Sources(**{"environment": {}, "file": {}, **parts})
    assert compared({"A": Variable(**rule)}, sources) == names


def test_what_is_meant_to_differ_may() -> None:
    assert told({"per_place": True}, file={"A": "x"}, render=on_render(A="y")) == []


def test_an_optional_variable_is_set_in_both_places_or_in_none() -> None:
    rule = {"required": False}
    assert told(rule, render=on_render()) == []
    assert told(rule, file={"A": "x"}, render=on_render()) == [(DIFFERS, "Render does not set it")]


def test_a_value_that_stands_only_on_render_keeps_the_rules() -> None:
    rule = {"kind": "secret", "per_place": True}
    weak_there = told(rule, file={"A": STRONG}, render=on_render(A="changeme"))
    assert weak_there == [("weak", "a default that everyone knows (from Render)")]
    assert told(rule, file={"A": STRONG}, render=on_render(A=secrets.token_urlsafe(48))) == []
    assert told({"kind": "guid"}, render=on_render(A="x")) == [("malformed", "no GUID (from Render)")]


def test_no_value_is_told() -> None:
    sources = Sources(
        {"A": "value-1"}, {"A": "value-2"}, plan=plan(A="value-3"), render=on_render(A="value-4")
    )
    rules = {"A": Variable(kind="guid")}
    text = (
        repr([*disagreements(rules, sources), *not_on_render(rules, sources)])
        + table(rules, sources)
        + repr(sources)
    )
    assert "value-" not in text


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("postgresql://u:p@dpg-abc-a/d", "postgres://u:p@dpg-abc-a.oregon.render.com:5432/d?sslmode=require", True),
        ("postgresql://u:p%40@dpg-abc-a/d", "postgresql://u:p@@dpg-abc-a/d", True),
        ("postgresql://u:p@dpg-abc-a/d", "postgresql://u:p@dpg-abd-a/d", False),
        ("postgresql://u:p@h/d", "postgresql://u:q@h/d", False),
        ("postgresql://u:p@h/d", "postgresql://u:p@h/e", False),
        ("postgresql://u:p@h/d", "postgresql://u:p@h:6432/d", False),
        ("postgresql://u:p@/d?host=/a", "postgresql://u:p@/d?host=/b", False),
        ("postgresql://u:p@h:x/d", "postgresql://u:p@h:x/d", True),
    ],
)  # fmt: skip
def test_addresses_of_one_database(one: str, other: str, equal: bool) -> None:
    assert same("postgres", one, other) is equal


@pytest.mark.parametrize(
    ("setting", "observed"),
    [
        (Setting("branch", "main", "main", "main", "main"), ""),
        (Setting("branch", "main"), ""),
        (Setting("branch", "develop", "main"), "Render has 'develop'"),
        (Setting("branch", "main", "main", "trunk", "trunk"), "target.toml says 'main', render.yaml says 'trunk'"),
        (Setting("start command", "a", "", "b", "b"), "Render has 'a'"),
        (Setting("start command", "a", "", "b", "a"), ""),
        (Setting("start command", "c", "", "b", "a"), "Render has 'c'"),
        (Setting("plan", "pro_plus", "", "pro plus", "pro plus"), ""),
        (Setting("auto-deploy", "yes", "", "commit", "commit"), ""),
        (Setting("auto-deploy", "off", "", "commit", "commit"), "Render has 'off'"),
        (Setting("repository", "https://github.com/Acme/envios", "git@github.com:acme/envios.git"), ""),
        (Setting("repository", "https://github.com/acme/envios", "ssh://git@github.com/acme/envios.git/"), ""),
        (Setting("repository", "https://github.com/acme/a", "https://github.com/acme/b"),
         "Render has 'https://github.com/acme/a'"),
        (Setting("health path", "", "/healthz"), "Render has ''"),
    ],
)  # fmt: skip
def test_a_setting_agrees_or_is_told(setting: Setting, observed: str) -> None:
    assert [finding.observed for finding in setting.findings()] == ([observed] if observed else [])


@pytest.mark.parametrize(
    ("on_render", "planned", "before", "pinned", "wanted", "observed"),
    [
        ("3.13.5", "3.13.5", "3.13.5", "", "", ""),
        ("3.13.4", "3.13.5", "3.13.5", "", "", "Render has '3.13.4'"),
        ("3.13.4", "3.13.5", "3.13.4", "", "", ""),
        ("", "", "", "3.13", "", ""),
        ("3.13.5", "", "", "3.13", "", ""),
        ("3.11.9", "", "", "3.13", "", "Render has '3.11.9', and that wins"),
        ("3.13", "", "", "", "", "Render has '3.13'"),
        ("3.13.4", "3.13", "3.13.4", "", "", "render.yaml has '3.13'"),
        ("3.13.4", "", "", "", "3.13.5", "Render has '3.13.4'"),
    ],
)
def test_the_python_of_render(
    on_render: str, planned: str, before: str, pinned: str, wanted: str, observed: str
) -> None:
    plans = [plan(PYTHON_VERSION=one) if one else plan() for one in (planned, before)]
    found = python_version(on_render, plans[0], plans[1], pinned, wanted)
    assert [finding.observed for finding in found] == ([observed] if observed else [])
