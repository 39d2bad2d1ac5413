"""IMAP as imaplib speaks it: a server to connect to, and its answers as values."""

from __future__ import annotations

import contextlib
import datetime as dt
import imaplib
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr

from gate.services.http import AddressRefused, Unexpected, is_loopback, trust_store

SERVICE = "IMAP"
TIMEOUT_S = 10.0
SETTINGS = "look at GATE_IMAP_URL, GATE_IMAP_USER and GATE_IMAP_PASSWORD"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_JUNK = ("junk", "junk email", "junk e-mail", "spam", "bulk mail", "correo no deseado", "correo basura")
_LISTED = re.compile(rb'\((?P<flags>[^)]*)\) (?:"(?P<delimiter>.)"|NIL) (?P<name>.+)')


@dataclass(frozen=True)
class Login:
    """Where the mailbox is and who may read it. `url` is imaps://host[:993], or imap://host[:143] for STARTTLS.

    Only on this machine imap:// goes without TLS. Raises AddressRefused for any other address.
    """

    url: str
    user: str
    password: SecretStr

    def __post_init__(self) -> None:
        try:
            parts = urlsplit(self.url)
            _ = parts.port
        except ValueError:
            parts = urlsplit("")
        if parts.scheme not in ("imaps", "imap") or not parts.hostname or parts.username is not None:
            raise AddressRefused(
                "GATE_IMAP_URL is no address of an IMAP server",
                hint="write imaps://host, or imap://host where it speaks STARTTLS; the user goes to GATE_IMAP_USER",
            )

    @property
    def host(self) -> str:
        """The server's name."""
        return urlsplit(self.url).hostname or ""

    def connection(self) -> imaplib.IMAP4:
        """Connected, encrypted, not yet signed in."""
        parts = urlsplit(self.url)
        if parts.scheme == "imaps":
            return imaplib.IMAP4_SSL(
                self.host, parts.port or 993, ssl_context=trust_store(), timeout=TIMEOUT_S
            )
        plain = imaplib.IMAP4(self.host, parts.port or 143, timeout=TIMEOUT_S)
        if not is_loopback(self.url):
            if "STARTTLS" not in plain.capabilities:
                plain.shutdown()
                raise AddressRefused(
                    f"{SERVICE} at {self.host} offers no encryption on this port",
                    hint="set GATE_IMAP_URL to imaps://host: the password does not travel in clear",
                )
            plain.starttls(trust_store())
        return plain


def capabilities(server: imaplib.IMAP4) -> frozenset[str]:
    """What it can do now: many servers say more once somebody has signed in, which imaplib does not ask for."""
    return frozenset(good(server.capability())[0].decode("ascii", "replace").upper().split())


def junk(server: imaplib.IMAP4) -> dict[str, str]:
    r"""The junk folder: the one that the server marks as \Junk, else one of a usual name; none where there is none."""
    named: dict[str, str] = {}
    for line in good(server.list()):
        listed = _LISTED.fullmatch(line) if isinstance(line, bytes) else None
        if listed is None:
            continue
        name = listed["name"].decode("ascii", "replace")
        plain = name.strip('"')
        last = plain.rpartition((listed["delimiter"] or b"/").decode())[2].lower()
        if rb"\junk" in listed["flags"].lower():
            return {"junkemail": _quoted(plain)}
        if last in _JUNK:
            named.setdefault("junkemail", _quoted(plain))
    return named


def select(server: imaplib.IMAP4, folder: str, *, readonly: bool) -> str:
    """Choose a folder; its UIDVALIDITY."""
    good(server.select(folder, readonly=readonly))
    validity = server.response("UIDVALIDITY")[1][0]
    return validity.decode() if isinstance(validity, bytes) else "0"


def fetched(server: imaplib.IMAP4, uids: str, what: str) -> dict[str, tuple[bytes, bytes]]:
    """For each UID that is there what the server said about it, and the text that it sent along.

    The order of the two is the server's choice.
    """
    messages: list[tuple[bytes, bytes]] = []
    for part in good(server.uid("FETCH", uids, what)):
        about, content = part if isinstance(part, tuple) else (part, b"")
        if re.match(rb"\d+ \(", about):
            messages.append((about, content))
        elif messages:
            messages[-1] = (messages[-1][0] + about, messages[-1][1] + content)
    found: dict[str, tuple[bytes, bytes]] = {}
    for about, content in messages:
        uid = re.search(rb"\bUID (\d+)", about)
        # A change of flags is told without being asked for: it must not take the place of the text.
        if uid and (content or uid[1].decode() not in found):
            found[uid[1].decode()] = (about, content)
    return found


def good(answer: tuple[str, list[Any]]) -> list[Any]:
    """The data of an answer that is OK; raises Unexpected for NO."""
    kind, data = answer
    if kind != "OK":
        said = b" ".join(one for one in data if isinstance(one, bytes)).decode("utf-8", "replace")
        raise Unexpected(f"{SERVICE} answered {kind}: {said[:200] or 'no explanation'}", hint=SETTINGS)
    return [one for one in data if one is not None] or [b""]


def internal_date(about: bytes) -> dt.datetime:
    """When the server received it; raises Unexpected where it does not say."""
    said = re.search(rb'INTERNALDATE "([^"]+)"', about)
    with contextlib.suppress(ValueError, IndexError):
        day, month, rest = (said[1].decode() if said else "").strip().split("-", 2)
        year, clock, zone = rest.split(" ")
        moment = f"{year}-{MONTHS.index(month) + 1:02}-{int(day):02}T{clock}{zone}"
        return dt.datetime.fromisoformat(moment)
    raise Unexpected(f"{SERVICE} gave a message without a time")


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
