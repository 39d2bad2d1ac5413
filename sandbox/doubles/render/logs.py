"""Logs: a time window over what the log source gives, in pages bounded by time.

Assumed, since Render's documentation does not say: both ends of a window belong to it, a repeated filter
means any of its values, `text` is a substring.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.doubles.render.config import LogLine
from sandbox.doubles.render.state import RenderState
from sandbox.doubles.render.wire import RenderError, answer, limit, many, moment, not_found, stamp

_TICK = timedelta(microseconds=1)
_FILTERS = ("type", "level", "instance", "text")


@dataclass(frozen=True)
class _Entry:
    at: datetime
    message: str
    labels: Mapping[str, str]

    def shown(self) -> dict[str, Any]:
        identity = hashlib.sha256(f"{stamp(self.at)} {self.message}".encode()).hexdigest()[:32]
        labels = [{"name": name, "value": value} for name, value in self.labels.items()]
        return {"id": identity, "message": self.message, "timestamp": stamp(self.at), "labels": labels}


class Logs:
    def __init__(self, state: RenderState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        return [Route("/v1/logs", self.list_logs, methods=["GET"])]

    async def list_logs(self, request: Request) -> Response:
        resource = self._resource(request)
        parameters = request.query_params
        backward = parameters.get("direction", "backward") == "backward"
        if parameters.get("direction", "backward") not in ("backward", "forward"):
            raise RenderError(400, f"invalid direction: {parameters['direction']}")
        now = self._state.now()
        start, end = (parameters.get(name) for name in ("startTime", "endTime"))
        first = moment(start, "startTime") if start else now - timedelta(hours=1)
        last = moment(end, "endTime") if end else now
        if first > last:
            raise RenderError(400, "startTime is after endTime")
        newest = min(last, now - timedelta(seconds=self._state.behaviour.log_delay))
        entries = [
            entry
            for entry in self._entries(resource)
            if first <= entry.at <= newest and self._passes(request, entry)
        ]
        if backward:
            entries.reverse()
        page = entries[: limit(request, self._state.behaviour)]
        more = len(entries) > len(page)
        if more:
            tick = timedelta(0) if self._state.behaviour.log_pages_overlap else _TICK
            first, last = (first, page[-1].at - tick) if backward else (page[-1].at + tick, last)
        return answer(
            {
                "hasMore": more,
                "nextStartTime": stamp(first),
                "nextEndTime": stamp(last),
                "logs": [entry.shown() for entry in page],
            }
        )

    def _resource(self, request: Request) -> str:
        owner = request.query_params.get("ownerId")
        resources = many(request, "resource")
        if not owner or not resources:
            raise RenderError(400, "ownerId and resource are required")
        if owner != self._state.account.owner.id:
            raise not_found(owner)
        for resource in resources:
            self._state.service(resource)
        return resources[0]

    def _entries(self, resource: str) -> list[_Entry]:
        """The lines of the service, oldest first, no two at the same time: pages are bounded by time."""
        serving = self._state.instances.get(resource, {}).get("id", "")
        lines = [(line, serving) for line in self._state.account.logs()]
        before = self._state.behaviour.old_instance_says
        if before and self._state.first_listed:
            lines.append((LogLine(self._state.first_listed, before), f"{serving}-before"))
        entries: list[_Entry] = []
        for line, instance in sorted(lines, key=lambda one: one[0].timestamp):
            at = line.timestamp
            if entries and at <= entries[-1].at:
                at = entries[-1].at + _TICK
            labels = {"resource": resource, "instance": instance, "level": line.level, "type": line.type}
            entries.append(_Entry(at, line.text, labels))
        return entries

    def _passes(self, request: Request, entry: _Entry) -> bool:
        sensitive = self._state.behaviour.text_case_sensitive
        for name in _FILTERS:
            wanted = many(request, name) if name != "text" else request.query_params.getlist("text")
            actual = entry.message if name == "text" else entry.labels[name]
            if wanted and not any(
                _matches(pattern, actual, whole=name != "text", sensitive=sensitive) for pattern in wanted
            ):
                return False
        return True


def _matches(pattern: str, actual: str, *, whole: bool, sensitive: bool) -> bool:
    """A filter value: `/regular expression/`, or text in which `*` stands for anything."""
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        expression, whole = pattern[1:-1], False
    else:
        expression = ".*".join(re.escape(part) for part in pattern.split("*"))
    flags = re.DOTALL if sensitive else re.DOTALL | re.IGNORECASE
    try:
        compiled = re.compile(expression, flags)
    except re.error:
        raise RenderError(400, f"invalid filter: {pattern}") from None
    return (compiled.fullmatch(actual) if whole else compiled.search(actual)) is not None
