"""The event that started a run of GitHub Actions, as its file tells it (GITHUB_EVENT_PATH)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.inputs import InputError


@dataclass(frozen=True)
class PullRequestEvent:
    """The pull request that an event is about; `repository` is owner/name."""

    repository: str
    number: int
    title: str
    body: str


def read_event(path: Path) -> PullRequestEvent | None:
    """The pull request of the event, None for an event of another kind; raises InputError."""
    remedy = "GitHub Actions sets it itself; leave it out elsewhere"
    try:
        event: Any = json.loads(path.read_bytes())
    except OSError as error:
        raise InputError([f"GITHUB_EVENT_PATH: {path} cannot be read ({error.strerror}); {remedy}"]) from None
    except ValueError:
        raise InputError([f"GITHUB_EVENT_PATH: {path} is no JSON; {remedy}"]) from None
    pull = event.get("pull_request") if isinstance(event, dict) else None
    if not isinstance(pull, dict) or not isinstance(pull.get("number"), int):
        return None
    repository = event.get("repository")
    name = repository.get("full_name") if isinstance(repository, dict) else None
    return PullRequestEvent(
        str(name or ""), pull["number"], str(pull.get("title") or ""), str(pull.get("body") or "")
    )
