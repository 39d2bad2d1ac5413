"""Sections 5.1, 5.2 and 6: the service on Render is the one that was agreed on, and there is a way back."""

import datetime as dt

import pytest

from gate.recorder import Check
from gate.repo.blueprint import Blueprint
from gate.repo.candidate import Candidate
from gate.repo.python_source import Sources, is_test
from gate.repo.render_fits import listens_to_itself, missing_files, unanswered
from gate.repo.render_settings import python_version, settings, suspended
from gate.repo.variable_rules import kinds
from gate.repo.way_back import database_of, no_build, no_data, no_snapshot, told
from gate.results import Cause, CouldNotTell, Failed, Finding
from gate.services.render import Service
from gate.target import Target
from preflight.account import Account
from preflight.loading import Loading

pytestmark = pytest.mark.preflight


@pytest.mark.check("render.settings")
def test_the_service_is_set_up_as_agreed(
    check: Check,
    target: Target,
    standing: Candidate,
    account: Account,
    plan: Blueprint,
    plan_before: Blueprint,
    sources: Sources,
    loading: Loading,
) -> None:
    """Render, render.yaml and target.toml say the same, and the commit has what Render will run and ask for.

    What the change itself alters in render.yaml comes with it.
    """
    service = account.service()
    assert target.render is not None
    if plan.problem:
        raise Failed(
            "a render.yaml that can be read",
            plan.problem,
            "correct that line; Render reads the file at every sync",
        )
    branch = target.repository.base if target.repository else ""
    rows = settings(service, plan, plan_before, target.render, branch=branch, remote=standing.remote)
    held = account.variables().found.get("PYTHON_VERSION")
    python = held.secret.get_secret_value() if held else ""
    pinned = (standing.text(".python-version") or "").strip()
    check.examined(sum(row.named for row in rows) + 1, "settings")
    check.attach_text(
        f"The service {service.name}",
        "\n".join(map(str, rows)) + f"\nPYTHON_VERSION: Render {python!r}",
    )
    findings: list[Finding] = suspended(service)
    findings += [finding for row in rows for finding in row.findings()]
    findings += python_version(python, plan, plan_before, pinned, target.render.python_version or "")
    findings += unfit(service, plan, standing)
    if not findings and (health := plan.settings.get("healthCheckPath", service.health_path)):
        texts = (one.content for one in sources.by_path.values() if not is_test(one.path))
        findings = unanswered(health, (one.rule for one in loading.app().served), texts)
    check.no_findings(findings, expected="a service on Render that is set up as agreed")
    if not rows[0].named:
        raise CouldNotTell(
            "the repository that the service must be connected to",
            "neither target.toml nor render.yaml nor git's origin names one",
            'name it: [render] repo = "https://github.com/OWNER/NAME"',
            cause=Cause.CONFIGURATION,
        )


def unfit(service: Service, plan: Blueprint, standing: Candidate) -> list[Finding]:
    """What is wrong with the commands that Render will run after the merge."""
    build = plan.settings.get("buildCommand", service.build_command)
    before = plan.settings.get("preDeployCommand", service.pre_deploy_command)
    start = plan.settings.get("startCommand", service.start_command)
    findings = listens_to_itself(start, plan.variables)
    if plan.settings.get("rootDir", service.root_dir).strip("./") == standing.prefix.strip("/"):
        commands = (("build command", build), ("pre-deploy command", before), ("start command", start))
        findings += missing_files(commands, standing.files)
    return findings


@pytest.mark.check("render.way_back")
def test_there_is_a_way_back(check: Check, target: Target, account: Account, plan: Blueprint) -> None:
    """A deploy that serves now to return to, and the data: recovery, a young export, a young snapshot of the disk."""
    assert target.render is not None
    account.service()
    deploys = account.ask("render.way_back", account.answers.deploys)
    disks = account.ask("render.way_back", account.answers.disks)
    database = database_id(account, target, plan)
    backup = account.ask("render.way_back", lambda: account.answers.backup(database)) if database else None
    now, within = dt.datetime.now(dt.UTC), dt.timedelta(hours=target.render.backup_within_h)
    check.examined(len(deploys) + len(disks) + (1 if backup else 0), "deploys, databases and disks")
    elsewhere = target.render.recovery_elsewhere
    aside = f"\nthe data, by target.toml: {elsewhere}" if elsewhere else ""
    check.attach_text("What there is to go back to", told(deploys, backup, disks, now) + aside)
    findings = no_build(deploys) + no_snapshot(disks, now, within)
    if backup and not elsewhere:
        findings += no_data(backup, now, within)
    check.no_findings(findings, expected="a way back for the app and for its data")
    if not backup and not elsewhere:
        raise CouldNotTell(
            "the database's way back",
            "neither DATABASE_URL on Render nor render.yaml names a database of Render",
            'name it: [render] database = "dpg-...", or say recovery_elsewhere = "how the data is brought back"',
            cause=Cause.CONFIGURATION,
        )


def database_id(account: Account, target: Target, plan: Blueprint) -> str:
    """The app's database on Render: as target.toml names it, as DATABASE_URL there leads to it, as render.yaml does."""
    assert target.render is not None
    if target.render.database:
        return target.render.database
    held = account.variables().found
    for name in kinds(target.variables, "postgres"):
        if name in held and (found := database_of(held[name].secret.get_secret_value())):
            return found
    if not plan.database:
        return ""
    return account.ask("render.way_back", lambda: account.answers.database_named(plan.database))
