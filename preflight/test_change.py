"""Sections 2 and 4: the change as it would be merged, and agreed upon."""

import pytest

from gate.recorder import Check
from gate.repo.candidate import Candidate
from gate.results import Cause, CouldNotTell, Finding

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
        ],
        expected=f"{candidate.branch} merges into {candidate.base_ref} without a conflict",
    )
