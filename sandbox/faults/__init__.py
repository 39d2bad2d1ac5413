"""Faults: one TOML file each, saying what a bad commit, a bad configuration or a bad outside service did.

A fault edits the app's files, its variables or its history, or switches a double. It never touches a check, a
configuration of the gate or an expected value.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

FOLDER = Path(__file__).parent


class UnknownFault(Exception):
    """No such fault; the message lists those there are."""


@dataclass(frozen=True)
class Edit:
    """A replacement in one file of the app. `old` occurs exactly once; empty means a new file."""

    file: str
    new: str
    old: str = ""

    def apply(self, root: Path) -> None:
        """Do it below `root`; raises ValueError when the file does not hold `old` exactly once."""
        path = root / self.file
        if not self.old:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(self.new, encoding="utf-8")
            return
        text = path.read_text(encoding="utf-8")
        if text.count(self.old) != 1:
            raise ValueError(
                f"{self.file} holds {text.count(self.old)} times what the fault replaces: {self.old!r}"
            )
        path.write_text(text.replace(self.old, self.new), encoding="utf-8")


@dataclass(frozen=True)
class Fault:
    """One defect, and which check must name it first.

    One whose verdict is GO is told by the advisory check that it names, or it is a trouble that passes by itself:
    then `caught_by` is "none", and no check may name it.

    The stage "smoke" runs on the booted candidate, before the merge, and preflight with it.

    `before` edits are in production already, `meanwhile` edits come to main after the branch left it.
    `edits` are committed on the branch; `undone` edits are committed and taken back by a later commit; an empty
    commit says `message`. `env` changes variables of the app (an empty value removes one, {NAME} stands for the right
    value of NAME); `graph`,
    `render`, `osv`, `github` and `edge` are switches of the doubles; `pull` changes the pull request, its `head`
    the branch itself; `deploy` changes what Render says of this deploy, `newer` is a deploy that came after it (of
    the commit before, unless it names one), and `deployed` says which commit really runs: the branch's, or the one
    before it; `links` says what a SharePoint link leads to, and `files` the
    text of the file behind it; `schemas` are further schemas with the same tables and data. `account` is what
    else differs in Render's account: `service` (its settings), `variables` (as `env`, but only there), `groups`
    (linked ones, by name, with their variables), `earlier` (the deploy before this one), `database`, and
    `snapshot_h` (a disk whose newest snapshot is so many hours old). `sql` are statements of the database's owner.
    `attested` are items of the checklist that a person attested, each "before" or "after" the edits were committed.
    `imap` lets the test mailbox be read over IMAP instead of Graph, and says how well. `own_s` are the seconds that it
    makes whoever judges wait, however quick he is: what it sleeps, as often as a run must ask, and the bounds of
    target.toml that are waited out.
    """

    name: str
    title: str
    stage: Literal["preflight", "smoke", "postdeploy"]
    caught_by: str
    verdict: Literal["NO-GO", "INCONCLUSIVE", "GO"] = "NO-GO"
    edits: tuple[Edit, ...] = ()
    undone: tuple[Edit, ...] = ()
    before: tuple[Edit, ...] = ()
    meanwhile: tuple[Edit, ...] = ()
    env: dict[str, str] = field(default_factory=dict)
    graph: dict[str, Any] = field(default_factory=dict)
    edge: dict[str, Any] = field(default_factory=dict)
    render: dict[str, Any] = field(default_factory=dict)
    deploy: dict[str, Any] = field(default_factory=dict)
    newer: dict[str, Any] = field(default_factory=dict)
    deployed: Literal["branch", "base"] = "branch"
    links: dict[str, Literal["folder"] | int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    schemas: tuple[str, ...] = ()
    account: dict[str, Any] = field(default_factory=dict)
    sql: tuple[str, ...] = ()
    imap: Literal["", "well", "password-changed"] = ""
    note: str | None = None
    message: str = ""
    own_s: float = 0.0
    attested: dict[str, Literal["before", "after"]] = field(default_factory=dict)
    pull: dict[str, Any] = field(default_factory=dict)
    github: dict[str, Any] = field(default_factory=dict)
    osv: dict[str, Any] = field(default_factory=dict)


def load(name: str) -> Fault:
    """The fault of this name; raises UnknownFault."""
    path = FOLDER / f"{name}.toml"
    if not path.is_file():
        raise UnknownFault(
            f"no fault named {name!r}; there are: {', '.join(fault.name for fault in all_faults())}"
        )
    raw = tomllib.loads(path.read_text(encoding="utf-8"))
    for key in ("edits", "undone", "before", "meanwhile"):
        raw[key] = tuple(Edit(**edit) for edit in raw.pop(key.removesuffix("s"), raw.pop(key, ())))
    for key in ("schemas", "sql"):
        raw[key] = tuple(raw.get(key, ()))
    return Fault(name=name, **raw)


def all_faults() -> list[Fault]:
    """Every fault, by name."""
    return [load(path.stem) for path in sorted(FOLDER.glob("*.toml"))]


def environment(faults: Iterable[Fault], healthy: Mapping[str, str]) -> dict[str, str]:
    """The app's variables as the faults leave them."""
    return changed(healthy, merged(faults, "env"))


def changed(healthy: Mapping[str, str], by: Mapping[str, str]) -> dict[str, str]:
    """Variables with some of them changed: an empty value removes one, {NAME} stands for the right value of NAME."""
    replaced = {
        name: re.sub(r"\{(\w+)\}", lambda wanted: healthy[wanted[1]], value) for name, value in by.items()
    }
    return {name: value for name, value in {**healthy, **replaced}.items() if value}


def merged(faults: Iterable[Fault], key: str) -> dict[str, Any]:
    """One switchboard of several faults."""
    return {name: value for fault in faults for name, value in getattr(fault, key).items()}
