"""The test mailbox, opened with the gate's own credentials."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from gate.results import Cause, CouldNotTell
from gate.run import Run
from gate.services.graph import GraphClient
from gate.services.mailbox import Mailbox, MailReader
from gate.services.mailpit import Mailpit, mailpit_client


@contextmanager
def open_mailbox(run: Run) -> Iterator[MailReader]:
    """The allowed mailbox, through what mail.mailbox names; raises CouldNotTell where settings are missing."""
    if run.target.mail is None or run.target.mail.mailbox == "graph":
        with open_graph(run) as graph:
            yield Mailbox(graph, run.environment.mail_to[0])
        return
    url = run.settings.get("GATE_MAILPIT_URL")
    if not url or not run.environment.mail_to:
        raise CouldNotTell(
            "the address of Mailpit, and one to send to",
            f"missing: {f'mail_to of [environments.{run.environment_name}]' if url else 'GATE_MAILPIT_URL'}",
            "see .env.example and docs/target.md",
            cause=Cause.CONFIGURATION,
        )
    user, password = (run.settings.get(name) or "" for name in ("GATE_MAILPIT_USER", "GATE_MAILPIT_PASSWORD"))
    with mailpit_client(url, run.run_id, user, SecretStr(password)) as client:
        yield Mailpit(client, run.environment.mail_to[0])


def open_graph(run: Run) -> GraphClient:
    """The gate's own Graph client; raises CouldNotTell naming the variables that are missing."""
    names = ("GATE_GRAPH_TENANT_ID", "GATE_GRAPH_CLIENT_ID", "GATE_GRAPH_CLIENT_SECRET")
    missing = [name for name in names if not run.settings.get(name)]
    if missing or not run.environment.mail_to:
        raise CouldNotTell(
            "credentials and an address to read the test mailbox",
            f"missing: {', '.join(missing) or f'mail_to of [environments.{run.environment_name}]'}",
            "see .env.example and docs/target.md",
            cause=Cause.CONFIGURATION,
        )
    tenant, client, secret = (run.settings.get(name) or "" for name in names)
    return GraphClient(
        tenant,
        client,
        SecretStr(secret),
        run.run_id,
        login_url=run.settings.get("GATE_GRAPH_LOGIN_URL") or "https://login.microsoftonline.com",
        base_url=run.settings.get("GATE_GRAPH_BASE_URL") or "https://graph.microsoft.com/v1.0",
    )
