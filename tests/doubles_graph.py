"""A small tenant for the tests of the Graph double, and a client that speaks to it in-process."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from sandbox.doubles.graph import GraphBehaviour, GraphDouble, LinkTarget, Registration
from tests.doubles_client import in_process

TENANT = "11111111-2222-3333-4444-555555555555"
SENDER = "envios@contoso.example"
INBOX = "gate@contoso.example"
OTHER = "direccion@contoso.example"
APP = Registration(
    client_id="aaaaaaaa-0000-0000-0000-000000000001",
    client_secret="not-a-secret-of-the-app",
    roles=frozenset({"Mail.Send", "Files.Read.All"}),
)
VERIFIER = Registration(
    client_id="aaaaaaaa-0000-0000-0000-000000000002",
    client_secret="not-a-secret-of-the-verifier",
    roles=frozenset({"Mail.ReadWrite"}),
    mailboxes=frozenset({INBOX, SENDER}),
)
LINKS: Mapping[str, LinkTarget] = {
    "https://contoso.sharepoint.example/:x:/s/ops/Tarifas?e=abc": b"PK tarifas",
    "https://contoso.sharepoint.example/sites/ops/Docs/Rutas.xlsx": b"PK rutas",
    "https://contoso.sharepoint.example/sites/ops/Docs": "folder",
    "https://contoso.sharepoint.example/:x:/s/ops/Denied": 403,
    "https://contoso.sharepoint.example/:x:/s/ops/Gone": 404,
    "https://contoso.sharepoint.example/odd": 400,
}


@dataclass
class ManualClock:
    """A clock that moves only when told to."""

    seconds: float = 1_764_000_000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Tenant:
    """The double, a clock, and calls as one of its registered apps."""

    behaviour: GraphBehaviour = field(default_factory=GraphBehaviour)
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.double = GraphDouble(
            tenant=TENANT,
            registrations=[APP, VERIFIER],
            mailboxes=[SENDER, INBOX, OTHER],
            links=LINKS,
            behaviour=self.behaviour,
            clock=self.clock,
        )
        self.client = in_process(self.double.app)

    def token_request(self, tenant: str = TENANT, **changes: str | None) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_id": APP.client_id,
            "client_secret": APP.client_secret,
            "scope": "https://graph.microsoft.com/.default",
            **changes,
        }
        data = {name: value for name, value in form.items() if value is not None}
        return self.client.post(f"/{tenant}/oauth2/v2.0/token", data=data)

    def bearer(self, app: Registration) -> dict[str, str]:
        answer = self.token_request(client_id=app.client_id, client_secret=app.client_secret)
        return {"Authorization": f"Bearer {answer.json()['access_token']}"}

    def call(self, app: Registration, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {**self.bearer(app), **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)

    def send(self, message: Any = None, **envelope: Any) -> httpx.Response:
        body = {"message": message if message is not None else mail(), **envelope}
        return self.call(APP, "POST", f"/v1.0/users/{SENDER}/sendMail", json=body)

    def listing(self, folder: str | None = "inbox", mailbox: str = INBOX, **params: str) -> httpx.Response:
        where = f"mailFolders/{folder}/messages" if folder else "messages"
        query = {f"${name}": value for name, value in params.items()}
        return self.call(VERIFIER, "GET", f"/v1.0/users/{mailbox}/{where}", params=query)

    def subjects(self, folder: str | None = "inbox", mailbox: str = INBOX) -> list[str]:
        return [item["subject"] for item in self.listing(folder, mailbox).json()["value"]]

    def arrive(self) -> None:
        """Lets the delivery delay pass."""
        self.clock.seconds += self.double.behaviour.delivery_delay + 1


def mail(to: str = INBOX, **changes: Any) -> dict[str, Any]:
    return {
        "subject": "Envío ENV-000001 [run-1]",
        "body": {"contentType": "HTML", "content": "<p>Su env&iacute;o <b>ENV-000001</b></p>"},
        "toRecipients": [{"emailAddress": {"address": to}}],
        "attachments": [attachment()],
        **changes,
    }


def attachment(**changes: Any) -> dict[str, Any]:
    return {
        "@odata.type": "#microsoft.graph.fileAttachment",
        "name": "ENV-000001.pdf",
        "contentType": "application/pdf",
        "contentBytes": base64.b64encode(b"%PDF-1.7 double").decode(),
        **changes,
    }


def share_path(link: str) -> str:
    encoded = base64.urlsafe_b64encode(link.encode()).decode().rstrip("=")
    return f"/v1.0/shares/u!{encoded}"
