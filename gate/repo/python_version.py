"""The Python that Render would use for this commit (Render's docs, "Setting your Python version")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gate.repo.blueprint import blueprint
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
    variable = blueprint(text).variables.get("PYTHON_VERSION")
    return variable.value if variable else ""
