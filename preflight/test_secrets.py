"""Section 4: no commit of the branch holds a secret."""

import pytest

from gate.recorder import Check
from gate.repo.candidate import Candidate
from gate.repo.secrets import scan_commits
from gate.results import Cause, CouldNotTell

pytestmark = pytest.mark.preflight


@pytest.mark.check("secrets.commits")
def test_no_commit_holds_a_secret(check: Check, candidate: Candidate) -> None:
    """Every line that any commit of the branch adds, also what a later commit removed: history keeps it."""
    if not candidate.commits:
        raise CouldNotTell(
            f"commits that {candidate.base_ref} does not have yet",
            f"{candidate.branch} adds none",
            "check out the branch that is to be merged, or name another base with --base-ref",
            cause=Cause.CONFIGURATION,
        )
    with check.step(f"Read {candidate.base_ref}..{candidate.branch}"):
        scan = scan_commits(candidate)
    check.examined(scan.commits, "commits")
    unread = "".join(f"\nnot read: {place}" for place in scan.unread)
    commits = "\n".join(f"{commit.short} {commit.subject}" for commit in candidate.commits)
    allowed = "".join(f"\n{one}" for one in scan.allowed)
    check.attach_text("Commits", f"{commits}\n{scan.lines} added lines{allowed}{unread}")
    check.no_findings(scan.findings, expected="no secret in any commit of the branch")
