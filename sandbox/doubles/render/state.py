"""What the played account holds: services, variables, deploys with their lives, events, databases, disks."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sandbox.doubles.render.behaviour import RenderBehaviour
from sandbox.doubles.render.config import (
    DatabaseConfig,
    DeploySpec,
    DiskConfig,
    EnvGroupConfig,
    LogSource,
    Owner,
    ServiceConfig,
)
from sandbox.doubles.render.objects import database_object, disk_object, group_object, service_object
from sandbox.doubles.render.wire import not_found


@dataclass
class Deploy:
    """A deploy of a service: the API's object, the statuses still to come, and why it failed if it did."""

    service_id: str
    fields: dict[str, Any]
    script: list[str]
    failure: Mapping[str, Any]
    rollback_of: str | None = None

    @property
    def id(self) -> str:
        return str(self.fields["id"])

    @property
    def status(self) -> str:
        return str(self.fields["status"])


@dataclass(frozen=True)
class Account:
    """What the double was given; the state is built from it, again at every reset."""

    owner: Owner
    services: Sequence[ServiceConfig]
    deploys: Mapping[str, Sequence[DeploySpec]]
    groups: Sequence[EnvGroupConfig]
    databases: Sequence[DatabaseConfig]
    disks: Sequence[DiskConfig]
    logs: LogSource


@dataclass
class RenderState:
    account: Account
    given_behaviour: RenderBehaviour
    clock: Callable[[], float]
    behaviour: RenderBehaviour = field(init=False)
    services: dict[str, dict[str, Any]] = field(init=False)
    env_vars: dict[str, dict[str, str]] = field(init=False)
    groups: dict[str, dict[str, Any]] = field(init=False)
    deploys: dict[str, list[Deploy]] = field(init=False)
    events: dict[str, list[dict[str, Any]]] = field(init=False)
    instances: dict[str, dict[str, str]] = field(init=False)
    databases: dict[str, dict[str, Any]] = field(init=False)
    exports: dict[str, list[dict[str, str]]] = field(init=False)
    disks: dict[str, dict[str, Any]] = field(init=False)
    windows: dict[str, list[float]] = field(init=False)
    throttled: int = field(init=False)
    listed: int = field(init=False)
    first_listed: datetime | None = field(init=False)

    def __post_init__(self) -> None:
        self.restore()

    def restore(self) -> None:
        """Everything but the deploys, which `Deploys` puts back."""
        account = self.account
        self.behaviour = self.given_behaviour
        self.services = {config.id: service_object(config, account.owner) for config in account.services}
        for config in account.disks:
            details = self.services[config.service_id]["serviceDetails"]
            details["disk"] = {
                "id": config.id,
                "name": config.name,
                "sizeGB": config.size_gb,
                "mountPath": config.mount_path,
            }
        self.env_vars = {config.id: dict(config.env_vars) for config in account.services}
        names = {config.id: config.name for config in account.services}
        self.groups = {group.id: group_object(group, account.owner, names) for group in account.groups}
        self.deploys = {config.id: [] for config in account.services}
        self.events = {config.id: [] for config in account.services}
        self.instances = {}
        self.databases = {config.id: database_object(config, account.owner) for config in account.databases}
        self.exports = {config.id: [] for config in account.databases}
        self.disks = {config.id: disk_object(config) for config in account.disks}
        self.windows = {}
        self.throttled = 0
        self.listed = 0
        self.first_listed = None

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)

    def service(self, service_id: str) -> dict[str, Any]:
        """The service's object. Raises RenderError 404."""
        if service_id not in self.services:
            raise not_found(service_id)
        return self.services[service_id]
