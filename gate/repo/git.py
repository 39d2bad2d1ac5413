"""git, asked read-only about a repository whose content and configuration are not trusted."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
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


class Git:
    """git in `folder`, without the variables of the process (a hook sets GIT_DIR, for one)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._command = ["git", *(part for setting in _SETTINGS for part in ("-c", setting))]
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            # Only for safe.directory, without which a repository of another owner cannot be read.
            "HOME": os.environ.get("HOME", "/"),
            "LC_ALL": "C.UTF-8",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_OPTIONAL_LOCKS": "0",
            "GIT_NO_LAZY_FETCH": "1",
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
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise GitError(said[0] if said else f"git {arguments[0]} ended with {done.returncode}")
        return done.stdout

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
