"""GitHub's objects, as far as its REST documentation names the fields a reader of pull requests needs."""

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sandbox.doubles.github.config import CheckRun, PullRequest, Repository, Review, Status

_STAMP = "%Y-%m-%dT%H:%M:%SZ"


def repository_object(repository: Repository) -> dict[str, Any]:
    return {
        "id": _number(repository.full_name),
        "name": repository.name,
        "full_name": repository.full_name,
        "private": repository.private,
        "owner": _user(repository.owner),
        "default_branch": repository.default_branch,
        "html_url": _address(repository),
    }


def pull_object(repository: Repository, pull: PullRequest, *, alone: bool) -> dict[str, Any]:
    """A pull request; the fields that GitHub only works out for a single one are there when `alone`."""
    created = _stamp(pull.created_at)
    item: dict[str, Any] = {
        "id": _number(f"{repository.full_name}#{pull.number}"),
        "number": pull.number,
        "state": pull.state,
        "draft": pull.draft,
        "title": pull.title,
        "body": pull.body,
        "user": _user(pull.author),
        "head": _branch(repository, pull.head, pull.head_sha),
        "base": _branch(repository, pull.base, "0" * 40),
        "requested_reviewers": [],
        "labels": [],
        "html_url": f"{_address(repository)}/pull/{pull.number}",
        "created_at": created,
        "updated_at": created,
        "closed_at": created if pull.state == "closed" else None,
        "merged_at": created if pull.merged else None,
        "merge_commit_sha": None,
    }
    if alone:
        item |= {"merged": pull.merged, "mergeable": True, "mergeable_state": "clean", "commits": 1}
    return item


def review_object(repository: Repository, pull: PullRequest, review: Review) -> dict[str, Any]:
    return {
        "id": _number(f"{pull.number} {review}"),
        "user": _user(review.author),
        "body": "",
        "state": review.state,
        "commit_id": review.commit,
        "submitted_at": _stamp(review.submitted_at),
        "html_url": f"{_address(repository)}/pull/{pull.number}#pullrequestreview",
    }


def combined_status(repository: Repository, sha: str, statuses: Sequence[Status]) -> dict[str, Any]:
    """failure if any failed, pending if any pends or there is none, else success."""
    states = {status.state for status in statuses}
    failed = not states.isdisjoint({"failure", "error"})
    state = "failure" if failed else "pending" if not states or "pending" in states else "success"
    return {
        "state": state,
        "sha": sha,
        "total_count": len(statuses),
        "statuses": [{"context": status.context, "state": status.state} for status in statuses],
        "repository": repository_object(repository),
    }


def check_run_object(sha: str, run: CheckRun) -> dict[str, Any]:
    return {
        "id": _number(f"{sha} {run.name}"),
        "name": run.name,
        "head_sha": sha,
        "status": run.status,
        "conclusion": run.conclusion if run.status == "completed" else None,
    }


def _branch(repository: Repository, ref: str, sha: str) -> dict[str, Any]:
    label = f"{repository.owner}:{ref}"
    return {"label": label, "ref": ref, "sha": sha, "repo": repository_object(repository)}


def _user(login: str) -> dict[str, Any]:
    return {"login": login, "id": _number(login), "type": "Bot" if login.endswith("[bot]") else "User"}


def _address(repository: Repository) -> str:
    return f"https://github.com/{repository.full_name}"


def _number(text: str) -> int:
    return zlib.crc32(text.encode())


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_STAMP)
