"""What the team agreed on pull requests: which branches, and who must have approved what. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from gate.results import Finding
from gate.services.github import PullRequest, Review

# What a review leaves in force; a comment changes nothing.
_IN_FORCE = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


@dataclass(frozen=True)
class Policy:
    """`sources` and `bases` are patterns of branches (none: any); `approvals` how many people must agree."""

    sources: tuple[str, ...] = ()
    bases: tuple[str, ...] = ()
    approvals: int = 1


def against(policy: Policy, pull: PullRequest, reviews: Sequence[Review], head: str) -> list[Finding]:
    """What of the policy a pull request does not keep; `head` is the full SHA that is judged."""
    findings = [
        _finding(
            f"{kind}_branch", pull, f"a branch such as {', '.join(patterns)}", f"it {goes} {branch}",
            "make the change on a branch of an agreed name; the names stand in [repository] of target.toml",
        )
        for kind, patterns, branch, goes in (
            ("source", policy.sources, pull.head, "comes from"),
            ("base", policy.bases, pull.base, "goes into"),
        )
        if patterns and not any(fnmatchcase(branch, pattern) for pattern in patterns)
    ]  # fmt: skip
    if pull.draft:
        findings.append(_finding("draft", pull, "ready for review", "still a draft", "mark it as ready"))
    if pull.state != "open":
        findings.append(_finding("closed", pull, "open", pull.state, "open it again, or open another"))
    if pull.head_sha != head:
        findings.append(
            _finding(
                "other_commit", pull, f"its newest commit is the one judged here, {head[:7]}",
                f"it stands at {pull.head_sha[:7]}", "push the branch, or fetch what is newer there",
            )
        )  # fmt: skip
    return findings + _of_reviews(policy, pull, reviews)


def in_force(reviews: Sequence[Review]) -> dict[str, Review]:
    """Each reviewer's last word; `reviews` are oldest first."""
    return {review.author: review for review in reviews if review.state in _IN_FORCE}


def _of_reviews(policy: Policy, pull: PullRequest, reviews: Sequence[Review]) -> list[Finding]:
    last = in_force(reviews)
    findings = [
        _finding(
            "changes_requested", pull, "no reviewer asks for changes", f"{author} does",
            "answer the review, and ask for another look",
        )
        for author, review in last.items()
        if review.state == "CHANGES_REQUESTED"
    ]  # fmt: skip
    approvals = [review for review in last.values() if review.state == "APPROVED"]
    of_others = [review for review in approvals if review.author != pull.author]
    fresh = [review for review in of_others if review.commit == pull.head_sha]
    if len(fresh) < policy.approvals:
        if len(of_others) >= policy.approvals:
            stale = next(review for review in of_others if review not in fresh)
            observed = f"{stale.author} approved {stale.commit[:7]}; commits came after it"
        elif len(approvals) > len(of_others):
            observed = "only its author approved it"
        else:
            observed = f"{len(fresh)} approved it"
        findings.append(
            _finding(
                "approval", pull, f"{policy.approvals} approving review(s) of {pull.head_sha[:7]} by others",
                observed, "ask for a review of the newest commit",
            )
        )  # fmt: skip
    return findings


def _finding(id: str, pull: PullRequest, expected: str, observed: str, hint: str) -> Finding:
    return Finding(
        id=f"change.{id}",
        place=f"pull request {pull.number}",
        expected=expected,
        observed=observed,
        hint=hint,
    )
