"""Sections 5.1, 5.2 and 6: the service on Render is the one that was agreed on, and there is a way back."""

import pytest

from gate.recorder import Check
from gate.repo.blueprint import Blueprint
from gate.repo.candidate import Candidate
from gate.repo.render_settings import python_version, settings, suspended
from gate.results import Cause, CouldNotTell, Finding
from gate.target import Target
from preflight.account import Account

pytestmark = pytest.mark.preflight


@pytest.mark.check("render.settings")
def test_the_service_is_set_up_as_agreed(
    check: Check,
    target: Target,
    candidate: Candidate,
    account: Account,
    plan: Blueprint,
    plan_before: Blueprint,
) -> None:
    """Render, render.yaml and target.toml say the same; what the change itself alters in render.yaml comes with it."""
    service = account.service()
    assert target.render is not None
    if plan.problem:
        raise CouldNotTell(
            "a render.yaml that can be read",
            plan.problem,
            "correct that line; Render reads the file at every sync",
            cause=Cause.CONFIGURATION,
        )
    branch = target.repository.base if target.repository else candidate.base_ref.removeprefix("origin/")
    rows = settings(service, plan, plan_before, target.render, branch=branch, remote=candidate.remote)
    held = account.variables().found.get("PYTHON_VERSION")
    python = held.secret.get_secret_value() if held else ""
    pinned = (candidate.text(".python-version") or "").strip()
    check.examined(sum(row.named for row in rows) + 1, "settings")
    check.attach_text(
        f"The service {service.name}",
        "\n".join(map(str, rows)) + f"\nPYTHON_VERSION: Render {python!r}",
    )
    findings: list[Finding] = suspended(service)
    findings += [finding for row in rows for finding in row.findings()]
    findings += python_version(python, plan, plan_before, pinned, target.render.python_version or "")
    check.no_findings(findings, expected="a service on Render that is set up as agreed")
    if not rows[0].named:
        raise CouldNotTell(
            "the repository that the service must be connected to",
            "neither target.toml nor render.yaml nor git's origin names one",
            'name it: [render] repo = "https://github.com/OWNER/NAME"',
            cause=Cause.CONFIGURATION,
        )
