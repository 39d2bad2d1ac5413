"""The test mailbox, opened with the gate's own credentials."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import SecretStr

from gate.results import Cause, CouldNotTell
from gate.run import Run
from gate.services.graph import GraphClient
from gate.services.imap import ImapMailbox
from gate.services.imap_wire import Login
from gate.services.mailbox import Mailbox, MailReader
from gate.services.mailpit import Mailpit, mailpit_client

MAILBOX_NAMES = {
    "graph": ("GATE_GRAPH_TENANT_ID", "GATE_GRAPH_CLIENT_ID", "GATE_GRAPH_CLIENT_SECRET"),
    "imap": ("GATE_IMAP_URL", "GATE_IMAP_USER", "GATE_IMAP_PASSWORD"),
    "mailpit": ("GATE_MAILPIT_URL",),
}
"""What must be set to read the test mailbox, for each value of mail.mailbox."""


@contextmanager
def open_mailbox(run: Run) -> Iterator[MailReader]:
    """The allowed mailbox, through what mail.mailbox names; raises CouldNotTell where settings are missing."""
    kind = run.target.mail.mailbox if run.target.mail else "graph"
    if kind == "graph":
        with open_graph(run) as graph:
            yield Mailbox(graph, run.environment.mail_to[0])
    elif kind == "imap":
        url, user, password = _set(run, kind)
        with ImapMailbox(Login(url, user, SecretStr(password)), run.environment.mail_to[0]) as imap:
            yield imap
    else:
        (url,) = _set(run, kind)
        names = ("GATE_MAILPIT_USER", "GATE_MAILPIT_PASSWORD")
        user, password = (run.settings.get(name) or "" for name in names)
        with mailpit_client(url, run.run_id, user, SecretStr(password)) as client:
            yield Mailpit(client, run.environment.mail_to[0])


def open_graph(run: Run) -> GraphClient:
    """The gate's own Graph client; raises CouldNotTell naming the variables that are missing."""
    tenant, client, secret = _set(run, "graph")
    return GraphClient(
        tenant,
        client,
        SecretStr(secret),
        run.run_id,
        login_url=run.settings.get("GATE_GRAPH_LOGIN_URL") or "https://login.microsoftonline.com",
        base_url=run.settings.get("GATE_GRAPH_BASE_URL") or "https://graph.microsoft.com/v1.0",
    )


def _set(run: Run, kind: str) -> tuple[str, ...]:
    """The settings for this kind of mailbox; raises CouldNotTell naming those that are missing, or the address."""
    names = MAILBOX_NAMES[kind]
    missing = [name for name in names if not run.settings.get(name)]
    if missing or not run.environment.mail_to:
        raise CouldNotTell(
            "credentials and an address to read the test mailbox",
            f"missing: {', '.join(missing) or f'mail_to of [environments.{run.environment_name}]'}",
            "see .env.example and docs/target.md",
            cause=Cause.CONFIGURATION,
        )
    return tuple(run.settings.get(name) or "" for name in names)
