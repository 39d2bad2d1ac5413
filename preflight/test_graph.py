"""Section 3.1: Microsoft Graph accepts the app's credentials, and every SharePoint link leads to a file."""

from collections.abc import Callable

import pytest
from pydantic import SecretStr

from gate.recorder import Check
from gate.repo.variable_rules import has_shape_of_id, kinds
from gate.repo.variables import Variables
from gate.results import Cause, CouldNotTell, Failed, Finding
from gate.run import Run
from gate.services.graph import GraphClient, SharedItem, TokenRefused
from gate.target import Target

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


@pytest.mark.check("sharepoint.links")
def test_every_sharepoint_link_leads_to_a_file(
    check: Check,
    run: Run,
    target: Target,
    variables: Variables,
    app_graph: GraphClient,
    value_of: Callable[[str], SecretStr],
) -> None:
    """Each link is resolved through Graph, as the sync would; its content is not downloaded."""
    names = kinds(target.variables, "sharepoint")
    names = [name for name in names if target.variables[name].required or variables.has(name)]
    links = {name: value_of(name) for name in names}
    sign_in(check, run, target, variables, app_graph)
    items = {name: app_graph.shared_item(link.get_secret_value()) for name, link in links.items()}
    check.attempts = max(1, len(app_graph.attempts) - len(items))
    check.examined(len(items), "links")
    check.attach_text("Links", "\n".join(f"{name}: {told(item)}" for name, item in items.items()))
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
    check.no_findings(findings, expected="every SharePoint link leads to a file")
    unclear = [f"{name}: {told(item)}" for name, item in items.items() if item.link_class != "ok"]
    if unclear:
        later = "Microsoft limits how often it may be asked; try again in a few minutes"
        raise CouldNotTell(
            "every SharePoint link resolved", "; ".join(unclear), later, cause=Cause.THIRD_PARTY
        )


def sign_in(check: Check, run: Run, target: Target, variables: Variables, graph: GraphClient) -> None:
    """Get a token, once per run; a failure belongs to graph.token."""

    def ask() -> dict[str, bool]:
        try:
            with check.step("Ask Microsoft for a token"):
                graph.token()
        except TokenRefused as refused:
            hint = refused.hint
            if has_shape_of_id(variables.clear(target.graph.secret)):
                hint = f"{target.graph.secret} looks like the secret's ID instead of its value; {hint}"
            raise Failed("a token for the app's credentials", str(refused), hint) from None
        finally:
            check.attempts = max(1, len(graph.attempts))
            check.attach_text("Requests", "\n".join(map(str, graph.attempts)))
        return {"signed_in": True}

    run.shared.get("app-graph", "graph.token", check, ask)


def told(item: SharedItem) -> str:
    """A link's class with what is known of it."""
    known = [item.name, f"{item.size} bytes" if item.size is not None else "", item.code]
    status = f"HTTP {item.status}" if item.link_class != "ok" else ""
    return ", ".join(part for part in (item.link_class, *known, status) if part)
