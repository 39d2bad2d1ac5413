"""The Python that Render would use for this commit (Render's docs, "Setting your Python version")."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from gate.repo.blueprint import blueprint_of
from gate.repo.candidate import Candidate
from gate.target import Target

_VERSION = re.compile(r"\d+(\.\d+){1,2}")
# What a service starts with that was made on that day or later. Of those from
# 2023-11-01 to 2023-12-03 its documentation says nothing.
_DEFAULTS = (
    (dt.date(2026, 2, 11), "3.14.3"),
    (dt.date(2025, 6, 12), "3.13.4"),
    (dt.date(2024, 12, 16), "3.11.11"),
    (dt.date(2024, 10, 29), "3.11.10"),
    (dt.date(2024, 4, 4), "3.11.9"),
    (dt.date(2024, 2, 22), "3.11.8"),
    (dt.date(2024, 1, 2), "3.11.7"),
    (dt.date(2023, 12, 4), "3.11.6"),
    (dt.date(2023, 11, 1), ""),
    (dt.date.min, "3.7.10"),
)


@dataclass(frozen=True)
class WantedPython:
    """A version and who asks for it; `version` is empty where nobody does, and what Render would take is not known."""

    version: str
    source: str


def wanted_python(
    candidate: Candidate,
    target: Target,
    on_render: Iterable[str] = (),
    made: Iterable[dt.datetime | None] = (),
) -> WantedPython:
    """PYTHON_VERSION in render.yaml, on Render, or in target.toml; else .python-version; else Render's default.

    What is no version number is passed over. `on_render` is what Render has, and `made` when it made the service;
    either is asked for only where nothing before it speaks.
    """
    for value, source in _told(candidate, target, on_render):
        if _VERSION.fullmatch(value):
            return WantedPython(value, source)
    for day in (moment.date() for moment in made if moment):
        if version := default_python(day):
            return WantedPython(version, f"Render's default for a service made on {day}")
    return WantedPython(
        "", "nothing names a version; Render takes the one that was its default when the service was made"
    )


def default_python(made: dt.date) -> str:
    """What Render takes where nothing names a version; empty where its documentation does not tell."""
    return next(version for since, version in _DEFAULTS if made >= since)


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
