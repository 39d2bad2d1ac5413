"""The Python that Render would use for this commit (Render's docs, "Setting your Python version")."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gate.repo.blueprint import blueprint_of
from gate.repo.candidate import Candidate

_VERSION = re.compile(r"\d+(\.\d+){1,2}")


@dataclass(frozen=True)
class WantedPython:
    """A version and the file that asks for it; `version` is empty where no file does."""

    version: str
    source: str


def wanted_python(candidate: Candidate) -> WantedPython:
    """PYTHON_VERSION of render.yaml, else .python-version; what is no version number is passed over."""
    variable = blueprint_of(candidate).variables.get("PYTHON_VERSION")
    for value, source in (
        (variable.value if variable else "", "PYTHON_VERSION in render.yaml"),
        ((candidate.text(".python-version") or "").strip(), ".python-version"),
    ):
        if _VERSION.fullmatch(value):
            return WantedPython(value, source)
    return WantedPython("", "neither render.yaml nor .python-version names a version")
