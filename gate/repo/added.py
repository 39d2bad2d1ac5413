"""The lines that each commit of a branch adds, whatever became of them later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gate.repo.git import Git

_COMMIT = re.compile(rb"commit ([0-9a-f]{40,64})$")
_HUNK = re.compile(rb"(@@+) .*?\+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True)
class AddedLine:
    """One line that a commit adds. `path` is relative to the repository, `number` counts from 1."""

    commit: str
    path: str
    number: int
    text: str

    @property
    def place(self) -> str:
        """commit:file:line, as findings name it."""
        return f"{self.commit[:7]}:{self.path}:{self.number}"


@dataclass(frozen=True)
class AddedFile:
    """A file that a commit adds or changes; `binary` ones have no lines to read."""

    commit: str
    path: str
    binary: bool


def added(git: Git, base: str, head: str) -> Iterator[AddedLine | AddedFile]:
    """Everything that the commits base..head add, oldest commit first; each file before its lines.

    A merge commit counts with what it brings that no parent had. Raises GitError.
    """
    commit, path, number, width = "", "", 0, 0
    for line in git.lines(
        "log",
        "--reverse",
        "--format=commit %H",
        "--patch",
        "--unified=0",
        "--cc",
        "--find-renames",
        "--no-ext-diff",
        "--no-textconv",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        f"{base}..{head}",
    ):
        if width and line[:1] in (b"+", b"-", b" ", b"\\"):
            signs, content = line[:width], line[width:]
            if b"-" in signs or line[:1] == b"\\":
                continue
            if signs == b"+" * width:
                yield AddedLine(commit, path, number, content.decode("utf-8", "replace").rstrip("\r"))
            number += 1
            continue
        width = 0
        if found := _COMMIT.match(line):
            commit = found[1].decode()
        elif found := _HUNK.match(line):
            # One column of signs for each parent: @@ has one, @@@ of a merge two.
            width, number = len(found[1]) - 1, int(found[2])
        elif line.startswith(b"+++ ") and line != b"+++ /dev/null":
            path = _path(line[4:], b"b/")
            yield AddedFile(commit, path, binary=False)
        elif line.startswith(b"rename to "):
            # A file that is only moved has no lines, and may have become one of secrets by its name.
            path = _path(line.removeprefix(b"rename to "), b"")
            yield AddedFile(commit, path, binary=False)
        elif line.startswith(b"Binary files ") and not line.endswith(b" and /dev/null differ"):
            path = _path(line.removesuffix(b" differ").rpartition(b" and ")[2], b"b/")
            yield AddedFile(commit, path, binary=True)


def _path(raw: bytes, prefix: bytes) -> str:
    """A path as git prints it: C-quoted when it holds quotes or control characters, a tab after blanks."""
    raw = raw.rstrip(b"\t")
    if raw.startswith(b'"') and raw.endswith(b'"'):
        raw = raw[1:-1].decode("unicode_escape").encode("latin-1")
    return raw.removeprefix(prefix).decode("utf-8", "replace")
