"""sendMail: what is accepted, and where the accepted mail ends.

Only the JSON form is played, not the MIME one. Assumed, since no document says it: the code of a request
without `message` or with an unreadable attachment, and that a second delivery keeps its Internet message id.
"""

import base64
import html
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.doubles.graph.errors import GraphError, bad_request
from sandbox.doubles.graph.state import GraphState, Message

_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+")
_FILE = "#microsoft.graph.fileAttachment"
_MOST_HEADERS = 5


def check(body: Any, sender: str) -> Mapping[str, Any]:
    """The `message` of a sendMail body. Raises GraphError 400 or 403 where Graph refuses at once."""
    message = body.get("message") if isinstance(body, dict) else None
    if not isinstance(message, dict):
        raise bad_request("The property 'message' is required.")
    recipients = _recipients(message)
    if not recipients or not all(_ADDRESS.fullmatch(address) for address in recipients):
        raise GraphError(400, "ErrorInvalidRecipients", "At least one recipient isn't valid.")
    if _address(message.get("from") or {}, sender) != sender:
        raise GraphError(
            403, "ErrorSendAsDenied", "The user account does not have the right to send as another."
        )
    content_type = message.get("body", {}).get("contentType", "Text")
    if str(content_type).lower() not in ("text", "html"):
        raise bad_request(f"'{content_type}' is no body content type.")
    _check_headers(message.get("internetMessageHeaders", []))
    for attachment in message.get("attachments", []):
        _check_attachment(attachment)
    return message


def accept(state: GraphState, sender: str, message: Mapping[str, Any], keep_copy: bool) -> None:
    """Puts an accepted mail on its way: the sender's copy now, the recipients' after the delivery delay."""
    now = state.now()
    fields = _fields(message, sender, now)
    headers = tuple(message.get("internetMessageHeaders", []))
    attachments = tuple(_stored_attachment(item) for item in message.get("attachments", []))
    if keep_copy:
        # Custom headers are not to be found on the copy in Sent Items.
        state.messages.append(Message(state.new_id(), sender, "sentitems", now, fields, (), attachments))
    behaviour = state.behaviour
    arrival = now + behaviour.delivery_delay
    for address in dict.fromkeys(_recipients(message)):
        if behaviour.deliver == "bounce" or address not in state.mailboxes:
            state.messages.append(_undeliverable(state, sender, address, fields, arrival))
        elif behaviour.deliver != "lost":
            folder = "junkemail" if behaviour.deliver == "junk" else "inbox"
            for _ in range(2 if behaviour.deliver == "twice" else 1):
                state.messages.append(
                    Message(state.new_id(), address, folder, arrival, fields, headers, attachments)
                )


def keeps_copy(body: Mapping[str, Any]) -> bool:
    """`saveToSentItems`, true by default; the text "false" counts too, as in Microsoft's own sample."""
    return str(body.get("saveToSentItems", True)).lower() != "false"


def _recipients(message: Mapping[str, Any]) -> list[str]:
    kinds = ("toRecipients", "ccRecipients", "bccRecipients")
    return [_address(entry, "") for kind in kinds for entry in message.get(kind) or []]


def _address(entry: Mapping[str, Any], default: str) -> str:
    return str(entry.get("emailAddress", {}).get("address", default)).lower()


def _check_headers(headers: Sequence[Mapping[str, Any]]) -> None:
    for header in headers:
        if not str(header.get("name", "")).lower().startswith("x-"):
            text = f"The internet message header name '{header.get('name')}' should start with 'x-' or 'X-'."
            raise GraphError(400, "InvalidInternetMessageHeader", text)
    if len(headers) > _MOST_HEADERS:
        text = "Maximum number of headers in one message should be less than or equal to 5."
        raise GraphError(400, "InvalidInternetMessageHeaderCollection", text)


def _check_attachment(attachment: Mapping[str, Any]) -> None:
    if attachment.get("@odata.type") != _FILE or not attachment.get("name"):
        raise bad_request(f"An attachment needs a name and the type '{_FILE}'.")
    try:
        base64.b64decode(attachment.get("contentBytes", ""), validate=True)
    except (TypeError, ValueError):
        raise bad_request(
            "Cannot convert the literal of 'contentBytes' to the expected type 'Edm.Binary'."
        ) from None


def _stored_attachment(attachment: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "@odata.type": _FILE,
        "@odata.mediaContentType": attachment.get("contentType", "application/octet-stream"),
        "id": f"AAMkAttachment-{uuid.uuid4().hex}=",
        "name": attachment["name"],
        "contentType": attachment.get("contentType", "application/octet-stream"),
        "size": len(base64.b64decode(attachment["contentBytes"])),
        "isInline": bool(attachment.get("isInline", False)),
        "contentBytes": attachment["contentBytes"],
    }


def _fields(message: Mapping[str, Any], sender: str, sent_at: float) -> dict[str, Any]:
    body = message.get("body", {})
    content = str(body.get("content", ""))
    kind = str(body.get("contentType", "Text")).lower()
    return {
        "subject": str(message.get("subject") or ""),
        "internetMessageId": f"<{uuid.uuid4()}@{sender.partition('@')[2]}>",
        "sentAt": sent_at,
        "from": _party(sender),
        "sender": _party(sender),
        "toRecipients": message.get("toRecipients") or [],
        "ccRecipients": message.get("ccRecipients") or [],
        "bccRecipients": [],
        "body": {"contentType": kind, "content": content},
        "bodyPreview": plain(kind, content)[:255],
    }


def plain(kind: str, content: str) -> str:
    """The text of a body whose content type is `kind`."""
    if kind != "html":
        return content
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", " ", content))).strip()


def _party(address: str) -> dict[str, Any]:
    return {"emailAddress": {"name": address, "address": address}}


def _undeliverable(
    state: GraphState, sender: str, address: str, fields: Mapping[str, Any], arrival: float
) -> Message:
    text = f"Delivery has failed to these recipients or groups: {address}"
    notice = {
        "subject": f"Undeliverable: {fields['subject']}",
        "from": {
            "emailAddress": {"name": "Microsoft Outlook", "address": f"postmaster@{sender.partition('@')[2]}"}
        },
        "toRecipients": [_party(sender)],
        "body": {"contentType": "Text", "content": text},
    }
    full = {**_fields(notice, sender, arrival), "from": notice["from"], "sender": notice["from"]}
    return Message(state.new_id(), sender, "inbox", arrival, full, (), ())
