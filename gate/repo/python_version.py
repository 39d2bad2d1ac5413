"""The Python that Render would use for this commit (Render's docs, "Setting your Python version")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gate.repo.blueprint import blueprint_of
from gate.repo.candidate import Candidate
from gate.target import Target

_VERSION = re.compile(r"\d+(\.\d+){1,2}")


@dataclass(frozen=True)
class WantedPython:
    """A version and the file that asks for it; `version` is empty where no file does."""

    version: str
    source: str


def wanted_python(candidate: Candidate, target: Target, on_render: Iterable[str] = ()) -> WantedPython:
    """PYTHON_VERSION in render.yaml, on Render, or in target.toml; else .python-version.

    What is no version number is passed over. `on_render` is what Render has, asked for only where render.yaml has none.
    """
    for value, source in _told(candidate, target, on_render):
        if _VERSION.fullmatch(value):
            return WantedPython(value, source)
    return WantedPython(
        "", "nothing names a version; Render takes the one that was its default when the service was made"
    )


def _told(candidate: Candidate, target: Target, on_render: Iterable[str]) -> Iterator[tuple[str, str]]:
    planned = blueprint_of(candidate).variables.get("PYTHON_VERSION")
    yield planned.value if planned else "", "PYTHON_VERSION in render.yaml"
    for value in on_render:
        yield value, "PYTHON_VERSION on Render"
    yield (
        (target.render.python_version or "" if target.render else ""),
        ("[render] python_version of target.toml"),
    )
    yield (candidate.text(".python-version") or "").strip(), ".python-version"
