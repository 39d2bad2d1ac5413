"""Render's ways on the wire: errors, timestamps, ids, cursors, lists and query parameters."""

import base64
import json
import secrets
import string
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.doubles.render.behaviour import RenderBehaviour

_DEFAULT_LIMIT = 20
_MOST = 100
_ALPHABET = string.ascii_lowercase[:22] + string.digits


class RenderError(Exception):
    """A refusal with Render's body, {"message": ...}."""

    def __init__(self, status: int, message: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})

    def response(self) -> Response:
        return answer({"message": str(self)}, self.status, self.headers)


def not_found(what: str) -> RenderError:
    return RenderError(404, f"not found: {what}")


async def as_render_error(request: Request, error: Exception) -> Response:
    """Starlette's handler for RenderError."""
    assert isinstance(error, RenderError)
    return error.response()


async def no_such_route(request: Request, error: Exception) -> Response:
    return RenderError(404, "not found").response()


def answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON as Render writes it: with a newline at the end."""
    return Response(
        json.dumps(body, ensure_ascii=False) + "\n",
        status_code=status,
        headers=headers,
        media_type="application/json; charset=utf-8",
    )


def stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, the zeros at the end of the fraction dropped: `2025-01-13T16:42:08.5492Z`."""
    text = moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")
    return text.rstrip("0").rstrip(".") + "Z"


def moment(text: str, name: str = "time") -> datetime:
    """A time of a query or a body: RFC 3339, or seconds since the epoch. Raises RenderError 400."""
    try:
        if text.isdecimal():
            return datetime.fromtimestamp(int(text), UTC)
        parsed = datetime.fromisoformat(text)
    except (ValueError, OverflowError):
        raise RenderError(400, f"invalid {name}: {text}") from None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def new_id(prefix: str) -> str:
    """`dep-` and 20 lower-case letters and digits, and the like."""
    return f"{prefix}-" + "".join(secrets.choice(_ALPHABET) for _ in range(20))


def many(request: Request, name: str) -> list[str]:
    """An array parameter, repeated or comma-joined: Render takes one or the other by endpoint."""
    return [part for value in request.query_params.getlist(name) for part in value.split(",") if part]


def limit(request: Request, behaviour: RenderBehaviour) -> int:
    """`limit`, 1 to 100, 20 by default."""
    text = request.query_params.get("limit", str(_DEFAULT_LIMIT))
    number = int(text) if text.lstrip("-").isdecimal() else None
    if number is not None and 1 <= number <= _MOST:
        return number
    if number is None or behaviour.limit_out_of_range == "refuse":
        raise RenderError(400, f"invalid limit: {text}")
    return max(1, min(number, _MOST))


def listed(
    request: Request,
    behaviour: RenderBehaviour,
    key: str,
    items: Sequence[Mapping[str, Any]],
    identity: str = "id",
) -> list[dict[str, Any]]:
    """The asked-for page of `items`: each under `key`, with its cursor beside it."""
    start = 0
    given = request.query_params.get("cursor")
    if given:
        cursors = [_cursor(item[identity]) for item in items]
        if given not in cursors:
            raise RenderError(400, "invalid cursor")
        start = cursors.index(given) + 1
    page = items[start : start + limit(request, behaviour)]
    return [{"cursor": _cursor(item[identity]), key: item} for item in page]


def within(request: Request, items: Sequence[Mapping[str, Any]], *names: str) -> list[Mapping[str, Any]]:
    """`items` that satisfy createdBefore, createdAfter and the like for each of `names` (created, ...)."""
    kept = list(items)
    for name in names:
        before, after = (request.query_params.get(name + side) for side in ("Before", "After"))
        if before:
            end = moment(before, name + "Before")
            kept = [item for item in kept if item.get(f"{name}At") and moment(item[f"{name}At"]) < end]
        if after:
            start = moment(after, name + "After")
            kept = [item for item in kept if item.get(f"{name}At") and moment(item[f"{name}At"]) > start]
    return kept


async def json_body(request: Request) -> dict[str, Any]:
    """The JSON object of a body. Raises RenderError 400 for anything else."""
    try:
        body = await request.json()
    except ValueError:
        raise RenderError(400, "invalid JSON") from None
    if not isinstance(body, dict):
        raise RenderError(400, "invalid JSON: an object was expected")
    return body


def _cursor(identity: str) -> str:
    return base64.b64encode(f"cursor:{identity}".encode()).decode()
