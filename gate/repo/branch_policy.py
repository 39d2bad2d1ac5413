"""What the team agreed on pull requests: which branches, and who must have approved what. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from gate.results import Finding
from gate.services.github import PullRequest, Review

# What a review leaves in force; a comment changes nothing.
_IN_FORCE = ("APPROVED", "CHANGES_REQUESTED", "DISMISSED")


@dataclass(frozen=True)
class Policy:
    """`merges`: branch that changes go into = patterns of those they may come from; `approvals`: by how many people."""

    merges: Mapping[str, Sequence[str]]
    approvals: int = 1


def against(policy: Policy, pull: PullRequest, reviews: Sequence[Review], head: str) -> list[Finding]:
    """What of the policy a pull request does not keep; `head` is the full SHA that is judged."""
    findings = _of_branches(policy, pull)
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


def _of_branches(policy: Policy, pull: PullRequest) -> list[Finding]:
    """Which branch may go where; the names stand in [repository.merges]."""
    fitting = [sources for into, sources in policy.merges.items() if fnmatchcase(pull.base, into)]
    hint = "the agreed branches stand in [repository.merges] of target.toml"
    if not fitting:
        bases = ", ".join(policy.merges)
        return [
            _finding("base_branch", pull, f"it goes into one of {bases}", f"it goes into {pull.base}", hint)
        ]
    allowed = [pattern for sources in fitting for pattern in sources]
    if any(fnmatchcase(pull.head, pattern) for pattern in allowed):
        return []
    expected = f"what goes into {pull.base} comes from {', '.join(allowed) or 'no branch'}"
    return [_finding("source_branch", pull, expected, f"it comes from {pull.head}", hint)]


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
    author = pull.author.casefold()
    by_bots = [review for review in approvals if review.bot]
    of_others = [one for one in approvals if one.author.casefold() != author and not one.bot]
    fresh = [review for review in of_others if review.commit == pull.head_sha]
    if len(fresh) < policy.approvals:
        if len(of_others) >= policy.approvals:
            stale = next(review for review in of_others if review not in fresh)
            observed = f"{stale.author} approved {stale.commit[:7]}; commits came after it"
        elif by_bots and not of_others:
            observed = f"{by_bots[0].author} approved it, which is no person"
        elif len(approvals) > len(of_others) + len(by_bots):
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
