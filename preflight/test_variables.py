"""Section 3.1: the app's variables are there, have the right form, and its secrets cannot be guessed."""

import pytest

from gate.recorder import Check
from gate.repo.variable_rules import absent, has_shape_of_id, kinds, malformed, weak
from gate.repo.variables import Variables
from gate.results import Blocked, Cause, CouldNotTell
from gate.target import Target

pytestmark = pytest.mark.preflight


@pytest.mark.check("variables.present")
def test_every_declared_variable_is_there(check: Check, target: Target, variables: Variables) -> None:
    """Required ones are set, groups are whole, and nothing is still a placeholder."""
    check.examined(len(target.variables), "variables")
    sources = [
        f"{name} from {variables[name].source if name in variables else 'nowhere'}"
        for name in target.variables
    ]
    check.attach_text("Where each variable comes from", "\n".join(sources))
    check.no_findings(
        absent(target.variables, variables),
        expected="every required variable set, groups whole, no placeholder",
    )


@pytest.mark.check("variables.wellformed")
def test_every_variable_has_its_form(check: Check, target: Target, variables: Variables) -> None:
    """Each value is of the kind that target.toml declares, without quotes or blanks around it."""
    present = [name for name in target.variables if variables.has(name)]
    if not present and any(rule.required for rule in target.variables.values()):
        raise Blocked("variables.present")
    check.examined(len(present) or len(target.variables), "variables")
    if not present:
        check.attach_text("Note", "None of them is set here, and the app runs without them.")
    secret = target.graph.secret
    if has_shape_of_id(variables.clear(secret)):
        check.attach_text("Note", f"{secret} looks like the ID of a client secret, not like its value.")
    check.no_findings(malformed(target.variables, variables), expected="every value of its declared kind")


@pytest.mark.check("variables.strong")
def test_secrets_cannot_be_guessed(check: Check, target: Target, variables: Variables) -> None:
    """Every variable of the kind secret is long, random and no known default."""
    declared = kinds(target.variables, "secret")
    if not declared:
        raise CouldNotTell(
            "a variable of the kind secret in target.toml",
            "it declares none",
            'say which ones are, such as: SECRET_KEY = { kind = "secret" }; or why there is none: '
            'without = { secrets = "reason" }',
            cause=Cause.CONFIGURATION,
        )
    secrets = [name for name in declared if variables.has(name)]
    if not secrets and any(target.variables[name].required for name in declared):
        raise Blocked("variables.present")
    check.examined(len(secrets) or len(declared), "secrets")
    if not secrets:
        check.attach_text("Note", "None of them is set here, and the app runs without them.")
    check.no_findings(weak(target.variables, variables), expected="secrets that nobody can guess")
