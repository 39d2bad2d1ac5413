"""git, asked read-only about a repository whose content and configuration are not trusted."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TIMEOUT_S = 60

# The repository's own configuration may name programs to run, and the user's may change what git prints.
_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.quotePath=false",
    "diff.suppressBlankEmpty=false",
    "log.showSignature=false",
    "color.ui=false",
)


class GitError(Exception):
    """git refused; `str()` is its own last line."""


@dataclass(frozen=True)
class Answer:
    """What a command answered: its exit code, standard output, and the first line of its standard error."""

    code: int
    output: bytes
    said: str


class Git:
    """git in `folder`, without the variables of the process (a hook sets GIT_DIR, for one)."""

    def __init__(self, folder: Path, extra: Mapping[str, str] | None = None) -> None:
        self.folder = folder
        self._objects: tempfile.TemporaryDirectory[str] | None = None
        self._command = ["git", *(part for setting in _SETTINGS for part in ("-c", setting))]
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            # Only for safe.directory, without which a repository of another owner cannot be read.
            "HOME": os.environ.get("HOME", "/"),
            "LC_ALL": "C.UTF-8",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
            **(extra or {}),
        }

    @staticmethod
    def available() -> bool:
        """Whether git is installed."""
        return shutil.which("git") is not None

    def text(self, *arguments: str) -> str:
        """Standard output without its last line break; raises GitError."""
        return self.raw(*arguments).decode("utf-8", "replace").rstrip("\n")

    def raw(self, *arguments: str) -> bytes:
        """Standard output; raises GitError."""
        done = self.ask(*arguments)
        if done.code:
            raise GitError(done.said or f"git {arguments[0]} ended with {done.code}")
        return done.output

    def ask(self, *arguments: str) -> Answer:
        """For commands whose exit code is an answer; raises GitError only when it takes too long."""
        try:
            done = subprocess.run(
                [*self._command, *arguments],
                cwd=self.folder,
                env=self._environment,
                capture_output=True,
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise GitError(f"git {arguments[0]} took longer than {TIMEOUT_S} s") from None
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        return Answer(done.returncode, done.stdout, said[0] if said else "")

    def writing_beside(self) -> Git:
        """The same git, its new objects kept in a temporary folder that goes with it: the repository stays as it is."""
        folder = tempfile.TemporaryDirectory(prefix="gate-objects-")
        stored = self.text("rev-parse", "--path-format=absolute", "--git-path", "objects")
        # git reads a list of folders there, unless the path is quoted.
        alternate = f'"{stored}"' if ":" in stored else stored
        beside = Git(
            self.folder, {"GIT_OBJECT_DIRECTORY": folder.name, "GIT_ALTERNATE_OBJECT_DIRECTORIES": alternate}
        )
        beside._objects = folder
        return beside

    def paths(self, *arguments: str) -> tuple[str, ...]:
        """The paths of a command that was given -z."""
        return tuple(
            path for path in self.raw(*arguments).decode("utf-8", "surrogateescape").split("\0") if path
        )

    def lines(self, *arguments: str) -> Iterator[bytes]:
        """Standard output line by line, as it comes; raises GitError at its end."""
        with subprocess.Popen(
            [*self._command, *arguments],
            cwd=self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as running:
            assert running.stdout is not None
            try:
                for line in running.stdout:
                    yield line.rstrip(b"\n")
            finally:
                running.stdout.close()
                code = running.wait(TIMEOUT_S)
        if code:
            raise GitError(f"git {arguments[0]} ended with {code}")
