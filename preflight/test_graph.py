"""Section 3.1: Microsoft Graph lets the app in and do its work, and every SharePoint link leads to a file."""

import pytest

from gate.recorder import Check
from gate.repo.file_kinds import other_than
from gate.repo.graph_permissions import mail_problem, may_not_read_files
from gate.repo.variables import Variables
from gate.results import Blocked, Cause, CouldNotTell, Finding
from gate.run import Run
from gate.services.graph import GraphClient, SharedItem
from gate.target import Target
from preflight.graph_account import Links, read_mailbox, sign_in

pytestmark = pytest.mark.preflight

MEANING = {
    "denied-or-gone": "the link was revoked, its file deleted, or the app may not read it: get a new link",
    "missing": "the file is not there any more: correct the link",
    "not-a-link": "this is no address of a file in SharePoint: copy the link again",
    "auth": "the link's site does not accept the app's token: is it in this tenant?",
    "not-a-file": "it leads to a folder or page: link the file itself",
}


@pytest.mark.check("graph.token")
def test_graph_accepts_the_credentials(
    check: Check, run: Run, target: Target, variables: Variables, app_graph: GraphClient
) -> None:
    """A token is had with tenant, client id and secret. What it permits only a call can show."""
    sign_in(check, run, target, variables, app_graph)
    check.examined(1, "sign-ins")


@pytest.mark.check("graph.workloads")
def test_the_app_may_do_what_it_does_in_graph(
    check: Check, run: Run, target: Target, variables: Variables, app_graph: GraphClient, links: Links
) -> None:
    """One harmless read for each workload in use: the sender's inbox for mail, a link's entry for the sync."""
    permissions = sign_in(check, run, target, variables, app_graph)
    lines = [f"permissions in the token: {', '.join(sorted(permissions)) or 'none'}"]
    problems: list[Finding | None] = []
    sender = target.graph.sender
    if target.mail is not None:
        read = read_mailbox(app_graph, variables.clear(sender).strip())
        lines.append(f"the inbox of {sender}: HTTP {read.status} {read.said}")
        problems.append(mail_problem(read, permissions, sender))
        check.examined(1, "reads")
    if target.sync is not None:
        items = links.resolved(check)
        lines += [f"{name}: {item.link_class}" for name, item in items.items()]
        problems.append(may_not_read_files([item.link_class for item in items.values()], permissions))
        check.examined(1 if items else 0, "reads")
    check.attach_text("Workloads", "\n".join(lines))
    check.no_findings([one for one in problems if one], expected="the app may send mail and read its files")


@pytest.mark.check("sharepoint.links")
def test_every_sharepoint_link_leads_to_a_file(
    check: Check, run: Run, target: Target, variables: Variables, app_graph: GraphClient, links: Links
) -> None:
    """Each link is resolved through Graph, as the sync would; of its content only the first bytes are asked for."""
    permissions = sign_in(check, run, target, variables, app_graph)
    items = links.resolved(check)
    check.attempts = max(1, len(app_graph.attempts) - len(items))
    check.examined(len(items), "links")
    check.attach_text("Links", "\n".join(f"{name}: {told(item)}" for name, item in items.items()))
    if may_not_read_files([item.link_class for item in items.values()], permissions):
        raise Blocked("graph.workloads")
    findings = [
        Finding(
            id=f"sharepoint.{item.link_class}",
            place=name,
            expected="a file",
            observed=told(item),
            hint=MEANING[item.link_class],
        )
        for name, item in items.items()
        if item.link_class in MEANING
    ]
    for name, item in items.items():
        kind = target.variables[name].file
        other = other_than(kind, item.name, item.mime_type, item.begins) if kind else ""
        if item.link_class == "ok" and other:
            findings.append(
                Finding(
                    id="sharepoint.other_kind",
                    place=name,
                    expected=f"a file of the kind {kind}",
                    observed=other,
                    hint="link the right file, or save it in that format: the sync cannot read this one",
                )
            )
    check.no_findings(findings, expected="every SharePoint link leads to a file of its kind")
    unclear = [f"{name}: {told(item)}" for name, item in items.items() if item.link_class != "ok"]
    if unclear:
        later = "Microsoft limits how often it may be asked; try again in a few minutes"
        raise CouldNotTell(
            "every SharePoint link resolved", "; ".join(unclear), later, cause=Cause.THIRD_PARTY
        )


def told(item: SharedItem) -> str:
    """A link's class with what is known of it."""
    known = [item.name, f"{item.size} bytes" if item.size is not None else "", item.code]
    status = f"HTTP {item.status}" if item.link_class != "ok" else ""
    return ", ".join(part for part in (item.link_class, *known, status) if part)
