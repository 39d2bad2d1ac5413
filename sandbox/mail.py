"""The test mailbox over IMAP: what arrives in its Graph mailbox arrives there too, as a whole mail."""

from __future__ import annotations

import base64
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path

from sandbox.doubles.graph import GraphDouble
from sandbox.doubles.graph.state import Message
from sandbox.doubles.imap import JUNK, ImapDouble, serve_imap
from sandbox.faults import Fault

_EVERY_S = 0.1
_FOLDERS = {"inbox": "INBOX", "junkemail": JUNK}


@contextmanager
def over_imap(faults: Sequence[Fault], graph: GraphDouble, address: str) -> Iterator[Mapping[str, str]]:
    """Serve the mailbox `address`; yields the gate's own variables for it."""
    password = secrets.token_urlsafe(12)
    changed = any(fault.imap == "password-changed" for fault in faults)
    done = threading.Event()
    with serve_imap(address, secrets.token_urlsafe(12) if changed else password) as imap:
        carrier = threading.Thread(target=_carry, args=(graph, address, imap, done), name="mail", daemon=True)
        carrier.start()
        try:
            yield {"GATE_IMAP_URL": imap.address, "GATE_IMAP_USER": address, "GATE_IMAP_PASSWORD": password}
        finally:
            done.set()
            carrier.join()


def target_over_imap(described: Path, folder: Path) -> Path:
    """The staging's description, with the mailbox read over IMAP; the sender's is read through Graph alone."""
    lines = described.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = ['mailbox = "imap"\n' if line.startswith("sender = ") else line for line in lines]
    path = folder / described.name
    path.write_text("".join(kept), encoding="utf-8")
    return path


def _carry(graph: GraphDouble, address: str, imap: ImapDouble, done: threading.Event) -> None:
    carried: set[str] = set()
    while not done.wait(_EVERY_S):
        for folder, name in _FOLDERS.items():
            for message in graph.state.visible(address, folder):
                if message.id not in carried:
                    carried.add(message.id)
                    imap.deliver(_as_mail(message), name, message.received_at)


def _as_mail(message: Message) -> bytes:
    fields, mail = message.fields, EmailMessage()
    mail["Subject"] = fields["subject"]
    mail["Message-ID"] = fields["internetMessageId"]
    mail["From"] = fields["from"]["emailAddress"]["address"]
    for header, kind in (("To", "toRecipients"), ("Cc", "ccRecipients")):
        if people := [one["emailAddress"]["address"] for one in fields[kind]]:
            mail[header] = ", ".join(people)
    body = fields["body"]
    mail.set_content(body["content"], subtype="html" if body["contentType"] == "html" else "plain")
    for file in message.attachments:
        main, _, sub = str(file["contentType"]).partition("/")
        content = base64.b64decode(file["contentBytes"])
        mail.add_attachment(content, maintype=main, subtype=sub, filename=file["name"])
    return mail.as_bytes()
