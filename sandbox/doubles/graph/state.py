"""What the played tenant holds: app registrations, mailboxes with their messages, links, tokens."""

import base64
import itertools
import json
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from sandbox.doubles.graph.behaviour import GraphBehaviour
from sandbox.doubles.graph.errors import GraphError

LinkTarget = bytes | Literal["folder", 400, 401, 403, 404]
"""What a sharing link leads to: a file's bytes, a folder, or the status with which it is refused."""

FOLDERS = ("inbox", "junkemail", "sentitems", "deleteditems")


@dataclass(frozen=True)
class Registration:
    """An app registered in the tenant, with the application permissions that an admin consented to.

    `mailboxes` is the scope of an application access policy: None reaches every mailbox.
    """

    client_id: str
    client_secret: str = field(repr=False)
    roles: frozenset[str]
    mailboxes: frozenset[str] | None = None

    def may(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)


@dataclass(frozen=True)
class Token:
    registration: Registration
    expires_at: float


@dataclass(frozen=True)
class Message:
    """One copy of a mail in one folder. `fields` are Graph's own, without id and folder."""

    id: str
    mailbox: str
    folder: str
    received_at: float
    fields: Mapping[str, Any]
    internet_headers: tuple[Mapping[str, str], ...]
    attachments: tuple[Mapping[str, Any], ...]

    def received(self) -> str:
        return f"{datetime.fromtimestamp(self.received_at, UTC):%Y-%m-%dT%H:%M:%SZ}"


@dataclass
class GraphState:
    """The tenant's contents; `restore` puts them back to the given ones."""

    tenant: str
    registrations: Sequence[Registration]
    mailboxes: tuple[str, ...]
    given_links: Mapping[str, LinkTarget]
    given_behaviour: GraphBehaviour
    clock: Callable[[], float]
    behaviour: GraphBehaviour = field(init=False)
    links: dict[str, LinkTarget] = field(init=False)
    messages: list[Message] = field(init=False)
    tokens: dict[str, Token] = field(init=False)
    throttled: int = field(init=False)
    content_address: str = field(init=False, default="http://content.invalid")

    def __post_init__(self) -> None:
        self.restore()

    def restore(self) -> None:
        self.behaviour = self.given_behaviour
        self.links = dict(self.given_links)
        self.messages = []
        self.tokens = {}
        self.throttled = 0
        self._numbers = itertools.count(1)

    def now(self) -> float:
        """The service's clock, in seconds since the epoch."""
        return self.clock() + self.behaviour.clock_skew

    def issue_token(self, registration: Registration) -> str:
        registration = replace(registration, roles=registration.roles - set(self.behaviour.withdrawn))
        expires_at = self.now() + self.behaviour.token_lifetime
        claims = {
            "aud": "https://graph.microsoft.com",
            "tid": self.tenant,
            "appid": registration.client_id,
            "roles": sorted(registration.roles),
            "exp": int(expires_at),
            "jti": secrets.token_hex(8),
        }
        parts = (json.dumps({"typ": "JWT", "alg": "none"}), json.dumps(claims), "double")
        token = ".".join(_base64url(part) for part in parts)
        self.tokens[token] = Token(registration, expires_at)
        return token

    def caller(self, authorization: str | None) -> Registration:
        """The app behind a bearer header. Raises GraphError 401 for none, an unknown or an expired token."""
        scheme, _, value = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not value:
            raise GraphError(401, "InvalidAuthenticationToken", "Access token is empty.")
        token = self.tokens.get(value)
        if token is None:
            raise GraphError(
                401, "InvalidAuthenticationToken", "CompactToken parsing failed with error code: 80049217"
            )
        if token.expires_at <= self.now():
            raise GraphError(
                401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired."
            )
        return token.registration

    def visible(self, mailbox: str, folder: str | None = None) -> Iterator[Message]:
        """Messages that have arrived in `mailbox` (any folder when None), newest first."""
        arrived = [
            message
            for message in self.messages
            if message.mailbox == mailbox
            and folder in (None, message.folder)
            and message.received_at <= self.now()
        ]
        return iter(sorted(arrived, key=lambda message: message.received_at, reverse=True))

    def new_id(self) -> str:
        """A message id as Outlook's are: case-sensitive, with `-`, `_` and `=`."""
        number = next(self._numbers)
        return "AAMk-" + _base64url(f"{number:06d}:{secrets.token_hex(12)}") + "_A="


def _base64url(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
