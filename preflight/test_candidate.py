"""Section 3.3: the change itself, set up and started on this machine before it is merged."""

import pytest

from gate.booted import running_candidate
from gate.booted.structure import differences, structure_of
from gate.recorder import Check
from gate.results import Cause, CouldNotTell
from gate.run import Run


@pytest.mark.preflight
@pytest.mark.smoke
@pytest.mark.check("candidate.boots")
def test_the_candidate_starts_and_answers(check: Check, run: Run) -> None:
    """Its files alone, on an empty database, with doubles: the smoke journeys run on what answers here."""
    told = running_candidate.booted(run, check)
    check.examined(1, "applications")
    assert run.booted is not None
    check.attach_text("What set-up and server printed", running_candidate.printed(run.booted), "log")
    check.attach_text("Where", told["url"])


@pytest.mark.preflight
@pytest.mark.check("candidate.upgrades")
def test_it_works_on_the_data_of_the_base(check: Check, run: Run) -> None:
    """The next deploy finds no empty database: what serves the journeys is one that the base filled."""
    if not run.booted:
        raise CouldNotTell(
            "the change started on a database of the base, since it touches migrations",
            "the change was not started",
            'run `pytest -m "preflight or smoke" --boot-candidate`',
            cause=Cause.CONFIGURATION,
        )
    two = running_candidate.upgraded(run, check)
    with check.step("Compare the upgraded database with one that the change sets up"):
        fresh, upgraded = structure_of(two["fresh"]), structure_of(two["upgraded"])
    check.examined(len(fresh), "columns, constraints and indexes")
    check.no_findings(
        differences(fresh, upgraded), expected="an upgraded database consists of what a new one does"
    )
