"""What a double was asked, with every secret taken out before it is kept."""

import json
import re
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

REDACTED = "[redacted]"
_SECRET = re.compile(r"secret|password|passwd|authorization|cookie|api[-_]?key|assertion|access_token", re.I)
_SECRET_PARAMETERS = re.compile(_SECRET.pattern + r"|^key$|tempauth", re.I)
_BULKY = frozenset({"contentBytes"})


@dataclass(frozen=True)
class LoggedRequest:
    """One request as it arrived, and the status it got; 0 when it was cut off before an answer.

    `body` is the decoded JSON or form, or None when empty; an attachment is replaced by its length.
    """

    method: str
    path: str
    query: tuple[tuple[str, str], ...]
    status: int
    headers: dict[str, str]
    body: Any

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass
class RequestLog:
    """The requests of one double, oldest first."""

    entries: list[LoggedRequest] = field(default_factory=list)

    def recording(self, app: ASGIApp) -> ASGIApp:
        """`app` with every request but those to `/_double/` written down when it is answered."""

        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http" or scope["path"].startswith("/_double/"):
                await app(scope, receive, send)
                return
            body = await _read_all(receive)
            answered = False

            async def noting(message: Message) -> None:
                nonlocal answered
                if message["type"] == "http.response.start":
                    # Before the client can see it: who has an answer finds the request in the log.
                    self.entries.append(_entry(scope, body, message["status"]))
                    answered = True
                await send(message)

            try:
                await app(scope, _replay(body, receive), noting)
            finally:
                if not answered:
                    self.entries.append(_entry(scope, body, 0))

        return recorded


async def _read_all(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):
            break
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Callable[[], Awaitable[MutableMapping[str, Any]]]:
    pending: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> MutableMapping[str, Any]:
        return pending.pop() if pending else await receive()

    return replayed


def _entry(scope: Scope, body: bytes, status: int) -> LoggedRequest:
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return LoggedRequest(
        method=scope["method"],
        path=unquote(scope["path"]),
        query=tuple(_without_secrets(query)),
        status=status,
        headers={name: REDACTED if _SECRET.search(name) else value for name, value in headers.items()},
        body=_readable(body, headers.get("content-type", "")),
    )


def _without_secrets(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(name, REDACTED if _SECRET_PARAMETERS.search(name) else value) for name, value in pairs]


def _readable(body: bytes, content_type: str) -> Any:
    if not body:
        return None
    text = body.decode("utf-8", "replace")
    if content_type.startswith("application/x-www-form-urlencoded"):
        return dict(_without_secrets(parse_qsl(text, keep_blank_values=True)))
    try:
        return _scrubbed(json.loads(text))
    except ValueError:
        return f"[{len(body)} bytes that are neither JSON nor a form]"


def _scrubbed(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: _scrubbed(item, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_scrubbed(item) for item in value]
    if key in _BULKY:
        return f"[{len(str(value))} characters of base64]"
    return REDACTED if _SECRET.search(key) else value
