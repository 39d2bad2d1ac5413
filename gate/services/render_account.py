"""What Render's account says of one service and of what lies around it: asked side by side, each question once.

Facts: Render's OpenAPI document (env-groups, postgres, disks). A question that fails fails alone: its answer
raises what the client raised (Denied, Missing, Throttled, Unreachable or Unexpected).
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, TypeVar

from pydantic import SecretStr

from gate.services.render import Deploy, Render, Service

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class SetOnRender:
    """A variable as the service gets it. `source` is "Render" or "Render's group NAME"."""

    name: str
    secret: SecretStr
    source: str


@dataclass(frozen=True)
class RenderVariables:
    """All that the service gets: its own win over those of its groups.

    `torn` are variables that two groups give different values and the service none: which one wins is not promised.
    """

    found: dict[str, SetOnRender]
    groups: tuple[str, ...] = ()
    torn: tuple[str, ...] = ()


@dataclass(frozen=True)
class DataBackup:
    """How a database can be brought back. `status` is Render's own word for recovery to a point in time.

    `exports` are the times of exports that can be downloaded, newest first; one in the making has no link yet.
    """

    database: str
    status: str
    exports: tuple[datetime, ...]


@dataclass(frozen=True)
class Disk:
    """A disk of the service and the times of its snapshots, newest first."""

    name: str
    snapshots: tuple[datetime, ...]


class RenderAccount:
    """Asks everything at once when made; each property waits for its own answer. Use as a context manager."""

    def __init__(self, render: Render) -> None:
        self._render = render
        self._pool = ThreadPoolExecutor(6, thread_name_prefix="render")
        self._service = self._pool.submit(render.service)
        self._own = self._pool.submit(render.env_vars)
        self._groups = self._pool.submit(render.listed, "env-groups", "envGroup")
        self._deploys = self._pool.submit(render.deploys)
        self._databases = self._pool.submit(render.listed, "postgres", "postgres")
        self._disks = self._pool.submit(render.listed, "disks", "disk", {"serviceId": render.service_id})

    def __enter__(self) -> RenderAccount:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    @property
    def attempts(self) -> str:
        """Every request that was sent, one a line."""
        return "\n".join(map(str, self._render.attempts))

    def service(self) -> Service:
        """The service's settings."""
        return self._service.result()

    def deploys(self) -> tuple[Deploy, ...]:
        """Its newest deploys, newest first."""
        return self._deploys.result()

    def variables(self) -> RenderVariables:
        """Its variables, with those of the groups that are linked to it."""
        return self._variables

    @cached_property
    def _variables(self) -> RenderVariables:
        linked = [one for one in self._groups.result() if self._is_linked(one)]
        groups = self._together(lambda one: self._render.shown(f"env-groups/{one['id']}"), linked)
        found: dict[str, SetOnRender] = {}
        torn: set[str] = set()
        for group in groups:
            for entry in group.get("envVars") or ():
                name, value = str(entry.get("key", "")), str(entry.get("value", ""))
                if name in found and found[name].secret.get_secret_value() != value:
                    torn.add(name)
                source = f"Render's group {group.get('name', '')}"
                found.setdefault(name, SetOnRender(name, SecretStr(value), source))
        own = self._own.result()
        found |= {name: SetOnRender(name, secret, "Render") for name, secret in own.items()}
        names = tuple(str(group.get("name", "")) for group in groups)
        return RenderVariables(found, names, tuple(sorted(torn - set(own))))

    def database_named(self, name: str) -> str:
        """The id of the account's database of that name, or an empty text."""
        return next((str(one.get("id")) for one in self._databases.result() if one.get("name") == name), "")

    def backup(self, database_id: str) -> DataBackup:
        """What a database can be brought back from."""
        recovery = self._pool.submit(self._render.shown, f"postgres/{database_id}/recovery")
        exports = self._pool.submit(self._render.listed, f"postgres/{database_id}/export", "export")
        return DataBackup(
            database_id,
            str(recovery.result().get("recoveryStatus") or ""),
            _newest_first(one.get("createdAt") for one in exports.result() if one.get("url")),
        )

    def disks(self) -> tuple[Disk, ...]:
        """The service's disks."""
        found = [one for one in self._disks.result() if one.get("serviceId") == self._render.service_id]
        lists = self._together(
            lambda one: self._render.listed(f"disks/{one['id']}/snapshots", "snapshot"), found
        )
        return tuple(
            Disk(str(disk.get("name", "")), _newest_first(one.get("createdAt") for one in snapshots))
            for disk, snapshots in zip(found, lists, strict=True)
        )

    def _is_linked(self, group: dict[str, Any]) -> bool:
        links = group.get("serviceLinks") or ()
        return any(isinstance(one, dict) and one.get("id") == self._render.service_id for one in links)

    def _together(self, ask: Callable[[dict[str, Any]], Answer], about: list[dict[str, Any]]) -> list[Answer]:
        asked: list[Future[Answer]] = [self._pool.submit(ask, one) for one in about]
        return [one.result() for one in asked]


def _newest_first(stamps: Any) -> tuple[datetime, ...]:
    times = []
    for stamp in stamps:
        try:
            found = datetime.fromisoformat(str(stamp))
        except ValueError:
            continue
        times.append(found if found.tzinfo else found.replace(tzinfo=UTC))
    return tuple(sorted(times, reverse=True))
