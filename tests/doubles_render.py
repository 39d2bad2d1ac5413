"""A small account for the tests of the Render double, and a client whose every answer is validated."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from sandbox.doubles.render import (
    DatabaseConfig,
    DeploySpec,
    DiskConfig,
    EnvGroupConfig,
    LogLine,
    Owner,
    RenderBehaviour,
    RenderDouble,
    ServiceConfig,
)
from tests import doubles_openapi
from tests.doubles_client import in_process
from tests.doubles_graph import ManualClock

KEY = "rnd_not-a-key"
SERVICE = "srv-d0000000000000000001"
OTHER_SERVICE = "srv-d0000000000000000002"
OWNER = Owner()
GROUP = "evg-d0000000000000000001"
DATABASE = "dpg-d0000000000000000001-a"
FREE_DATABASE = "dpg-d0000000000000000002-a"
DISK = "dsk-d0000000000000000001"
OLD, NEW = "a" * 40, "b" * 40
NOW = datetime(2025, 11, 24, 16, 0, tzinfo=UTC)
VARIABLES = {f"VARIABLE_{number:02d}": f"value {number}" for number in range(23, 0, -1)}


def _services() -> list[ServiceConfig]:
    return [
        ServiceConfig(
            id=SERVICE,
            name="envios",
            repo="https://github.com/contoso-example/envios",
            health_check_path="/healthz",
            pre_deploy_command="flask db upgrade",
            env_vars=VARIABLES,
        ),
        ServiceConfig(
            id=OTHER_SERVICE,
            name="reportes",
            repo="https://github.com/contoso-example/reportes",
            suspended=True,
            region="frankfurt",
        ),
    ]


def _deploys() -> dict[str, Sequence[DeploySpec]]:
    return {SERVICE: [{"commit": OLD}, {"commit": "c" * 40, "status": "build_failed"}, {"commit": NEW}]}


@dataclass
class RenderAccount:
    """The double and a client that holds its key. Pass `deploys` to begin with others."""

    behaviour: RenderBehaviour = field(default_factory=RenderBehaviour)
    deploys: Mapping[str, Sequence[DeploySpec]] = field(default_factory=_deploys)
    lines: list[LogLine] = field(default_factory=list)
    clock: ManualClock = field(default_factory=ManualClock)

    def __post_init__(self) -> None:
        self.double = RenderDouble(
            api_key=KEY,
            services=_services(),
            deploys=self.deploys,
            owner=OWNER,
            env_groups=[EnvGroupConfig(GROUP, "comunes", {"TZ": "America/Lima"}, (SERVICE,))],
            databases=[
                DatabaseConfig(DATABASE, "envios-db", exports=(NOW - timedelta(days=2),)),
                DatabaseConfig(FREE_DATABASE, "libre", plan="free", recovery_status="NOT_AVAILABLE"),
            ],
            disks=[DiskConfig(DISK, "adjuntos", SERVICE, snapshots=(NOW - timedelta(hours=9),))],
            logs=lambda: list(self.lines),
            behaviour=self.behaviour,
            clock=self.clock,
        )
        self.client = in_process(self.double.app)
        self.client.headers["Authorization"] = f"Bearer {KEY}"

    def call(self, method: str, path: str, **options: Any) -> httpx.Response:
        """An answer that Render's document describes, where a copy of the document is at hand."""
        response = self.client.request(method, f"/v1{path}", **options)
        doubles_openapi.check(response)
        assert {"ratelimit-limit", "ratelimit-remaining", "ratelimit-reset"} <= response.headers.keys()
        return response

    def get(self, path: str, **params: Any) -> Any:
        response = self.call("GET", path, params=params)
        assert response.is_success, response.text
        return response.json()

    def statuses(self, service_id: str = SERVICE) -> list[str]:
        """As they stand, without showing them."""
        return [deploy.status for deploy in self.double.state.deploys[service_id]]

    def newest(self, **params: Any) -> Any:
        return self.get(f"/services/{SERVICE}/deploys", limit=1, **params)[0]["deploy"]


def minutes_ago(minutes: float) -> datetime:
    return NOW - timedelta(minutes=minutes)
