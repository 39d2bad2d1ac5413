"""render.yaml: what the repository says of its Render service (Render's docs, "Blueprint YAML reference")."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from gate.repo.candidate import Candidate

FILE = "render.yaml"
How = Literal["value", "generated", "by_hand", "linked"]


@dataclass(frozen=True)
class BlueprintVariable:
    """One variable of the file. `how` it gets its value: written there, made by Render, typed by a person
    (`sync: false`, asked only when the service is first made), or taken from a database, service or group.
    """

    how: How
    value: str = field(default="", repr=False)


@dataclass(frozen=True)
class Blueprint:
    """One service of the file. `settings` are its texts by Render's own names, only those that are written there.

    `groups` are linked groups that the file does not hold itself; `database` is the name of the one that its
    variables come from. `problem` says why the file cannot be read.
    """

    name: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, BlueprintVariable] = field(default_factory=dict)
    groups: tuple[str, ...] = ()
    database: str = ""
    problem: str = ""

    @property
    def there(self) -> bool:
        """Whether the file describes a service."""
        return bool(self.settings)

    @property
    def folder(self) -> str:
        """The service's root folder in the repository, without slashes around it; empty for the repository's own."""
        return _folder(self.settings.get("rootDir"))


def blueprint_of(candidate: Candidate, *, before: bool = False) -> Blueprint:
    """The app's service after the merge, or `before` it on the base.

    Render reads the file at the repository's top; one in the app's folder counts where there is none.
    """
    text = candidate.at_top(FILE, before=before)
    if text is None:
        text = candidate.text_before(FILE) if before else candidate.text(FILE)
    return blueprint(text, candidate.prefix, candidate.base_ref.removeprefix("origin/"))


def blueprint(text: str | None, folder: str = "", branch: str = "") -> Blueprint:
    """The web service of a render.yaml; empty where there is none.

    Of several the one whose root folder is `folder` of the repository, then one that is deployed from `branch`.
    """
    try:
        raw: Any = yaml.safe_load(text or "")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        return Blueprint(problem=f"line {mark.line + 1}: no YAML" if mark else "no YAML")
    except (ValueError, RecursionError):  # a date that is none; lists in lists without end
        return Blueprint(problem="no YAML")
    services = [one for one in _list(raw, "services") if isinstance(one, dict)]
    found = min(
        (one for one in services if one.get("type", "web") == "web"),
        key=lambda one: (
            _folder(one.get("rootDir")) != _folder(folder),
            bool(branch) and one.get("branch", branch) != branch,
        ),
        default=None,
    )
    if found is None:
        return Blueprint()
    inside = {str(one.get("name")): one for one in _list(raw, "envVarGroups") if isinstance(one, dict)}
    variables: dict[str, BlueprintVariable] = {}
    outside: list[str] = []
    database = ""
    # The service's own come last: they win over those of a group.
    for one in sorted(_list(found, "envVars"), key=lambda one: isinstance(one, dict) and "key" in one):
        if not isinstance(one, dict):
            continue
        if group := one.get("fromGroup"):
            if str(group) not in inside:
                outside.append(str(group))
            for entry in _list(inside.get(str(group)), "envVars"):
                if isinstance(entry, dict) and "key" in entry:
                    variables[str(entry["key"])] = _variable(entry)
        elif "key" in one:
            variables[str(one["key"])] = _variable(one)
            source = one.get("fromDatabase")
            if isinstance(source, dict):
                database = database or str(source.get("name") or "")
    return Blueprint(str(found.get("name") or ""), _settings(found), variables, tuple(outside), database)


def _variable(entry: Mapping[str, Any]) -> BlueprintVariable:
    if "value" in entry:
        return BlueprintVariable("value", _text(entry["value"]))
    if entry.get("generateValue"):
        return BlueprintVariable("generated")
    if entry.get("sync") is False:
        return BlueprintVariable("by_hand")
    return BlueprintVariable("linked")


def _settings(service: Mapping[str, Any]) -> dict[str, str]:
    names = (
        "name", "runtime", "plan", "region", "repo", "branch", "rootDir", "buildCommand", "startCommand",
        "preDeployCommand", "healthCheckPath", "autoDeployTrigger",
    )  # fmt: skip
    found = {name: _text(service[name]) for name in names if service.get(name) is not None}
    # YAML takes an unquoted `off` for false; and an older file says autoDeploy.
    if service.get("autoDeployTrigger") is False:
        found["autoDeployTrigger"] = "off"
    elif "autoDeployTrigger" not in found and isinstance(service.get("autoDeploy"), bool):
        found["autoDeployTrigger"] = "commit" if service["autoDeploy"] else "off"
    if "runtime" not in found and service.get("env") is not None:
        found["runtime"] = _text(service["env"])
    return found


def _folder(path: Any) -> str:
    return _text(path).strip("./")


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value).strip()


def _list(holder: Any, key: str) -> list[Any]:
    found = holder.get(key) if isinstance(holder, dict) else None
    return found if isinstance(found, list) else []
