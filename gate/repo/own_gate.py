"""The suite as far as it lies in the app's own repository: what a change does to it, before it judges anything."""

from __future__ import annotations

import contextlib
import datetime as dt
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.checklist import Checklist, Item, parse_checklist
from gate.repo.candidate import Candidate
from gate.repo.git import GitError
from gate.repo.weaker_target import weaker
from gate.results import Finding

_HINT = "take it out of this change: what the gate asks for is changed on its own, and merged by whoever answers for it"
# What of an item takes something off it when the change alters it; title, section and process are words.
_WEIGHT = (
    "stages",
    "severity",
    "capability",
    "when_touched",
    "where",
    "anywhere_with",
    "asked_with",
    "attested",
)


# The check that tells it. A list that comes with the change may not have it, or ask for it nowhere.
TOLD_BY = Item(
    id="change.gate_untouched",
    stages=("preflight",),
    section="2",
    title="The change leaves alone what judges it",
    process="Checklist obligatorio (sección 4)",
    capability="own_gate",
)


@dataclass(frozen=True)
class OwnGate:
    """Paths in the repository, from its top. `folder` ends in a slash; it is empty where the checklist stands at the
    top, among files that are not the suite's."""

    checklist: str
    target: str

    @property
    def folder(self) -> str:
        """Everything below it is the suite's."""
        return self.checklist[: self.checklist.rfind("/") + 1]


def own_gate(candidate: Candidate, checklist: Path, target: Path) -> OwnGate | None:
    """The suite in the app's repository; None where git has no such checklist, before or after the merge."""
    there = _path(candidate, checklist)
    if there is None:
        return None
    if all(text_of(candidate, tree, there) is None for tree in (candidate.base, candidate.tree)):
        return None
    return OwnGate(there, _path(candidate, target) or f"{there.rpartition('/')[0]}/target.toml".lstrip("/"))


def not_in_force(checklist: Checklist) -> Checklist:
    """A list that the base does not have where it lies: no waiver of it holds, and that is told whatever it says."""
    rest = tuple(item for item in checklist.item if item.id != TOLD_BY.id)
    return checklist.model_copy(update={"item": (TOLD_BY, *rest), "waiver": ()})


def text_of(candidate: Candidate, tree: str, path: str) -> bytes | None:
    """A file of the repository in a tree or commit, or None."""
    with contextlib.suppress(GitError):
        return candidate.git.raw("cat-file", "blob", f"{tree}:{path}")
    return None


def in_force(here: Checklist, candidate: Candidate, gate: OwnGate | None, today: dt.date) -> Checklist:
    """The list that a change is judged by: the base's own where there is one, else `here`. Raises InputError."""
    if gate is None:
        return here
    content = text_of(candidate, candidate.base, gate.checklist)
    if content is None:
        return not_in_force(here)
    return parse_checklist(content, f"{gate.checklist} of {candidate.base_ref}", today)


def changes(candidate: Candidate, gate: OwnGate) -> list[Finding]:
    """One finding for each thing by which the change alters what it is judged by."""
    return [
        Finding(
            id="change.gate",
            place=place,
            expected="a change leaves the gate that judges it as it is on the base",
            observed=observed,
            hint=_HINT,
        )
        for place, observed in _changes(candidate, gate)
    ]


def _changes(candidate: Candidate, gate: OwnGate) -> Iterator[tuple[str, str]]:
    for path in candidate.changed:
        if path not in (gate.checklist, gate.target):
            if gate.folder and path.startswith(gate.folder) and _judges(path.removeprefix(gate.folder)):
                yield path, "the change alters this file of the suite"
            continue
        before, after = (_toml(text_of(candidate, tree, path)) for tree in (candidate.base, candidate.tree))
        if path == gate.target:
            told = [f"the change {one}" for one in weaker(before, after)]
        elif not before:
            told = [f"{candidate.base_ref} has none: the gate comes with this change and is not in force yet"]
        elif not after:
            told = ["the change leaves no checklist that can be read"]
        else:
            told = [*_items(before, after), *_waivers(before, after)] or ["the change alters it"]
        yield from ((path, one) for one in told)


def _judges(path: str) -> bool:
    """Whether a file of the suite, from its own folder, has a part in judging."""
    return not path.startswith(("docs/", "reports/")) and not path.endswith(".md")


def _items(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    new = _by(after, "item", "id")
    for name, item in _by(before, "item", "id").items():
        if name not in new:
            yield f"the change takes {name} off the list"
        elif altered := [key for key in _WEIGHT if item.get(key) != new[name].get(key)]:
            yield f"the change alters {', '.join(altered)} of {name}"


def _waivers(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    old = _by(before, "waiver", "item")
    for name, waiver in _by(after, "waiver", "item").items():
        if waiver != old.get(name):
            yield f"the change waives {name}"


def _by(data: Mapping[str, Any], table: str, key: str) -> dict[str, Mapping[str, Any]]:
    rows = data.get(table)
    return {str(row.get(key)): row for row in rows if isinstance(row, dict)} if isinstance(rows, list) else {}


def _toml(content: bytes | None) -> dict[str, Any]:
    """Empty where there is no file, or none that can be read: then everything is off the list."""
    with contextlib.suppress(tomllib.TOMLDecodeError, UnicodeDecodeError):
        return tomllib.loads((content or b"").decode("utf-8"))
    return {}


def _path(candidate: Candidate, file: Path) -> str | None:
    """Where a file lies in the repository, from its top; None outside."""
    top = candidate.git.folder.resolve()
    there = file.resolve()
    return there.relative_to(top).as_posix() if there.is_relative_to(top) else None
