"""Section 3.3: the change itself, set up and started on this machine before it is merged."""

import pytest

from gate.booted import running_candidate
from gate.recorder import Check
from gate.run import Run

pytestmark = [pytest.mark.preflight, pytest.mark.smoke]


@pytest.mark.check("candidate.boots")
def test_the_candidate_starts_and_answers(check: Check, run: Run) -> None:
    """Its files alone, on an empty database, with doubles: the smoke journeys run on what answers here."""
    told = running_candidate.booted(run, check)
    check.examined(1, "applications")
    assert run.booted is not None
    check.attach_text("What set-up and server printed", running_candidate.printed(run.booted), "log")
    check.attach_text("Where", told["url"])
