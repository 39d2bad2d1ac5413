"""Which repository on GitHub a clone belongs to."""

from __future__ import annotations

import re

from gate.repo.git import Git, GitError

# git@github.com:owner/name.git, ssh://git@github.com/owner/name, https://user:token@github.com/owner/name.git
_GITHUB = re.compile(r"(?:^|[@/])github\.com[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?$")


def github_name(git: Git) -> str | None:
    """owner/name by the address of the remote origin; None where it is no repository of github.com."""
    try:
        address = git.text("remote", "get-url", "origin")
    except GitError:
        return None
    found = _GITHUB.search(address)
    return found[1] if found else None
