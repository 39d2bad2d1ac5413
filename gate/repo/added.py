"""The lines that each commit of a branch adds, whatever became of them later, and those of its message."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gate.repo.git import Git

_COMMIT = re.compile(rb"commit ([0-9a-f]{40,64})$")
MESSAGE = "commit message"
_HUNK = re.compile(rb"(@@+) .*?\+(\d+)(?:,\d+)? @@")


@dataclass(frozen=True)
class AddedLine:
    """One line that a commit adds. `path` is relative to the repository, `number` counts from 1.

    `above` is the line over it in the same file, whether the commit adds that one too or not. A line of the commit's
    message has the path MESSAGE.
    """

    commit: str
    path: str
    number: int
    text: str
    above: str = ""

    @property
    def place(self) -> str:
        """commit:file:line, as findings name it."""
        return f"{self.commit[:7]}:{self.path}:{self.number}"


@dataclass(frozen=True)
class AddedFile:
    """A file that a commit adds or changes; told once more as `binary` where its lines cannot be read any further."""

    commit: str
    path: str
    binary: bool


def added(git: Git, base: str, head: str) -> Iterator[AddedLine | AddedFile]:
    """Everything that the commits base..head add, oldest commit first; each file before its lines.

    A merge commit counts with what it brings that no parent had. Raises GitError.
    """
    commit, path, number, width, above, binary = "", "", 0, 0, "", False
    for line in git.lines(
        "log",
        "--reverse",
        "--format=commit %H",
        "--patch",
        "--unified=1",
        # What .gitattributes calls binary, or hides from diffs, may be a text all the same.
        "--text",
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
            text = content.decode("utf-8", "replace").rstrip("\r")
            added_here = signs == b"+" * width
            if added_here and b"\0" in content and not binary:
                binary = True
                yield AddedFile(commit, path, binary=True)
            if added_here and not binary:
                yield AddedLine(commit, path, number, text, above)
            number, above = number + 1, text
            continue
        width = 0
        if found := _COMMIT.match(line):
            commit = found[1].decode()
        elif found := _HUNK.match(line):
            # One column of signs for each parent: @@ has one, @@@ of a merge two.
            width, number, above = len(found[1]) - 1, int(found[2]), ""
        elif line.startswith(b"+++ ") and line != b"+++ /dev/null":
            path, binary = _path(line[4:], b"b/"), False
            yield AddedFile(commit, path, binary=False)
        elif line.startswith(b"rename to "):
            # A file that is only moved has no lines, and may have become one of secrets by its name.
            path = _path(line.removeprefix(b"rename to "), b"")
            yield AddedFile(commit, path, binary=False)


def messages(git: Git, base: str, head: str) -> Iterator[AddedLine]:
    """Every line of the messages of base..head, oldest commit first. Raises GitError."""
    told = git.text("log", "--reverse", "--format=%H%x00%B%x00", f"{base}..{head}").split("\0")
    for commit, message in zip(told[::2], told[1::2], strict=False):
        above = ""
        for number, text in enumerate(message.splitlines(), start=1):
            yield AddedLine(commit.strip(), MESSAGE, number, text, above)
            above = text


def _path(raw: bytes, prefix: bytes) -> str:
    """A path as git prints it: C-quoted when it holds quotes or control characters, a tab after blanks."""
    raw = raw.rstrip(b"\t")
    if raw.startswith(b'"') and raw.endswith(b'"'):
        raw = raw[1:-1].decode("unicode_escape").encode("latin-1")
    return raw.removeprefix(prefix).decode("utf-8", "replace")
