"""What merging the branch into its base would give: the tree that is judged, or the files in conflict."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gate.repo.git import Git, GitError


@dataclass(frozen=True)
class Merge:
    """The merge as git would do it now, without a commit being made.

    `tree` is the result's; where there is none (a conflict, or a `problem` that kept git from merging) it is
    HEAD's own. `forward` says that the base has nothing that the branch lacks: the result is HEAD as it stands.
    """

    tree: str
    forward: bool = False
    conflicts: tuple[str, ...] = ()
    problem: str = ""

    @property
    def clean(self) -> bool:
        """Whether the tree is really the merge's result."""
        return not self.conflicts and not self.problem


def merged(git: Git, base: str, head: str) -> tuple[Merge, Git]:
    """Merge `head` into `base`; with it git as it must be asked from here on, since it alone knows the new tree.

    Nothing is written into the repository: new objects go to a temporary folder of that git.
    """
    own = git.text("rev-parse", f"{head}^{{tree}}")
    if git.ask("merge-base", "--is-ancestor", base, head).code == 0:
        return Merge(own, forward=True), git
    beside = git.writing_beside()
    done = beside.ask("merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", base, head)
    told = [part for part in done.output.decode("utf-8", "surrogateescape").split("\0") if part]
    if done.code == 0 and told:
        return Merge(told[0].strip()), beside
    if done.code == 1 and told:
        return Merge(own, conflicts=tuple(dict.fromkeys(told[1:]))), git
    if "usage:" in done.said or "unknown option" in done.said:
        return Merge(own, problem=f"{_version(git)} cannot merge without a work tree; 2.38 or newer can"), git
    return Merge(own, problem=done.said or f"git merge-tree ended with {done.code}"), git


def left_marks(git: Git, tree: str, base: str, changed: Collection[str]) -> tuple[str, ...]:
    """file:line of the marks of a conflict that somebody left in a changed text, and the base does not have there.

    Both ends must be there: a lone one may be a text about git. Raises GitError.
    """
    marks = [one for one in _both_ends(git, tree) if one[0] in changed]
    before = {(path, text) for path, _, text in _both_ends(git, base)} if marks else set()
    # The first of a file is enough to find the others.
    first = {path: number for path, number, text in reversed(marks) if (path, text) not in before}
    return tuple(f"{path}:{number}" for path, number in sorted(first.items()))


def _both_ends(git: Git, tree: str) -> list[tuple[str, str, str]]:
    """(path, line, text) of the marks in a tree's files that hold a beginning and an end."""
    marks = ("-e", "^<<<<<<< ", "-e", "^>>>>>>> ")
    done = git.ask("grep", "-n", "-z", "-I", "--full-name", "--all-match", *marks, tree, "--")
    if done.code > 1:
        raise GitError(done.said)
    rows = (row.split("\0", 2) for row in done.output.decode("utf-8", "surrogateescape").splitlines())
    return [(row[0].removeprefix(f"{tree}:"), row[1], row[2]) for row in rows if len(row) == 3]


def _version(git: Git) -> str:
    try:
        return git.text("version")
    except GitError:
        return "git"
