"""The Python that Render would use for this commit (Render's docs, "Setting your Python version")."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from gate.repo.candidate import Candidate

_VERSION = re.compile(r"\d+(\.\d+){1,2}")


@dataclass(frozen=True)
class WantedPython:
    """A version and the file that asks for it; `version` is empty where no file does."""

    version: str
    source: str


def wanted_python(candidate: Candidate) -> WantedPython:
    """PYTHON_VERSION of render.yaml, else .python-version; what is no version number is passed over."""
    for value, source in (
        (_from_blueprint(candidate.text("render.yaml")), "PYTHON_VERSION in render.yaml"),
        ((candidate.text(".python-version") or "").strip(), ".python-version"),
    ):
        if _VERSION.fullmatch(value):
            return WantedPython(value, source)
    return WantedPython("", "neither render.yaml nor .python-version names a version")


def _from_blueprint(text: str | None) -> str:
    try:
        blueprint = yaml.safe_load(text or "")
    except yaml.YAMLError:
        return ""
    for service in _list(blueprint, "services"):
        for variable in _list(service, "envVars"):
            if isinstance(variable, dict) and variable.get("key") == "PYTHON_VERSION":
                return str(variable.get("value", ""))
    return ""


def _list(holder: Any, key: str) -> list[Any]:
    found = holder.get(key) if isinstance(holder, dict) else None
    return found if isinstance(found, list) else []
