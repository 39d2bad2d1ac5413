"""Render's REST API, read only: the service, its variables, deploys, events and logs.

Facts: Render's API reference (api-docs.render.com) and its OpenAPI document. Fields that are absent or
unknown to this code never stop it: only what was asked for is missing then.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import SecretStr

from gate.services.http import Attempt, ServiceClient, Unexpected, json_object, message_of, refusal

API = "https://api.render.com/v1"
PAGE = 100

FAILED = frozenset({"build_failed", "pre_deploy_failed", "update_failed"})
ENDED = FAILED | {"live", "deactivated", "canceled"}


@dataclass(frozen=True)
class Service:
    """A Render service. A setting that Render does not tell is an empty string."""

    id: str
    name: str
    owner_id: str
    type: str
    repo: str
    branch: str
    root_dir: str
    auto_deploy: str
    suspended: bool
    plan: str
    region: str
    runtime: str
    build_command: str
    start_command: str
    pre_deploy_command: str
    health_path: str
    url: str
    dashboard_url: str
    created_at: datetime | None = None


@dataclass(frozen=True)
class Deploy:
    """One deploy. `commit` is None for images and where Render does not say; times are UTC or None."""

    id: str
    status: str
    commit: str | None
    message: str
    trigger: str
    created_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime | None

    @property
    def live(self) -> bool:
        """Whether it serves now."""
        return self.status == "live"

    @property
    def failed(self) -> bool:
        """Whether it ended without ever serving, by a fault of its own (not canceled)."""
        return self.status in FAILED

    @property
    def ended(self) -> bool:
        """Whether its status will not change but by another deploy. An unknown status has not ended."""
        return self.status in ENDED


@dataclass(frozen=True)
class Event:
    """Something that happened to the service; `details` is Render's own object."""

    id: str
    type: str
    at: datetime | None
    details: Mapping[str, Any]


@dataclass(frozen=True)
class LogLine:
    """One log line with its labels (instance, level, type and others)."""

    id: str
    at: datetime | None
    message: str
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Logs:
    """Log lines, oldest first. `complete` is False when there was more than was read."""

    lines: tuple[LogLine, ...]
    complete: bool


class Render:
    """One Render service seen through the API. Use as a context manager.

    Every call can raise Denied (wrong key), Missing (wrong id), Throttled, Unreachable or Unexpected.
    """

    def __init__(
        self,
        service_id: str,
        key: SecretStr,
        run_id: str,
        *,
        api: str = API,
        patience_s: float = 30.0,
        throttled_s: float | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.service_id = service_id
        self._owner: str | None = None
        self._http = ServiceClient(
            "Render",
            api,
            run_id,
            headers={"Authorization": f"Bearer {key.get_secret_value()}", "Accept": "application/json"},
            patience_s=patience_s,
            throttled_s=throttled_s,
            transport=transport,
            clock=clock,
            sleep=sleep,
        )

    def __enter__(self) -> Render:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the connections."""
        self._http.close()

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every request that was sent."""
        return tuple(self._http.attempts)

    def service(self) -> Service:
        """The service's settings now."""
        raw = self._object(f"services/{self.service_id}")
        details = _part(raw, "serviceDetails")
        commands = _part(details, "envSpecificDetails")
        service = Service(
            id=_text(raw, "id"),
            name=_text(raw, "name"),
            owner_id=_text(raw, "ownerId"),
            type=_text(raw, "type"),
            repo=_text(raw, "repo"),
            branch=_text(raw, "branch"),
            root_dir=_text(raw, "rootDir"),
            auto_deploy=_text(raw, "autoDeployTrigger") or _text(raw, "autoDeploy"),
            suspended=_text(raw, "suspended") == "suspended",
            plan=_text(details, "plan"),
            region=_text(details, "region"),
            runtime=_text(details, "runtime") or _text(details, "env"),
            build_command=_text(commands, "buildCommand"),
            start_command=_text(commands, "startCommand") or _text(commands, "dockerCommand"),
            pre_deploy_command=_text(commands, "preDeployCommand"),
            health_path=_text(details, "healthCheckPath"),
            url=_text(details, "url"),
            dashboard_url=_text(raw, "dashboardUrl"),
            created_at=_time(raw, "createdAt"),
        )
        self._owner = service.owner_id
        return service

    def env_vars(self) -> dict[str, SecretStr]:
        """The variables set on the service itself, not those of linked groups nor Render's own."""
        found = self.listed(f"services/{self.service_id}/env-vars", "envVar")
        return {_text(one, "key"): SecretStr(_text(one, "value")) for one in found}

    def deploys(self, most: int = PAGE, *, created_after: datetime | None = None) -> tuple[Deploy, ...]:
        """Up to `most` deploys of any status, newest first."""
        query = {"createdAfter": _stamp(created_after)} if created_after else {}
        raw = self._pages(f"services/{self.service_id}/deploys", "deploy", query, most)
        earliest = datetime.min.replace(tzinfo=UTC)
        # Render does not promise an order.
        return tuple(sorted(map(_deploy, raw), key=lambda one: one.created_at or earliest, reverse=True))

    def deploy(self, deploy_id: str) -> Deploy:
        """One deploy as it stands now."""
        return _deploy(self._object(f"services/{self.service_id}/deploys/{deploy_id}"))

    def events(self, start: datetime, end: datetime) -> tuple[Event, ...]:
        """What happened to the service in that time, oldest first."""
        query = {"startTime": _stamp(start), "endTime": _stamp(end)}
        found = [
            Event(_text(raw, "id"), _text(raw, "type"), _time(raw, "timestamp"), _part(raw, "details"))
            for raw in self._pages(f"services/{self.service_id}/events", "event", query)
        ]
        return tuple(sorted(found, key=lambda one: one.at or start))

    def logs(
        self,
        start: datetime,
        end: datetime,
        *,
        types: Sequence[str] = (),
        most: int = 5000,
        newest: bool = False,
    ) -> Logs:
        """Log lines from `start` to `end`, of the given types (app, build, request) or all; each once.

        About `most` are read: the first ones of that time, or its `newest`.
        """
        window = {"startTime": _stamp(start), "endTime": _stamp(end)}
        fixed: list[tuple[str, str]] = [
            ("ownerId", self._owner_id()),
            ("resource", self.service_id),
            ("direction", "backward" if newest else "forward"),
            ("limit", str(PAGE)),
            *(("type", one) for one in types),
        ]
        seen: dict[str, LogLine] = {}
        while True:
            page = self._object("logs", [*fixed, *window.items()])
            lines = [_log_line(raw) for raw in page.get("logs") or () if isinstance(raw, dict)]
            # Pages are cut by time, so a line at the border can come twice.
            seen.update({line.id or f"{line.at} {line.message}": line for line in lines})
            following = {"startTime": _text(page, "nextStartTime"), "endTime": _text(page, "nextEndTime")}
            more = bool(page.get("hasMore"))
            if not more or len(seen) >= most or following == window or not all(following.values()):
                return Logs(
                    tuple(sorted(seen.values(), key=lambda line: line.at or start)), complete=not more
                )
            window = following

    def listed(self, path: str, wrapper: str, query: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
        """Every object of a list of the account, page after page; also of the lists that have no pages."""
        return list(self._pages(path, wrapper, query or {}))

    def shown(self, path: str) -> dict[str, Any]:
        """One object of the account."""
        return self._object(path)

    def _owner_id(self) -> str:
        return self._owner or self.service().owner_id

    def _pages(
        self, path: str, wrapper: str, query: Mapping[str, str], most: int | None = None
    ) -> Iterator[Any]:
        """The wrapped objects of a list, page after page, at most `most`."""
        params = {**query, "limit": str(min(PAGE, most or PAGE))}
        count = 0
        while True:
            page = self._json(path, params)
            if not isinstance(page, list):
                raise Unexpected(f"Render answered {path} with something that is no list")
            for element in page:
                if most is not None and count >= most:
                    return
                count += 1
                yield _part(element, wrapper) or element
            cursor = page[-1].get("cursor") if page and isinstance(page[-1], dict) else None
            if not cursor or cursor == params.get("cursor"):
                return
            params["cursor"] = cursor

    def _object(self, path: str, params: Any = None) -> dict[str, Any]:
        found = self._json(path, params)
        if not isinstance(found, dict):
            raise Unexpected(f"Render answered {path} with something that is no object")
        return found

    def _json(self, path: str, params: Any) -> Any:
        answer = self._http.read(path, params=params)
        # The list of snapshots is documented with 201.
        if answer.status_code not in (200, 201):
            raise refusal(
                "Render", answer, message_of(answer), hint=_HINTS.get(answer.status_code, ""),
                request_id=answer.headers.get("Render-Request-Id", ""),
            )  # fmt: skip
        return json_object("Render", answer)


_HINTS = {
    401: "the key is wrong or was revoked: make a new one in the account settings of Render's dashboard, and give it "
    "as GATE_RENDER_KEY",
    403: "the API key's user may not see this service; use the key of a member of its workspace",
    404: "no such service or deploy for this key; check render.service in target.toml and the workspace",
}


def _deploy(raw: dict[str, Any]) -> Deploy:
    commit = _part(raw, "commit")
    return Deploy(
        id=_text(raw, "id"),
        status=_text(raw, "status"),
        commit=_text(commit, "id") or None,
        message=_text(commit, "message"),
        trigger=_text(raw, "trigger"),
        created_at=_time(raw, "createdAt"),
        started_at=_time(raw, "startedAt"),
        finished_at=_time(raw, "finishedAt"),
        updated_at=_time(raw, "updatedAt"),
    )


def _log_line(raw: dict[str, Any]) -> LogLine:
    labels = [one for one in raw.get("labels") or () if isinstance(one, dict)]
    return LogLine(
        _text(raw, "id"),
        _time(raw, "timestamp"),
        _text(raw, "message"),
        {_text(one, "name"): _text(one, "value") for one in labels},
    )


def _part(raw: Any, key: str) -> dict[str, Any]:
    part = raw.get(key) if isinstance(raw, dict) else None
    return part if isinstance(part, dict) else {}


def _text(raw: Any, key: str) -> str:
    value = raw.get(key) if isinstance(raw, dict) else None
    return value if isinstance(value, str) else ""


def _time(raw: dict[str, Any], key: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(_text(raw, key))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _stamp(moment: datetime) -> str:
    """RFC 3339 in UTC, as Render writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
