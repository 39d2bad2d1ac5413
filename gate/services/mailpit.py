"""The test mailbox, read through Mailpit's API (v1): it catches every mail of a test system, whoever it is for."""

from __future__ import annotations

import base64
import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import httpx
from pydantic import SecretStr

from gate.services.http import ServiceClient, Unexpected, json_object, refusal
from gate.services.mailbox import FOLDERS, Attachment, Message

SERVICE = "Mailpit"
_PAGE = 50


class Mailpit:
    """All mail that one Mailpit caught; it knows no folders, so each message counts as lying in the inbox.

    `address` is the one that mail is meant for. Copies to others are seen as well: nothing is filtered by recipient.
    Raises Denied, Missing, Throttled, Unreachable or Unexpected.
    """

    def __init__(self, client: ServiceClient, address: str) -> None:
        self.address = address
        self._client = client

    def search(self, token: str, since: dt.datetime, folders: Sequence[str] = FOLDERS) -> list[Message]:
        """Messages received since `since` whose subject holds `token`; none unless the inbox is asked for."""
        if "inbox" not in folders:
            return []
        return [_message(item) for item in self._since(since) if token in str(item.get("Subject") or "")]

    def open(self, message: Message) -> Message:
        """The same message with its body and attachments."""
        path = f"api/v1/message/{message.id}"
        whole = self._json(path)
        return replace(
            message,
            body=str(whole.get("Text") or ""),
            attachments=tuple(
                Attachment(
                    str(item.get("FileName")),
                    str(item.get("ContentType")),
                    self._good(self._client.read(f"{path}/part/{item['PartID']}")).content,
                )
                for item in whole.get("Attachments") or []
            ),
        )

    def delete(self, message: Message, token: str) -> None:
        """Delete by id, after reading the message again and finding `token` in its subject."""
        again = self._json(f"api/v1/message/{message.id}")
        # A list without ids would delete everything that Mailpit holds.
        if message.id and token in str(again.get("Subject") or ""):
            self._good(self._client.change("DELETE", "api/v1/messages", json={"IDs": [message.id]}))

    def _since(self, since: dt.datetime) -> Iterator[dict[str, Any]]:
        """Summaries, newest first, down to `since`."""
        start = 0
        while True:
            found = self._json("api/v1/messages", {"start": str(start), "limit": str(_PAGE)})
            page = found.get("messages") or []
            for item in page:
                if _received(item) < since:
                    return
                yield item
            start += len(page)
            if len(page) < _PAGE:
                return

    def _json(self, path: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        read: Any = json_object(SERVICE, self._good(self._client.read(path, params=params)))
        if not isinstance(read, dict):
            raise Unexpected(f"{SERVICE} answered with something that is no object")
        return read

    def _good(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code != 200:
            hint = "look at GATE_MAILPIT_URL, GATE_MAILPIT_USER and GATE_MAILPIT_PASSWORD"
            raise refusal(SERVICE, answer, answer.text[:200], hint=hint)
        return answer


def mailpit_client(url: str, run_id: str, user: str, password: SecretStr) -> ServiceClient:
    """A client for the Mailpit at `url`, with its basic authentication where `user` is given."""
    pair = base64.b64encode(f"{user}:{password.get_secret_value()}".encode()).decode()
    return ServiceClient(SERVICE, url, run_id, headers={"Authorization": f"Basic {pair}"} if user else None)


def _received(item: dict[str, Any]) -> dt.datetime:
    try:
        return dt.datetime.fromisoformat(str(item.get("Created")))
    except ValueError:
        raise Unexpected(f"{SERVICE} gave a message without a time: {item.get('Created')!r}") from None


def _message(item: dict[str, Any]) -> Message:
    people = [
        str(person.get("Address") or "").lower()
        for kind in ("To", "Cc", "Bcc")
        for person in item.get(kind) or []
    ]
    return Message(
        str(item["ID"]),
        "inbox",
        str(item.get("Subject") or ""),
        str(item.get("Created")),
        tuple(people),
        sender=str((item.get("From") or {}).get("Address") or "").lower(),
    )
