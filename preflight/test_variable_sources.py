"""Section 3.1: Render holds every variable, and the places that give the app its variables agree."""

import pytest

from gate.recorder import Check
from gate.repo.variable_sources import Sources, compared, disagreements, not_on_render, table
from gate.results import Blocked, Cause, CouldNotTell
from gate.target import Target
from preflight.account import Account

pytestmark = pytest.mark.preflight


@pytest.mark.check("variables.on_render")
def test_render_holds_every_variable(
    check: Check, target: Target, account: Account, variable_sources: Sources
) -> None:
    """On the service itself or in a group that is linked to it; what stands only there keeps the same rules."""
    held = account.variables()
    check.examined(len(held.found), "variables on Render")
    check.attach_text(
        "Variables on Render",
        "\n".join(f"{one.name} from {one.source}" for one in held.found.values())
        + f"\nlinked groups: {', '.join(held.groups) or 'none'}",
    )
    check.no_findings(
        not_on_render(target.variables, variable_sources), expected="every variable set on Render"
    )


@pytest.mark.check("variables.agree")
def test_the_sources_agree(check: Check, target: Target, variable_sources: Sources) -> None:
    """Process environment, file, render.yaml and Render itself. Only names are told, never values."""
    check.attach_text("Who sets each variable", table(target.variables, variable_sources))
    check.no_findings(
        disagreements(target.variables, variable_sources), expected="sources that agree on every variable"
    )
    names = compared(target.variables, variable_sources)
    if not names and variable_sources.render is None:
        raise Blocked("variables.on_render")
    check.examined(len(names), "variables")
    if not names:
        raise CouldNotTell(
            "a variable that two places give",
            "Render and what was given here have none in common that may be compared",
            "give the app's variables here too (--env-file), and keep per_place for those that must differ",
            cause=Cause.CONFIGURATION,
        )
