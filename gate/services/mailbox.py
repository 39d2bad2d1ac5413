"""The test mailbox, read through Microsoft Graph: messages found, read whole, deleted by id after a re-read."""

from __future__ import annotations

import base64
import datetime as dt
import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from gate.values import normal

FOLDERS = ("inbox", "junkemail")
_SELECT = "id,subject,receivedDateTime,internetMessageId,from,toRecipients,ccRecipients,bccRecipients,hasAttachments"


@dataclass(frozen=True)
class Attachment:
    """A file that came with a message."""

    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class Message:
    """A message as it lies in a folder of the mailbox. `is_html` says what its body is written in, `sender` is the
    address in its From line, in small letters.
    """

    id: str
    folder: str
    subject: str
    received: str
    recipients: tuple[str, ...]
    body: str = ""
    is_html: bool = False
    sender: str = ""
    attachments: tuple[Attachment, ...] = ()

    def says(self, words: str) -> bool:
        """Whether a reader finds these words in its body; blanks do not count."""
        read = html.unescape(re.sub(r"<[^>]*>", " ", self.body)) if self.is_html else self.body
        return normal(words) in normal(read)


class Graph(Protocol):
    """What the mailbox needs of a Graph client."""

    def get(
        self, path: str, params: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> Any:
        """JSON answer of a GET below the Graph base URL."""

    def delete(self, path: str) -> bool:
        """DELETE below the Graph base URL; an id that is gone already is fine."""


class MailReader(Protocol):
    """A test mailbox, whatever it is read through."""

    address: str

    def search(self, token: str, since: dt.datetime, folders: Sequence[str] = FOLDERS) -> list[Message]:
        """Messages in these folders received since `since` whose subject holds `token`."""

    def open(self, message: Message) -> Message:
        """The same message with its body and attachments."""

    def delete(self, message: Message, token: str) -> None:
        """Delete by id, after reading the message again and finding `token` in its subject."""


class Mailbox:
    """One mailbox. Folders are asked by name: a search over all of them counts one delivery twice."""

    def __init__(self, graph: Graph, address: str) -> None:
        self.address = address
        self._graph = graph

    def of(self, address: str) -> Mailbox:
        """Another mailbox, asked with the same credentials."""
        return Mailbox(self._graph, address)

    def search(self, token: str, since: dt.datetime, folders: Sequence[str] = FOLDERS) -> list[Message]:
        """Messages in these folders received since `since` whose subject holds `token`.

        Every hit is compared again here, since a server may ignore a filter that it does not understand.
        """
        stamp = since.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        wanted = {"$filter": f"receivedDateTime ge {stamp}", "$select": _SELECT, "$top": "50"}
        return [
            _message(item, folder)
            for folder in folders
            for item in self._pages(folder, wanted)
            if token in str(item.get("subject") or "") and str(item.get("receivedDateTime") or "") >= stamp
        ]

    def open(self, message: Message) -> Message:
        """The same message with its body and attachments."""
        path = f"/users/{self.address}/messages/{message.id}"
        asked = {"Prefer": 'outlook.body-content-type="text"'}
        body = self._graph.get(path, {"$select": "body"}, asked).get("body") or {}
        files = self._graph.get(f"{path}/attachments").get("value", [])
        return replace(
            message,
            body=str(body.get("content", "")),
            is_html=str(body.get("contentType")).lower() == "html",
            attachments=tuple(
                Attachment(
                    str(item.get("name")),
                    str(item.get("contentType")),
                    base64.b64decode(item.get("contentBytes") or ""),
                )
                for item in files
            ),
        )

    def delete(self, message: Message, token: str) -> None:
        """Delete by id, after reading the message again and finding `token` in its subject."""
        path = f"/users/{self.address}/messages/{message.id}"
        if token in str(self._graph.get(path, {"$select": "id,subject"}).get("subject") or ""):
            self._graph.delete(path)

    def _pages(self, folder: str, params: dict[str, str]) -> Iterable[dict[str, Any]]:
        answer = self._graph.get(f"/users/{self.address}/mailFolders/{folder}/messages", params)
        while True:
            yield from answer.get("value", [])
            following = answer.get("@odata.nextLink")
            if not following:
                return
            answer = self._graph.get(following)


def _message(item: dict[str, Any], folder: str) -> Message:
    people = [
        _address(person)
        for kind in ("toRecipients", "ccRecipients", "bccRecipients")
        for person in item.get(kind) or []
    ]
    return Message(
        str(item["id"]),
        folder,
        str(item.get("subject") or ""),
        str(item.get("receivedDateTime") or ""),
        tuple(people),
        sender=_address(item.get("from")),
    )


def _address(person: dict[str, Any] | None) -> str:
    return str(((person or {}).get("emailAddress") or {}).get("address") or "").lower()
