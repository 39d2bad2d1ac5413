"""The pull request of the sandbox's change as GitHub would have it: open, explained, approved by a colleague."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sandbox.doubles.github import GitHubBehaviour, GitHubDouble, PullRequest, Review
from sandbox.doubles.github import Repository as OnGitHub
from sandbox.faults import Fault, merged
from sandbox.repository import BRANCH, Repository

OWNER, NAME = "envios-example", "envios"


def github(faults: Sequence[Fault], repository: Repository) -> tuple[GitHubDouble, str]:
    """The double and the token that it accepts. Faults change fields of the pull request; `open = false`: none."""
    token = f"sandbox-only-{secrets.token_urlsafe(24)}"
    changes = merged(faults, "pull")
    pulls = (_pull(repository, changes),) if changes.pop("open", True) else ()
    double = GitHubDouble(
        token=token,
        repository=OnGitHub(OWNER, NAME, pulls=pulls),
        behaviour=GitHubBehaviour(**merged(faults, "github")),
    )
    return double, token


def _pull(repository: Repository, changes: dict[str, Any]) -> PullRequest:
    fields = {name: value for name, value in changes.items() if name not in ("open", "reviews", "head_sha")}
    commits = {"head": repository.head, "base": repository.base}
    reviews = changes.get("reviews", [{"author": "revisora", "state": "APPROVED", "commit": "head"}])
    pull = PullRequest(
        number=12,
        head=BRANCH,
        head_sha=commits[changes.get("head_sha", "head")],
        author="autora",
        title="Destino en el listado de envíos",
        body=repository.notes.read_text(encoding="utf-8"),
        reviews=tuple(Review(**{**one, "commit": commits[one["commit"]]}) for one in reviews),
    )
    return replace(pull, **fields)
