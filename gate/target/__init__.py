"""target.toml: the application under test as a person sees it.

Every locator is a visible string or a table that says more; every field separates what is typed, what the app
shows and what it stores. Python outside this file knows no label, path or selector of any app.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator, model_validator

from gate.inputs import Input, InputError, read_toml, validate
from gate.target.booted import Booted
from gate.target.environments import (
    ALLOWED,
    UNLISTED,
    Database,
    Environment,
    Permission,
    how_to_allow,
)
from gate.target.locators import Locator, Proof, Where
from gate.target.logs import Logs
from gate.target.pages import Access, Guard, Login, Panel
from gate.target.records import Cleanup, Edit, Filter, FormField, Invalid, Number, Query, Shipment
from gate.target.repository import Graph, Render, Repository, Routes, Start, Variable, Version
from gate.target.services import Mail, Pdf, Sync, SyncLog

__all__ = [
    "ALLOWED",
    "MISSING",
    "Access",
    "Booted",
    "Cleanup",
    "Database",
    "Edit",
    "Environment",
    "Filter",
    "FormField",
    "Graph",
    "Guard",
    "Invalid",
    "Locator",
    "Login",
    "Logs",
    "Mail",
    "Number",
    "Panel",
    "Pdf",
    "Permission",
    "Proof",
    "Query",
    "Render",
    "Repository",
    "Routes",
    "Shipment",
    "Start",
    "Sync",
    "SyncLog",
    "Target",
    "Variable",
    "Version",
    "Where",
    "can_have",
    "how_to_allow",
    "is_template",
    "load_target",
]


class Target(Input):
    """The whole of target.toml."""

    schema_: Literal[1] = Field(alias="schema", description="The version of this format.")
    name: str = Field(description="The app's name in reports.")
    language: str = Field("es", description="The language that the browser asks for.")
    timezone: str = Field("UTC", description="The time zone that decides which day is today.")
    repository: Repository | None = None
    roles: dict[str, str] = Field(
        {"admin": "GATE_ADMIN"}, description="Role = prefix of its _USER and _PASSWORD variables."
    )
    environments: dict[str, Environment] = {}
    render: Render | None = None
    version: Version | None = None
    login: Login
    access: Access = Access()
    panels: tuple[Panel, ...] = ()
    shipment: Shipment | None = None
    pdf: Pdf | None = None
    mail: Mail | None = None
    sync: Sync | None = None
    logs: Logs = Logs()
    guard: Guard = Guard()
    database: Database | None = None
    variables: dict[str, Variable] = {}
    graph: Graph = Graph()
    start: Start = Start()
    candidate: Booted = Booted()
    routes: Routes = Routes()
    without: dict[str, str] = Field({}, description="Capability = why this app does not have it.")

    @model_validator(mode="before")
    @classmethod
    def _variables_follow_capabilities(cls, data: Any) -> Any:
        """A variable with `required_when` is required exactly where that part is described."""
        variables = data.get("variables") if isinstance(data, dict) else None
        if not isinstance(variables, dict):
            return data
        settled = dict(variables)
        for name, rule in variables.items():
            if isinstance(rule, dict) and "required_when" in rule:
                if "required" in rule:
                    raise ValueError(f"variables.{name} has required and required_when; keep one of them")
                settled[name] = {**rule, "required": bool(data.get(str(rule["required_when"])))}
        return {**data, "variables": settled}

    @field_validator("timezone")
    @classmethod
    def _timezone_exists(cls, name: str) -> str:
        if name not in available_timezones():
            raise ValueError(f"{name!r} is no time zone; use a name such as America/Lima")
        return name

    @model_validator(mode="after")
    def _is_whole(self) -> Target:
        if "admin" not in self.roles:
            raise ValueError("roles needs an entry admin = 'GATE_ADMIN'")
        fields = self.shipment.fields if self.shipment else {}
        if self.mail and self.mail.address and self.mail.address not in fields:
            raise ValueError(f"mail.address names {self.mail.address!r}, which is not one of shipment.fields")
        ids = [panel.id for panel in self.panels]
        if len(set(ids)) < len(ids):
            raise ValueError("two panels have the same id")
        named = {
            *self.access.roles,
            *self.access.foreign,
            *(r for may in self.access.writes.values() for r in may),
        }
        unknown = sorted(named - set(self.lesser_roles))
        if unknown:
            raise ValueError(f"access names {unknown[0]!r}, which is not one of the roles besides the admin")
        self._check_candidate()
        missing = [
            capability
            for capability in ("panels", "shipment", "pdf", "mail")
            if not getattr(self, capability) and not self.without.get(capability)
        ]
        if missing:
            parts = ", ".join(f"[{one}]" for one in missing)
            reasons = ", ".join(f"without.{one} = 'reason'" for one in missing)
            told, they = ("is", "it") if len(missing) == 1 else ("are", "them")
            raise ValueError(
                f"{parts} {told} missing; describe {they}, or say why the app has none: {reasons}"
            )
        return self

    def _check_candidate(self) -> None:
        strangers = sorted(set(self.candidate.accounts) - {*self.roles, "negative"})
        if strangers:
            raise ValueError(
                f"candidate.accounts names {strangers[0]!r}, which is neither a role nor 'negative'"
            )
        wanted = re.findall(r"\{password:([^}]*)\}", "".join(self.candidate.env.values()))
        without = sorted(set(wanted) - set(self.candidate.accounts))
        if without:
            raise ValueError(
                f"candidate.env asks for the password of {without[0]!r}; name its user in candidate.accounts"
            )

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which the app shows dates."""
        return ZoneInfo(self.timezone)

    @property
    def lesser_roles(self) -> tuple[str, ...]:
        """The roles besides the admin."""
        return tuple(role for role in self.roles if role != "admin")

    @property
    def log_source(self) -> bool:
        """Whether the app's logs can be read: at Render, from a file or by a command."""
        return bool(self.render or self.logs.file or self.logs.command) and "logs" not in self.without

    @property
    def csrf(self) -> bool:
        """Whether forms must carry a token against forgery."""
        return "csrf" not in self.without

    @property
    def revocable_sessions(self) -> bool:
        """Whether signing out must end a session on the server as well, not only in the browser."""
        return bool(self.login.logout) and "revocable_sessions" not in self.without

    @property
    def postgres(self) -> bool:
        """Whether the app keeps its data in Postgres."""
        return "postgres" not in self.without

    @property
    def secrets(self) -> bool:
        """Whether variables hold secrets, such as the key that signs sessions."""
        return "secrets" not in self.without

    @property
    def templates(self) -> bool:
        """Whether the app renders pages or documents from templates."""
        return "templates" not in self.without

    @property
    def panel_queries(self) -> bool:
        """Whether there are panels whose figures Postgres adds up."""
        return bool(self.panels) and self.postgres and "panel_queries" not in self.without

    @property
    def db_schema(self) -> bool:
        """Whether a variable names the schema, which an app that uses the default does not need."""
        return any(variable.kind == "schema" for variable in self.variables.values())

    @property
    def sharepoint(self) -> bool:
        """Whether the app reads files through links to SharePoint."""
        return bool(self.sync) or any(variable.kind == "sharepoint" for variable in self.variables.values())

    @property
    def sync_sources(self) -> tuple[str, ...]:
        """The variables that lead to what the sync reads."""
        return tuple(
            name
            for name, variable in self.variables.items()
            if variable.kind == "sharepoint" or variable.required_when == "sync"
        )

    @property
    def graph_workloads(self) -> bool:
        """Whether the app sends mail or reads files through Microsoft Graph."""
        return bool(self.mail or self.sync)

    def has(self, capability: str) -> bool:
        """Whether the target describes this capability, such as "pdf" or "shipment.edit"."""
        part: object = self
        for name in capability.split("."):
            part = getattr(part, name, None)
        return bool(part)

    def environment_of(self, base_url: str | None, name: str | None = None) -> tuple[str, Environment]:
        """The environment by name, else the one that lists the URL, else production with nothing allowed.

        Also by name nothing is allowed at a URL that the environment does not list.
        """
        if name is not None:
            described = self.environments.get(name, Environment())
            return name, described if not base_url or described.lists(base_url) else Environment()
        for known, environment in self.environments.items():
            if base_url and environment.lists(base_url):
                return known, environment
        return UNLISTED, Environment()

    def wrongly_named(self, base_url: str | None, name: str | None) -> str | None:
        """Why a run at this URL may not call itself by this name; None where it may.

        Only a listed URL gets what an environment allows; `production` without a description allows nothing anyway.
        """
        described = self.environments.get(name) if name else None
        if name is None or (described is None and name == "production"):
            return None
        if described is None:
            known = ", ".join(self.environments) or "none"
            return f"--environment {name}: target.toml describes no such environment; known: {known}"
        if base_url and not described.lists(base_url):
            return f"--environment {name}: {name} does not list this URL ({base_url}); add it to urls"
        return None


MISSING = "`python -m gate discover` writes a first one, or name another with --target=FILE"


def can_have(capability: str) -> bool:
    """Whether some target can describe this capability: a name that none can must never read as "absent here"."""
    part = capability.partition(".")[0]
    return part in Target.model_fields or isinstance(getattr(Target, part, None), property)


def is_template(path: Path) -> bool:
    """Whether the file holds no key yet, as the one that comes with the suite."""
    return path.is_file() and not read_toml(path, MISSING)


def load_target(path: Path) -> Target:
    """Read and validate target.toml; raises InputError with every problem at once."""
    data = read_toml(path, MISSING)
    if not data:
        raise InputError([f"{path}: still the empty template; fill it in (docs/target.md), or {MISSING}"])
    return validate(path, data, Target)
