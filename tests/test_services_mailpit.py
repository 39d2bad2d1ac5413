"""The test mailbox on Mailpit, asked of a double that answers as its API documents."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from gate.services.http import Denied, ServiceClient
from gate.services.mailpit import Mailpit

NOW = dt.datetime(2025, 11, 24, 12, tzinfo=dt.UTC)
INBOX = "pruebas@empresa.example"


@dataclass
class Double:
    """Mailpit as its messages, newest first; an empty list of ids deletes all, as Mailpit does."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200

    def add(self, subject: str, minutes_ago: int = 0, **more: Any) -> None:
        created = (NOW - dt.timedelta(minutes=minutes_ago)).isoformat()
        to = [{"Name": "", "Address": INBOX}]
        number = f"id{len(self.messages)}"
        self.messages.append({"ID": number, "Subject": subject, "Created": created, "To": to} | more)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/api/v1/")
        if self.status != 200:
            return httpx.Response(self.status, text="Unauthorised.")
        if request.method == "DELETE":
            ids = json.loads(request.content)["IDs"]
            self.messages = [one for one in self.messages if ids and one["ID"] not in ids]
            return httpx.Response(200, text="ok")
        if path == "messages":
            start, limit = (int(request.url.params[name]) for name in ("start", "limit"))
            page = self.messages[start : start + limit]
            return httpx.Response(200, json={"total": len(self.messages), "messages": page})
        if path.endswith("/part/2"):
            return httpx.Response(200, content=b"%PDF-1.7")
        for one in self.messages:
            if path == f"message/{one['ID']}":
                files = [{"PartID": "2", "FileName": "envio.pdf", "ContentType": "application/pdf"}]
                return httpx.Response(200, json=one | {"Text": "Hola", "Attachments": files})
        return httpx.Response(404, text="Message not found")


def mailpit(double: Double) -> Mailpit:
    client = ServiceClient(
        "Mailpit",
        "http://127.0.0.1:8025/",
        "run",
        transport=httpx.MockTransport(double),
        sleep=lambda _: None,
    )
    return Mailpit(client, INBOX)


def test_it_finds_by_subject_and_time_through_all_pages() -> None:
    double = Double()
    for _ in range(70):
        double.add("Otro")
    double.add("Envío ENV-000007", 1)
    double.add("Envío ENV-000007", 60)
    found = mailpit(double).search("ENV-000007", NOW - dt.timedelta(minutes=5))
    assert [(one.id, one.folder) for one in found] == [("id70", "inbox")]


def test_it_sees_everybody_that_a_mail_went_to() -> None:
    double = Double()
    bcc = [{"Name": "", "Address": "Otra@empresa.example"}]
    double.add("Envío ENV-000007", Bcc=bcc, From={"Name": "Envíos", "Address": "Envios@empresa.example"})
    (found,) = mailpit(double).search("ENV-000007", NOW)
    assert (found.sender, found.recipients) == ("envios@empresa.example", (INBOX, "otra@empresa.example"))


def test_it_reads_the_body_and_the_file() -> None:
    double = Double()
    double.add("Envío ENV-000007")
    mailbox = mailpit(double)
    message = mailbox.open(mailbox.search("ENV-000007", NOW)[0])
    assert message.body == "Hola"
    assert [(one.name, one.content) for one in message.attachments] == [("envio.pdf", b"%PDF-1.7")]


def test_it_deletes_that_message_alone_and_only_if_it_is_still_the_one() -> None:
    double = Double()
    double.add("Envío ENV-000007")
    double.add("Otro")
    mailbox = mailpit(double)
    (found,) = mailbox.search("ENV-000007", NOW)
    mailbox.delete(found, "ENV-000008")
    assert len(double.messages) == 2
    mailbox.delete(found, "ENV-000007")
    assert [one["Subject"] for one in double.messages] == ["Otro"]


def test_a_refusal_names_the_settings() -> None:
    with pytest.raises(Denied) as refused:
        mailpit(Double(status=401)).search("ENV-000007", NOW)
    assert "GATE_MAILPIT_USER" in refused.value.hint
