"""What the played repository holds: pull requests with their reviews, and the statuses of commits."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

_RECENTLY = datetime(2025, 11, 24, 12, 0, tzinfo=UTC)
ReviewState = Literal["APPROVED", "CHANGES_REQUESTED", "COMMENTED", "DISMISSED", "PENDING"]


@dataclass(frozen=True)
class Review:
    """A review of a pull request as it stood at `commit` (a full SHA)."""

    author: str
    state: ReviewState
    commit: str
    submitted_at: datetime = _RECENTLY


@dataclass(frozen=True)
class PullRequest:
    """`head` and `base` are branches of the repository; `head_sha` is the newest commit of `head`."""

    number: int
    head: str
    head_sha: str
    author: str
    base: str = "main"
    title: str = ""
    body: str | None = None
    state: Literal["open", "closed"] = "open"
    draft: bool = False
    merged: bool = False
    created_at: datetime = _RECENTLY
    reviews: tuple[Review, ...] = ()


@dataclass(frozen=True)
class Status:
    """A commit status, the older of GitHub's two ways to report on a commit."""

    context: str
    state: Literal["success", "pending", "failure", "error"]


@dataclass(frozen=True)
class CheckRun:
    """A check run; `conclusion` is None until `status` is completed."""

    name: str
    status: Literal["queued", "in_progress", "completed"] = "completed"
    conclusion: str | None = "success"


@dataclass(frozen=True)
class Repository:
    """`statuses` and `check_runs` are by full SHA; a commit without any has empty ones."""

    owner: str
    name: str
    default_branch: str = "main"
    private: bool = True
    pulls: tuple[PullRequest, ...] = ()
    statuses: Mapping[str, tuple[Status, ...]] = field(default_factory=dict)
    check_runs: Mapping[str, tuple[CheckRun, ...]] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.owner}/{self.name}"

    def commits(self) -> frozenset[str]:
        """The commits that the double knows of."""
        return frozenset((*self.statuses, *self.check_runs, *(pull.head_sha for pull in self.pulls)))
