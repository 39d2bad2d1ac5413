"""The change as it would be merged: the tree that merging HEAD into its base gives, never the work tree."""

from __future__ import annotations

import contextlib
import io
import posixpath
import re
import shutil
import tarfile
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from filelock import FileLock

from gate.inputs import InputError, nearest
from gate.repo.git import Git, GitError
from gate.repo.merge import Merge, merged
from gate.repo.python_source import is_test

DEFAULT_BASES = ("main", "master")
# A clone of one branch (as --depth makes it) fetches no other one unless it is told to.
EVERY_BRANCH = "origin '+refs/heads/*:refs/remotes/origin/*'"


@dataclass(frozen=True)
class Commit:
    """One commit of the branch."""

    id: str
    subject: str

    @property
    def short(self) -> str:
        """The seven characters that people use."""
        return self.id[:7]


@dataclass(frozen=True)
class Candidate:
    """HEAD of the repository that holds the app's folder, and the base it would be merged into.

    `tree` is the merge's result (see `merge`), and what `read`, `files` and `export` show, relative to the app's
    folder. `commits` are those of the branch, oldest first. `changed` are the files that merging would change on
    the base, relative to the repository. `prefix` is the app's folder in the repository, empty or ending in a slash.
    """

    path: Path
    git: Git
    prefix: str
    branch: str
    head: str
    tree: str
    merge: Merge
    base_ref: str
    base: str
    commits: tuple[Commit, ...]
    changed: tuple[str, ...]

    @classmethod
    def open(cls, app_dir: Path, base_ref: str | None = None) -> Candidate:
        """Read the repository around `app_dir`.

        `base_ref` defaults to the remote's default branch, main or master. Raises InputError with every problem found.
        """
        git, prefix = _repository(app_dir)
        head = _head(git, app_dir)
        problems: list[str] = []
        if git.text("rev-parse", "--is-shallow-repository") == "true":
            problems.append(
                f"{app_dir}: a shallow clone, so the commits of the branch cannot be seen; run "
                f"`git fetch --unshallow {EVERY_BRANCH}` (GitHub Actions: actions/checkout with fetch-depth: 0)"
            )
        used, base = _base(git, app_dir, base_ref, problems)
        if problems:
            raise InputError(problems)
        commits = [line.split(" ", 1) for line in _log(git, base, head)]
        merge, git = merged(git, base, head)
        since, until = (base, merge.tree) if merge.clean else (_fork(git, base, head), head)
        return cls(
            path=app_dir,
            git=git,
            prefix=prefix,
            branch=git.text("rev-parse", "--abbrev-ref", "HEAD"),
            head=head,
            tree=merge.tree,
            merge=merge,
            base_ref=used,
            base=base,
            commits=tuple(Commit(*line) for line in commits),
            changed=git.paths("diff", "--name-only", "-z", "--no-ext-diff", "--no-renames", since, until),
        )

    @classmethod
    def standing(cls, app_dir: Path) -> Candidate:
        """HEAD as it stands, with no base, for where none can be known: of a change this tells nothing.

        Raises InputError where there is no commit either.
        """
        git, prefix = _repository(app_dir)
        head = _head(git, app_dir)
        tree = git.text("rev-parse", f"{head}^{{tree}}")
        branch = git.text("rev-parse", "--abbrev-ref", "HEAD")
        return cls(app_dir, git, prefix, branch, head, tree, Merge(tree), "", "", (), ())

    @cached_property
    def remote(self) -> str:
        """Where the repository is fetched from, without credentials; empty where nowhere."""
        with contextlib.suppress(GitError):
            return re.sub(r"//[^@/]*@", "//", self.git.text("remote", "get-url", "origin"))
        return ""

    @property
    def touched(self) -> tuple[str, ...]:
        """The changed files that are not the app's tests."""
        return tuple(path for path in self.changed if not is_test(path))

    @property
    def merged_app(self) -> str:
        """The app's folder in the merge's result, as git takes a tree."""
        return f"{self.tree}:{self.prefix}"

    @property
    def base_app(self) -> str:
        """The app's folder on the base, as git takes a tree."""
        return f"{self.base}:{self.prefix}"

    @cached_property
    def files(self) -> tuple[str, ...]:
        """Every file of the app after the merge."""
        return self.git.paths("ls-tree", "-r", "-z", "--name-only", "--full-tree", self.merged_app)

    @cached_property
    def files_before(self) -> tuple[str, ...]:
        """Every file of the app on the base; none where the base has no such folder."""
        with contextlib.suppress(GitError):
            return self.git.paths("ls-tree", "-r", "-z", "--name-only", "--full-tree", self.base_app)
        return ()

    def read(self, path: str) -> bytes | None:
        """A file of the app after the merge, or None when there is none of that name."""
        if path not in self.files:
            return None
        return self.git.raw("cat-file", "blob", f"{self.merged_app}{path}")

    def text_before(self, path: str) -> str | None:
        """A text file of the app on the base, or None."""
        if path not in self.files_before:
            return None
        return self.git.raw("cat-file", "blob", f"{self.base_app}{path}").decode("utf-8", "replace")

    def at_top(self, path: str, *, before: bool = False) -> str | None:
        """A text file by its path in the repository, not in the app's folder: after the merge, or on the base."""
        tree = self.base if before else self.tree
        if tree:
            with contextlib.suppress(GitError):
                return self.git.raw("cat-file", "blob", f"{tree}:{path}").decode("utf-8", "replace")
        return None

    def text(self, path: str) -> str | None:
        """A text file of the app after the merge; bytes that are no UTF-8 are replaced."""
        content = self.read(path)
        return None if content is None else content.decode("utf-8", "replace")

    def export(self, to: Path) -> Path:
        """The app's folder after the merge as plain files in `to`, made by the first caller and kept.

        Leaves out links that point outside, and what .gitattributes marks export-ignore.
        """
        to.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{to}.lock"):
            if to.exists():
                return to
            archive = self.git.raw("archive", "--format=tar", self.merged_app)
            making = Path(tempfile.mkdtemp(dir=to.parent))
            try:
                with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
                    tar.extractall(making, members=filter(_inside, tar))  # noqa: S202  # only what stays inside
                making.rename(to)
            except BaseException:
                shutil.rmtree(making, ignore_errors=True)
                raise
        return to


def _repository(app_dir: Path) -> tuple[Git, str]:
    if not Git.available():
        raise InputError(["git is not installed; install it, the gate reads the app through it"])
    if not app_dir.is_dir():
        raise InputError([f"{app_dir}: no such folder; name the app's repository with --app-dir=DIR"])
    git = Git(app_dir)
    try:
        top = git.text("rev-parse", "--show-toplevel")
        # From the top: some commands mind a folder that HEAD does not have.
        return Git(Path(top)), git.text("rev-parse", "--show-prefix")
    except GitError as error:
        if "dubious ownership" in str(error):
            remedy = f"it belongs to another user; run `git config --global --add safe.directory {app_dir}`"
        elif "not a git repository" in str(error):
            remedy = "not a git repository; name the app's repository with --app-dir=DIR"
        else:
            remedy = f"git cannot read it ({error}); name the app's repository with --app-dir=DIR"
        raise InputError([f"{app_dir}: {remedy}"]) from None


def _head(git: Git, app_dir: Path) -> str:
    try:
        return git.text("rev-parse", "--verify", "HEAD^{commit}")
    except GitError:
        raise InputError([f"{app_dir}: the repository has no commit yet; commit the app first"]) from None


def _base(git: Git, app_dir: Path, wanted: str | None, problems: list[str]) -> tuple[str, str]:
    names = (wanted,) if wanted else (_remote_default(git), *DEFAULT_BASES)
    for name in filter(None, names):
        # A CI checkout has the base only as a branch of the remote.
        for ref in (name, f"origin/{name}"):
            with contextlib.suppress(GitError):
                return name, git.text("rev-parse", "--verify", "--end-of-options", f"{ref}^{{commit}}")
    known = git.text("for-each-ref", "--format=%(refname:short)", "refs/heads", "refs/remotes").split()
    guess = nearest(wanted or "main", known)
    said = f"the base {wanted!r} is unknown" if wanted else "no base is named, and there is no main or master"
    remedy = f"did you mean {guess!r}?" if guess else f"branches here: {', '.join(known) or 'none'}."
    problems.append(
        f"{app_dir}: {said}; {remedy} Name it with --base-ref, after `git fetch {EVERY_BRANCH}` if need be"
    )
    return "", ""


def _remote_default(git: Git) -> str | None:
    with contextlib.suppress(GitError):
        return git.text("rev-parse", "--abbrev-ref", "origin/HEAD")
    return None


def _fork(git: Git, base: str, head: str) -> str:
    """Where the branch left the base; the base itself when they have no common commit."""
    try:
        return git.text("merge-base", base, head)
    except GitError:
        return base


def _log(git: Git, base: str, head: str) -> list[str]:
    return git.text("log", "--reverse", "--format=%H %s", f"{base}..{head}").splitlines()


def _inside(member: tarfile.TarInfo) -> bool:
    """Files, folders, and links that do not lead out. git itself lets no name of a file do so."""
    if member.issym():
        leads_to = posixpath.normpath(posixpath.join(posixpath.dirname(member.name), member.linkname))
        return not leads_to.startswith(("..", "/"))
    return member.isfile() or member.isdir()
