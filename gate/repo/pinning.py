"""Which requirements leave it to the day of the installation what is installed. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from gate.repo.requirements import Requirement

_EXACT = re.compile(r"={2,3}\s*[^\s*,;]+\s*(;|$|--hash|\\)")
_BOUNDS = re.compile(r"(?<![<>=!~])(>=|<=)\s*([^\s,;]+)")
_COMMIT = re.compile(r"@[0-9a-f]{40}\b")
_ARCHIVE = re.compile(r"(https?|file)://\S+\.(whl|zip|tar\.gz)")


def unpinned(lines: Sequence[Requirement], limits: Sequence[Requirement] = ()) -> list[Requirement]:
    """Lines that name no exact version, no commit and no archive, and for which no line of constraints does."""
    limited = {one.name for one in limits if one.name and _is_pinned(one.text)}
    return [line for line in lines if not _is_pinned(line.text) and line.name not in limited]


def _is_pinned(text: str) -> bool:
    if "git+" in text or "hg+" in text:
        return _COMMIT.search(text) is not None
    if text.startswith((".", "/", "-e .", "--editable .")) or _ARCHIVE.search(text):
        return True
    bounds = dict(_BOUNDS.findall(text.partition(";")[0]))
    return _EXACT.search(text) is not None or bounds.get(">=", "") == bounds.get("<=")
