"""A mail as it travels (RFC 5322, MIME): its headers, what a person reads of it, the files that came with it."""

from __future__ import annotations

import email.message
import email.policy
from email.utils import getaddresses

from gate.services.mailbox import Attachment


def parsed(content: bytes) -> email.message.EmailMessage:
    """A whole mail, or its headers alone."""
    message = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(message, email.message.EmailMessage)
    return message


def subject(message: email.message.EmailMessage) -> str:
    """Its subject, decoded; empty where it has none."""
    return str(message.get("Subject") or "")


def recipients(message: email.message.EmailMessage) -> tuple[str, ...]:
    """Every address in To, Cc and Bcc, in small letters."""
    lines = [str(one) for kind in ("To", "Cc", "Bcc") for one in message.get_all(kind, [])]
    return tuple(address.lower() for _, address in getaddresses(lines) if address)


def sender(message: email.message.EmailMessage) -> str:
    """The address in From, in small letters; empty where it has none."""
    return next((address.lower() for _, address in getaddresses([str(message.get("From") or "")])), "")


def body(message: email.message.EmailMessage) -> tuple[str, bool]:
    """What a person reads: its plain text, else its HTML; and whether it is HTML."""
    text = message.get_body(("plain", "html"))
    if text is None:
        return "", False
    return _content(text).decode(_charset(text), "replace"), text.get_content_subtype() == "html"


def files(message: email.message.EmailMessage) -> tuple[Attachment, ...]:
    """What came with it, also where it is shown inline."""
    text = message.get_body(("plain", "html"))
    return tuple(
        Attachment(part.get_filename() or "", part.get_content_type(), _content(part))
        for part in message.walk()
        if part is not text
        and not part.is_multipart()
        and (part.get_filename() or part.get_content_maintype() != "text")
    )


def _charset(part: email.message.MIMEPart) -> str:
    name = part.get_content_charset("utf-8")
    try:
        "".encode(name)
    except LookupError:
        return "utf-8"
    return name


def _content(part: email.message.MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""
