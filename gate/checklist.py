"""checklist.toml: the closed list of what must have been proven, per stage, with its place in the process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from gate.inputs import Input, InputError, parse_toml, read_toml, validate

Stage = Literal["preflight", "smoke", "postdeploy"]
STAGES: tuple[Stage, ...] = ("preflight", "smoke", "postdeploy")
Place = Literal["local", "ci", "live"]


class Item(Input):
    """One line of the go/no-go list."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$")
    stages: tuple[Stage, ...] = Field(min_length=1)
    section: str = Field(description="Section of the release process this item proves, such as '3.3'.")
    title: str
    process: str = Field("", description="The process's own words for it.")
    severity: Literal["blocker", "advisory"] = "blocker"
    attested: bool = Field(
        False, description="No test proves it: before the merge a person does, with `python -m gate attest`."
    )
    capability: str | None = Field(None, description="Applies only where the target has this capability.")
    when_touched: tuple[str, ...] = Field(
        (),
        description="Before the merge it applies only where the change touches a path that ends like one of these "
        "patterns ('*pdf*.py', 'migrations/*'), and where it is not known what the change touches.",
    )
    asked_with: str | None = Field(
        None, description="An option (--query-cost) with which it applies whatever the change touches."
    )
    where: Place | None = Field(
        None,
        description="The place that decides it: this machine, CI, or the live app; elsewhere it is not owed.",
    )
    anywhere_with: str | None = Field(
        None,
        description="A GATE_ variable or file option (--release-notes) with which it is decided elsewhere too.",
    )

    @model_validator(mode="after")
    def _people_attest_before_the_merge(self) -> Item:
        if self.attested and self.stages != ("preflight",):
            raise ValueError(
                f'{self.id}: a person attests it for what is not merged yet; say stages = ["preflight"]'
            )
        return self

    def touched_by(self, paths: Iterable[str]) -> tuple[str, ...]:
        """Those of `paths` that make it apply. A `*` also fits what has slashes: more is asked, never less."""
        return tuple(
            path
            for path in paths
            if any(fnmatchcase(f"/{path}", f"*/{pattern}") for pattern in self.when_touched)
        )


class Waiver(Input):
    """A dated permission to let one item fail: it counts as advisory until the end of `expires`."""

    item: str
    reason: str = Field(min_length=1)
    author: str = Field(min_length=1)
    expires: dt.date


class Checklist(Input):
    """All items in the order in which they run and are reported, and the waivers in force."""

    schema_: Literal[1] = Field(alias="schema")
    item: tuple[Item, ...] = Field(min_length=1)
    waiver: tuple[Waiver, ...] = ()

    @model_validator(mode="after")
    def _ids_are_unique_and_waivers_name_items(self) -> Checklist:
        ids = [item.id for item in self.item]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"listed twice: {', '.join(twice)}; every id occurs once")
        unknown = sorted({waiver.item for waiver in self.waiver} - set(ids))
        if unknown:
            raise ValueError(f"waiver for an unknown item: {', '.join(unknown)}")
        return self

    def of(self, stage: str) -> tuple[Item, ...]:
        """The items that `stage` owes, in order."""
        return tuple(item for item in self.item if stage in item.stages)

    def position(self, check_id: str) -> int:
        """Rank of a check in the list; unknown ids come last."""
        return next((rank for rank, item in enumerate(self.item) if item.id == check_id), len(self.item))

    def stops(self, check_id: str) -> bool:
        """Whether this check, when it fails, keeps a release from going out: no advisory, and not waived."""
        waived = {waiver.item for waiver in self.waiver}
        return any(
            item.id == check_id and item.severity == "blocker" and item.id not in waived for item in self.item
        )

    def settles(self, failed: Iterable[str], check_id: str, stages: Iterable[Stage]) -> bool:
        """Whether what `failed` leaves nothing to `check_id`: in each of `stages` that owes it one of them stands
        before it, so that it decides no verdict, and is not the first cause of one."""
        owing = [ids for stage in stages if check_id in (ids := [item.id for item in self.of(stage)])]
        before = [set(ids[: ids.index(check_id)]) for ids in owing]
        return bool(before) and all(ids & set(failed) for ids in before)

    def expired(self, today: dt.date) -> tuple[Waiver, ...]:
        """Waivers whose last day has passed."""
        return tuple(waiver for waiver in self.waiver if waiver.expires < today)

    def unlisted(self, check_ids: Iterable[str]) -> list[str]:
        """Check ids that no item names."""
        return sorted(set(check_ids) - {item.id for item in self.item})


def load_checklist(path: Path, today: dt.date) -> Checklist:
    """Read and validate the checklist; raises InputError with every problem of the file at once."""
    hint = "checklist.toml stands at the top of the suite; restore it from git"
    return _in_force(read_toml(path, hint), path, today)


def parse_checklist(content: bytes, source: str, today: dt.date) -> Checklist:
    """The same of a text, such as the one that git has of it; `source` names it in messages."""
    return _in_force(parse_toml(content, source), source, today)


def _in_force(data: dict[str, Any], source: Path | str, today: dt.date) -> Checklist:
    checklist = validate(source, data, Checklist)
    expired = checklist.expired(today)
    if expired:
        raise InputError(
            [
                f"{source}: waiver for {waiver.item} expired on {waiver.expires}; "
                "renew it with a reason or remove it"
                for waiver in expired
            ]
        )
    return checklist
