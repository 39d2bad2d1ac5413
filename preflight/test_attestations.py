"""What no test can prove: a person has attested it for the very tree that is judged."""

import pytest

from gate.attest import command
from gate.checklist import Item
from gate.recorder import Check
from gate.repo.attestations import FETCH, Attestation, read
from gate.repo.candidate import Candidate
from gate.results import Blocked, Cause, CouldNotTell
from gate.run import Run

pytestmark = pytest.mark.preflight


def test_a_person_answers_for_it(check: Check, run: Run, candidate: Candidate, attested: Item) -> None:
    """Each attested item of the checklist: who said so, when and why; the newest word counts."""
    if not candidate.merge.clean:
        raise Blocked("change.merges")
    known = read(candidate.git)
    given = known.of(attested.id, candidate.tree)
    problems = known.problems(candidate.tree)
    check.examined(len(given), "attestations")
    if touched := attested.touched_by(run.touched or ()):
        check.attach_text("What the change touches", "\n".join(touched))
    if problems:
        check.attach_text("In this tree's note, but no attestation", "\n".join(problems))
    if given:
        check.attach_text("Who answers for it", "\n\n".join(map(_told, given)))
        return
    commits = {candidate.head, *(commit.id for commit in candidate.commits)}
    before = known.elsewhere(attested.id, candidate.tree, commits)
    observed = f"its note holds no attestation: {problems[0]}" if problems else "nobody has attested it"
    if before:
        check.attach_text("What was attested before", _told(before))
        moved = f"the branch or {candidate.base_ref} has moved on since"
        observed = f"{before.by} attested it for tree {before.tree[:10]} on {before.when}; {moved}"
    described = run.target.repository if run.target_file == run.root / "target.toml" else None
    line = command(attested.id, run.root, candidate.path, run.base_ref, described)
    fetched = "" if known.kept else f"; if somebody has, fetch it first: git {FETCH}"
    raise CouldNotTell(
        f"a person's word for tree {candidate.tree[:10]}",
        observed,
        f"whoever has looked at it types: {line}{fetched}",
        cause=Cause.CONFIGURATION,
    )


def _told(one: Attestation) -> str:
    return f"{one.by}, {one.when}\n{one.reason}\ntree {one.tree}, commit {one.commit}"
