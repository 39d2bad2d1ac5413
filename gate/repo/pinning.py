"""Which requirements leave it to the day of the installation what is installed. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from packaging.markers import InvalidMarker, Marker, UndefinedEnvironmentName
from packaging.version import InvalidVersion

from gate.repo.requirements import Requirement

_EXACT = re.compile(r"={2,3}\s*[^\s*,;]+\s*(;|$|--hash|\\)")
_BOUNDS = re.compile(r"(?<![<>=!~])(>=|<=)\s*([^\s,;]+)")
_COMMIT = re.compile(r"@[0-9a-f]{40}\b")
_ARCHIVE = re.compile(r"(https?|file)://\S+\.(whl|zip|tar\.gz)")


def unpinned(
    lines: Sequence[Requirement], limits: Sequence[Requirement] = (), python: str = ""
) -> list[Requirement]:
    """Lines that name no exact version, no commit and no archive, and for which no line of constraints does.

    Not those that ask for nothing with the Python of this version, such as "3.11"; default: the gate's own.
    """
    limited = {one.name for one in limits if one.name and _is_pinned(one.text)}
    return [
        line
        for line in lines
        if not _is_pinned(line.text) and line.name not in limited and _applies(line.text, python)
    ]


def _applies(text: str, python: str) -> bool:
    """Whether a line's own condition (`; python_version < "3.8"`) holds; one that cannot be read does."""
    condition = text.partition(";")[2].partition("--hash")[0].strip()
    minor = ".".join(python.split(".")[:2])
    try:
        known = {"python_version": minor, "python_full_version": python} if python else None
        return not condition or Marker(condition).evaluate(known)
    except (InvalidMarker, UndefinedEnvironmentName, InvalidVersion):
        return True


def _is_pinned(text: str) -> bool:
    if "git+" in text or "hg+" in text:
        return _COMMIT.search(text) is not None
    if text.startswith((".", "/", "-e .", "--editable .")) or _ARCHIVE.search(text):
        return True
    # The condition of a line may hold an == of its own.
    asked = text.partition(";")[0]
    bounds = dict(_BOUNDS.findall(asked))
    return _EXACT.search(asked) is not None or bounds.get(">=", "") == bounds.get("<=")
