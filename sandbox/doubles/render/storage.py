"""The routes of databases and disks: what there is to go back to."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.doubles.render.config import DatabaseConfig
from sandbox.doubles.render.state import RenderState
from sandbox.doubles.render.wire import (
    RenderError,
    answer,
    json_body,
    listed,
    many,
    moment,
    new_id,
    not_found,
    stamp,
    within,
)

_SNAPSHOT_KEY_LIFETIME = timedelta(hours=24)
_LEAST_AGE = timedelta(minutes=10)
_DETAIL_ONLY = ("project",)


class Storage:
    def __init__(self, state: RenderState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        database = "/v1/postgres/{postgres_id}"
        return [
            Route("/v1/postgres", self.list_databases, methods=["GET"]),
            Route(database, self.show_database, methods=["GET"]),
            Route(database + "/recovery", self.show_recovery, methods=["GET"]),
            Route(database + "/recovery", self.recover, methods=["POST"]),
            Route(database + "/export", self.list_exports, methods=["GET"]),
            Route(database + "/export", self.export, methods=["POST"]),
            Route("/v1/disks", self.list_disks, methods=["GET"]),
            Route("/v1/disks/{disk_id}", self.show_disk, methods=["GET"]),
            Route("/v1/disks/{disk_id}/snapshots", self.list_snapshots, methods=["GET"]),
        ]

    async def list_databases(self, request: Request) -> Response:
        databases = list(self._state.databases.values())
        found = _named(request, databases, ("name", "region", "suspended"))
        plain = [{k: v for k, v in item.items() if k not in _DETAIL_ONLY} for item in found]
        return answer(listed(request, self._state.behaviour, "postgres", plain))

    async def show_database(self, request: Request) -> Response:
        return answer(self._database(request))

    async def show_recovery(self, request: Request) -> Response:
        config = self._config(request)
        info: dict[str, str] = {"recoveryStatus": config.recovery_status}
        if config.recovery_starts_at is not None:
            info["startsAt"] = stamp(config.recovery_starts_at)
        return answer(info)

    async def recover(self, request: Request) -> Response:
        """A new database from the old one's past; the old one stays as it is."""
        config, database = self._config(request), self._database(request)
        body = await json_body(request)
        if "restoreTime" not in body:
            raise RenderError(400, "restoreTime is required")
        if config.recovery_status != "AVAILABLE":
            raise RenderError(400, "point-in-time recovery is not available")
        if moment(str(body["restoreTime"]), "restoreTime") > self._state.now() - _LEAST_AGE:
            raise RenderError(400, "restoreTime must be at least 10 minutes in the past")
        now = stamp(self._state.now())
        recovered = {
            **database,
            "id": new_id("dpg") + "-a",
            "name": body.get("restoreName", f"{config.name}-recovery"),
            "status": "recovery_in_progress",
            "createdAt": now,
            "updatedAt": now,
        }
        self._state.databases[recovered["id"]] = recovered
        return answer(recovered)

    async def list_exports(self, request: Request) -> Response:
        """The exports. One that was just asked for shows first without, then with its download link."""
        database = self._database(request)
        exports = self._state.exports.setdefault(database["id"], [])
        shown = [dict(item) for item in exports]
        for item in exports:
            item.setdefault("url", _export_url(item["id"]))
        return answer([*shown, *_given_exports(self._state.account.databases, database["id"])])

    async def export(self, request: Request) -> Response:
        database = self._database(request)
        if database["plan"] == "free":
            raise RenderError(400, "exports are not available on the free plan")
        entry = {"id": new_id("exp"), "createdAt": stamp(self._state.now())}
        self._state.exports.setdefault(database["id"], []).insert(0, entry)
        return Response(status_code=202)

    async def list_disks(self, request: Request) -> Response:
        disks = _named(request, list(self._state.disks.values()), ("name", "serviceId"))
        wanted = many(request, "diskId")
        found = [disk for disk in disks if not wanted or disk["id"] in wanted]
        return answer(listed(request, self._state.behaviour, "disk", found))

    async def show_disk(self, request: Request) -> Response:
        return answer(self._disk(request))

    async def list_snapshots(self, request: Request) -> Response:
        disk = self._disk(request)
        config = next(item for item in self._state.account.disks if item.id == disk["id"])
        instance = self._state.instances.get(disk["serviceId"], {}).get("id", "")
        snapshots = [
            {
                "createdAt": stamp(at),
                "snapshotKey": self._snapshot_key(disk["id"], at),
                "instanceId": instance,
            }
            for at in sorted(config.snapshots, reverse=True)
        ]
        return answer(snapshots, self._state.behaviour.snapshots_status)

    def _snapshot_key(self, disk_id: str, at: datetime) -> str:
        """A key that is another one a day later, as keys expire."""
        day = int(self._state.now().timestamp() // _SNAPSHOT_KEY_LIFETIME.total_seconds())
        return f"{disk_id}:{int(at.timestamp())}:{day}"

    def _database(self, request: Request) -> dict[str, Any]:
        database = self._state.databases.get(request.path_params["postgres_id"])
        if database is None:
            raise not_found(request.path_params["postgres_id"])
        return database

    def _config(self, request: Request) -> DatabaseConfig:
        for config in self._state.account.databases:
            if config.id == request.path_params["postgres_id"]:
                return config
        raise not_found(request.path_params["postgres_id"])

    def _disk(self, request: Request) -> dict[str, Any]:
        disk = self._state.disks.get(request.path_params["disk_id"])
        if disk is None:
            raise not_found(request.path_params["disk_id"])
        return disk


def _named(
    request: Request, items: Sequence[Mapping[str, Any]], names: Sequence[str]
) -> list[Mapping[str, Any]]:
    found = within(request, items, "created", "updated")
    for name in names:
        wanted = many(request, name)
        found = [item for item in found if not wanted or item[name] in wanted]
    return found


def _given_exports(configs: Sequence[DatabaseConfig], database_id: str) -> list[dict[str, str]]:
    times = [at for config in configs if config.id == database_id for at in config.exports]
    exports = []
    for at in sorted(times, reverse=True):
        identity = f"exp-{int(at.timestamp()):020d}"
        exports.append({"id": identity, "createdAt": stamp(at), "url": _export_url(identity)})
    return exports


def _export_url(identity: str) -> str:
    return f"https://exports.invalid/{identity}.dir.tar.gz"
