"""Section 3.1: the variables that the app's code reads are declared, in use, and prepared where they are new."""

import pytest

from gate.recorder import Check
from gate.repo.blueprint import FILE
from gate.repo.candidate import Candidate
from gate.repo.python_source import Sources, is_test
from gate.repo.variable_code import declarations, documented, introduced, needed, told, undeclared, unused
from gate.repo.variable_sources import Sources as VariableSources
from gate.repo.variable_uses import Uses, variable_uses
from gate.results import Blocked, CouldNotTell, Finding
from gate.target import Target

pytestmark = pytest.mark.preflight


@pytest.mark.check("variables.code")
def test_every_variable_that_the_code_reads_is_declared(check: Check, target: Target, served: Uses) -> None:
    """Read in the source: os.environ, os.getenv, the app's own helpers, settings objects."""
    if not served.found and not served.families:
        raise CouldNotTell(
            "the app's code reads some variable",
            "none was found in its source",
            "how does it read its configuration? docs/preflight.md names the ways that are understood",
        )
    check.examined(len(served.places()) or len(served.families), "variables")
    check.attach_text("Variables that the code reads", told(served, target.variables))
    findings = undeclared(served, target.variables)
    if findings:
        check.attach_text("Lines for target.toml", declarations(served, target.variables))
    check.no_findings(findings, expected="only variables that target.toml declares")


@pytest.mark.check("variables.unused")
def test_every_declared_variable_is_read(check: Check, target: Target, sources: Sources) -> None:
    """By any file of the app, scripts beside it too. What a package reads by itself is not seen."""
    if any(not is_test(one.path) for one in sources.broken):
        raise Blocked("routes.census")
    if not target.variables:
        raise Blocked("variables.present")
    uses = variable_uses(sources, sources.modules.values())
    check.examined(len(target.variables), "variables")
    check.no_findings(unused(uses, target.variables), expected="every declared variable is read")


@pytest.mark.check("variables.new")
def test_a_new_variable_is_prepared(
    check: Check,
    candidate: Candidate,
    served: Uses,
    served_before: Uses,
    sources_before: Sources,
    variable_sources: VariableSources,
) -> None:
    """What the change begins to read is documented, and set on Render unless the code goes on without it."""
    if not served.found and not served.families:
        raise Blocked("variables.code")
    new = introduced(served, served_before, unread=[one.path for one in sources_before.broken])
    check.examined(len(served.places()) or len(served.families), "variables")
    named = documented(candidate, new)
    check.attach_text(
        f"Compared with {candidate.base_ref}",
        "\n".join(f"{name} ({place}): {named[name] or 'not documented'}" for name, place in new.items())
        or "no variable is new",
    )
    findings = [
        Finding(
            id="variables.not_documented",
            place=place,
            expected=f"{name} is new, and docs/ or the README names it",
            observed=f"no file of the documentation names {name}",
            hint="say there what it is for, whether it must be set, and what happens without it",
        )
        for name, place in new.items()
        if not named[name]
    ]
    findings += [
        Finding(
            id="variables.not_on_render",
            place=place,
            expected=f"{name} is new and has no default, and Render sets it",
            observed=f"{missing} does not name {name}",
            hint=f"set it on Render before the merge, and add it to envVars of {FILE}",
        )
        for name, place in new.items()
        if needed(served, name) and (missing := variable_sources.lacking(name))
    ]
    check.no_findings(findings, expected="every new variable documented, and set on Render where needed")
