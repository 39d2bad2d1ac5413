"""What people attest, kept as git notes on the tree that they judged.

A note hangs on the name of a tree and changes neither tree nor commit, and it travels with push and fetch to where no
disk is shared. Each line of a note is one attestation as JSON, so that notes of two people can be joined line by line
(`git notes merge -s cat_sort_uniq`).
"""

from __future__ import annotations

import io
import tarfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from pydantic import AwareDatetime, Field, ValidationError, field_validator

from gate.inputs import Input, InputError
from gate.repo.git import Git, GitError

REF = "refs/notes/release-gate"
PUSH = f"push origin {REF}"
# A pattern: git refuses to fetch a single reference that is not there yet.
FETCH = 'fetch origin "refs/notes/*:refs/notes/*"'
LETTERS_OF_A_NAME, LETTERS_OF_A_REASON = 2, 10
MAX_BYTES = 100_000
_OBJECT = r"^[0-9a-f]{40}([0-9a-f]{24})?$"


class Attestation(Input):
    """One person's word for one item of the checklist, about one tree. `commit` is where the branch stood then."""

    item: str
    by: str = Field(max_length=100)
    reason: str = Field(max_length=1000)
    at: AwareDatetime
    tree: str = Field(pattern=_OBJECT)
    commit: str = Field(pattern=_OBJECT)

    @field_validator("by")
    @classmethod
    def _is_a_name(cls, value: str) -> str:
        return _said(value, LETTERS_OF_A_NAME, "who answers for it")

    @field_validator("reason")
    @classmethod
    def _is_a_reason(cls, value: str) -> str:
        return _said(value, LETTERS_OF_A_REASON, "why it holds")

    @property
    def when(self) -> str:
        """Day and minute in UTC, as a reader wants them."""
        return self.at.strftime("%Y-%m-%d %H:%M %Z")


@dataclass(frozen=True)
class Malformed:
    """A line of a tree's note that is no attestation, and why."""

    tree: str
    problem: str


@dataclass(frozen=True)
class Attestations:
    """Everything that the notes of a repository say; `kept` is False where it has no such notes at all."""

    given: tuple[Attestation, ...] = ()
    malformed: tuple[Malformed, ...] = ()
    kept: bool = False

    def of(self, item: str, tree: str) -> tuple[Attestation, ...]:
        """Those of an item for this tree, newest first."""
        found = [one for one in self.given if (one.item, one.tree) == (item, tree)]
        return tuple(sorted(found, key=lambda one: one.at, reverse=True))

    def elsewhere(self, item: str, tree: str, commits: Collection[str]) -> Attestation | None:
        """The newest of an item for another tree, given at one of these commits; None where there is none."""
        found = [one for one in self.given if one.item == item and one.tree != tree and one.commit in commits]
        return max(found, key=lambda one: one.at, default=None)

    def problems(self, tree: str) -> tuple[str, ...]:
        """What in the note of this tree is no attestation."""
        return tuple(one.problem for one in self.malformed if one.tree == tree)


def read(git: Git) -> Attestations:
    """All notes of the gate; raises GitError when they are there and git cannot give them."""
    if git.ask("rev-parse", "--verify", "-q", REF).code:
        return Attestations()
    with tarfile.open(fileobj=io.BytesIO(git.raw("archive", "--format=tar", REF))) as tar:
        lines = [line for tree, content in _notes(tar) for line in parse(tree, content)]
    return Attestations(
        tuple(line for line in lines if isinstance(line, Attestation)),
        tuple(line for line in lines if isinstance(line, Malformed)),
        kept=True,
    )


def parse(tree: str, content: bytes) -> Iterator[Attestation | Malformed]:
    """The lines of one tree's note. A line that was copied from another tree's note is none of this tree."""
    if len(content) > MAX_BYTES:
        yield Malformed(tree, f"a note of {len(content)} bytes; attestations take less than {MAX_BYTES}")
        return
    for line in filter(str.strip, content.decode("utf-8", "replace").split("\n")):
        try:
            one = Attestation.model_validate_json(line)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            yield Malformed(tree, f"{line.strip()[:80]!r}: {where}{': ' if where else ''}{first['msg']}")
            continue
        yield one if one.tree == tree else Malformed(tree, f"written for tree {one.tree} and copied here")


def write(git: Git, one: Attestation) -> None:
    """Add a line to the note of its tree, which need not exist as an object here; raises InputError.

    `git` may be one that keeps new objects aside; a note is written into the repository itself.
    """
    try:
        Git(git.folder).text("notes", f"--ref={REF}", "append", "-m", one.model_dump_json(), one.tree)
    except GitError as error:
        remedy = (
            "run `git config --global user.name NAME` and `user.email ADDRESS`"
            if "identity" in str(error)
            else "look whether the repository can be written"
        )
        raise InputError([f"{git.folder}: git could not keep the attestation ({error}); {remedy}"]) from None


def _notes(tar: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in tar:
        stream = tar.extractfile(member) if member.isfile() else None
        if stream is not None:
            # git spreads many notes over folders: ab/cdef... is the tree abcdef...
            yield member.name.replace("/", ""), stream.read()


def _said(value: str, letters: int, what: str) -> str:
    if not value.isprintable():
        raise ValueError("holds characters that are not shown, or more than one line")
    if sum(one.isalpha() for one in value) < letters:
        raise ValueError(f"says too little: {what}, in {letters} letters or more")
    return value.strip()
