"""What a caller tells the Render double of the account: owner, services, groups, databases, disks, logs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple, TypedDict

_LONG_AGO = datetime(2025, 1, 13, 16, 42, 8, 549212, tzinfo=UTC)


class LogLine(NamedTuple):
    """One line of a service's output. `type` is app, build or request."""

    timestamp: datetime
    text: str
    type: str = "app"
    level: str = "info"


LogSource = Callable[[], Iterable[LogLine]]
"""Asked at every request for logs; returns all lines so far, and keeps the earlier ones as they were."""


@dataclass(frozen=True)
class Owner:
    """A workspace. Ids start with `tea-`, or `usr-` for a personal one."""

    id: str = "tea-d0000000000000000000"
    name: str = "Operaciones"
    email: str = "operaciones@contoso.example"
    type: Literal["team", "user"] = "team"


@dataclass(frozen=True)
class ServiceConfig:
    """A git-backed web service. `url` empty means `https://<name>.onrender.com`."""

    id: str
    name: str
    repo: str
    branch: str = "main"
    build_command: str = "pip install -r requirements.txt"
    start_command: str = "gunicorn app:app"
    pre_deploy_command: str = ""
    health_check_path: str = ""
    plan: str = "starter"
    region: str = "oregon"
    runtime: str = "python"
    root_dir: str = ""
    auto_deploy: Literal["yes", "no"] = "yes"
    suspended: bool = False
    url: str = ""
    env_vars: Mapping[str, str] = field(default_factory=dict, repr=False)
    created_at: datetime = _LONG_AGO


class DeploySpec(TypedDict, total=False):
    """A deploy that the account comes with; every key may be left out.

    `commit` is a SHA, an object as the API has it, or None for an image's deploy. `script` are the statuses
    still to come after `status` (live unless said). `failure` is the reason that the events of a failed
    deploy give, such as {"nonZeroExit": 1}. Without `created_at` the newest is ten minutes old, and each one
    before it a day older.
    """

    id: str
    commit: str | Mapping[str, str] | None
    status: str
    trigger: str
    created_at: datetime
    finished_at: datetime
    script: Sequence[str]
    failure: Mapping[str, Any]


@dataclass(frozen=True)
class EnvGroupConfig:
    """A group of variables linked to services. Ids start with `evg-`."""

    id: str
    name: str
    env_vars: Mapping[str, str] = field(repr=False)
    services: tuple[str, ...]
    created_at: datetime = _LONG_AGO


@dataclass(frozen=True)
class DatabaseConfig:
    """A Postgres of the account. Ids look like `dpg-…-a`. `expires_at` only exists on the free plan."""

    id: str
    name: str
    plan: str = "basic_1gb"
    region: str = "oregon"
    status: str = "available"
    recovery_status: Literal["AVAILABLE", "BACKUP_NOT_READY", "NOT_AVAILABLE"] = "AVAILABLE"
    recovery_starts_at: datetime | None = None
    exports: tuple[datetime, ...] = ()
    expires_at: datetime | None = None
    created_at: datetime = _LONG_AGO


@dataclass(frozen=True)
class DiskConfig:
    """A persistent disk of a service. Ids match `dsk-` and 20 characters; `snapshots` are their times."""

    id: str
    name: str
    service_id: str
    mount_path: str = "/var/data"
    size_gb: int = 10
    snapshots: tuple[datetime, ...] = ()
    created_at: datetime = _LONG_AGO
