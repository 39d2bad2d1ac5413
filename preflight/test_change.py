"""Sections 2 and 4: the change as it would be merged, and agreed upon."""

import pytest

from gate.recorder import Check
from gate.repo.branch_policy import Policy, against
from gate.repo.candidate import Candidate
from gate.repo.change_note import missing
from gate.repo.merge import left_marks
from gate.repo.own_gate import changes
from gate.results import Cause, CouldNotTell, Finding
from gate.run import Run
from gate.target import Repository, Target
from preflight.proposal import Proposal

pytestmark = pytest.mark.preflight


@pytest.mark.check("change.merges")
def test_the_change_can_be_merged(check: Check, candidate: Candidate) -> None:
    """The branch is merged into its base beside the repository; that tree is what every other check reads."""
    if not candidate.commits:
        raise CouldNotTell(
            f"commits that {candidate.base_ref} does not have yet",
            f"{candidate.branch} adds none",
            "check out the branch that is to be merged, or name another base with --base-ref",
            cause=Cause.CONFIGURATION,
        )
    merge = candidate.merge
    if merge.problem:
        raise CouldNotTell(
            f"{candidate.branch} merged into {candidate.base_ref}",
            merge.problem,
            "every other check judged the branch as it stands; merge the base into it and run again",
            cause=Cause.CONFIGURATION,
        )
    check.examined(len(candidate.changed) or len(candidate.commits), "changed files")
    how = f"{candidate.base_ref} has nothing that the branch lacks" if merge.forward else "both sides merged"
    check.attach_text(
        "What is judged",
        f"tree {candidate.tree}\nof commit {candidate.head} merged into {candidate.base} ({how})\n"
        + "\n".join(candidate.changed),
    )
    check.no_findings(
        [
            Finding(
                id="change.conflict",
                place=path,
                expected=f"{candidate.branch} and {candidate.base_ref} change it in ways that fit together",
                observed="both changed it, and the changes conflict",
                hint=f"merge {candidate.base_ref} into the branch, resolve the conflict, and run again",
            )
            for path in merge.conflicts
        ]
        + [
            Finding(
                id="change.conflict_marks",
                place=place,
                expected="a conflict that was resolved",
                observed="its marks were committed (<<<<<<<, >>>>>>>)",
                hint="decide which of the two sides stays, and take the marks out",
            )
            for place in left_marks(candidate.git, candidate.tree, candidate.base, candidate.changed)
        ],
        expected=f"{candidate.branch} merges into {candidate.base_ref} without a conflict",
    )


@pytest.mark.check("change.gate_untouched")
def test_the_change_leaves_its_judge_alone(check: Check, run: Run, candidate: Candidate) -> None:
    """Where the suite lies in the app's repository, no change alters its list, its excuses or its checks."""
    gate = run.own_gate
    if gate is None:
        raise CouldNotTell(
            "the suite in the app's repository", "it lies elsewhere", cause=Cause.CONFIGURATION
        )
    check.examined(len(candidate.changed) or len(candidate.commits), "changed files")
    check.attach_text(
        "The list that is in force", f"{gate.checklist} of {candidate.base_ref}, {candidate.base}"
    )
    check.no_findings(
        changes(candidate, gate),
        expected=f"{gate.folder or gate.checklist} as {candidate.base_ref} has it",
    )


@pytest.mark.check("change.note")
def test_the_change_is_explained(check: Check, proposal: Proposal) -> None:
    """The pull request's text says what changes, why, and with which impact; a template left as it is says nothing."""
    text, source = proposal.note()
    templates = proposal.templates()
    check.attach_text(f"The text: {source}", text or "(empty)")
    check.examined(len(text.split()), "words")
    check.no_findings(
        missing(text, templates), expected="a text that says what changes, why, and with which impact"
    )


@pytest.mark.check("change.pull_request")
def test_the_change_is_agreed_upon(
    check: Check, target: Target, candidate: Candidate, proposal: Proposal
) -> None:
    """It comes by pull request, from and into the agreed branches, and others approved its newest commit."""
    pull, reviews = proposal.pull()
    agreed = target.repository or Repository(path=candidate.path)
    check.examined(1 + len(reviews), "pull request and reviews")
    told = "\n".join(f"{one.author}: {one.state} of {one.commit[:7]}" for one in reviews) or "no review"
    check.attach_text(
        f"Pull request {pull.number}",
        f"{pull.title}\n{pull.author}: {pull.head} ({pull.head_sha[:7]}) into {pull.base}\n{told}",
    )
    findings = against(Policy(agreed.merges, agreed.approvals), pull, reviews, proposal.head(pull))
    base = candidate.base_ref.removeprefix("origin/")
    if pull.base != base:
        findings.append(
            Finding(
                id="change.other_base",
                place=f"pull request {pull.number}",
                expected=f"it goes into {base}, with which it was merged here",
                observed=f"it goes into {pull.base}",
                hint=f"judge it as it will be merged: --base-ref={pull.base}",
            )
        )
    check.no_findings(findings, expected="a pull request as the team agreed on it")
