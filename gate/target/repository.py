"""The app before it runs: its repository, its variables, its routes, and what Render makes of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator

from gate.inputs import Input


class Repository(Input):
    """The app's repository and the branch it is released from."""

    path: Path = Field(description="Its folder, from this file's folder on.")
    base: str = Field("main", description="The branch that is released.")
    github: str | None = Field(
        None,
        pattern=r"^[\w.-]+/[\w.-]+$",
        description="owner/name on GitHub; default: GITHUB_REPOSITORY, else the address of the remote origin.",
    )
    merges: dict[str, tuple[str, ...]] = Field(
        {"main": ("develop",), "develop": ("feature/*",)},
        description="Branch that changes go into = patterns of the branches that they may come from.",
    )
    approvals: int = Field(1, ge=0, description="How many people besides the author must have approved.")


class Render(Input):
    """The Render service, if the app runs there."""

    service: str = Field(
        pattern=r"^(srv|crn)-[0-9a-z]{20}$",
        description="The service's id: the last part of its address in Render's dashboard.",
    )
    api: str = Field("https://api.render.com/v1", description="Base URL of Render's API.")
    repo: str | None = Field(
        None, description="The repository it must be connected to; default: render.yaml's, else git's origin."
    )
    build_command: str | None = Field(
        None,
        examples=["pip install -r requirements.txt"],
        description="What must build it; default: what render.yaml says.",
    )
    start_command: str | None = Field(
        None, examples=["gunicorn app:app"], description="What must start it; default: what render.yaml says."
    )
    health_path: str | None = Field(
        None, examples=["/healthz"], description="What Render must ask; default: what render.yaml says."
    )
    auto_deploy: Literal["commit", "checksPass", "off"] | None = Field(
        None,
        examples=["commit"],
        description="When it must deploy by itself; default: what render.yaml says.",
    )
    plan: str | None = Field(
        None, examples=["starter"], description="The plan it must have; default: what render.yaml says."
    )
    database: str | None = Field(
        None,
        pattern=r"^dpg-[0-9a-z]+-[a-z]$",
        examples=["dpg-…"],
        description="The id of its database on Render; default: the one that DATABASE_URL or render.yaml names.",
    )
    recovery_elsewhere: str | None = Field(
        None,
        examples=["nightly dumps in the company's own storage"],
        description="How the data is brought back where the database is not Render's own.",
    )
    backup_within_h: float = Field(
        48, gt=0, description="How old the newest export or disk snapshot may be where it is the way back."
    )
    python_version: str | None = Field(
        None,
        examples=["3.11.9"],
        description="The Python it must have; default: what render.yaml or .python-version says.",
    )
    deploy_within_s: float = Field(900, ge=0, description="How long a deploy in progress is waited for.")
    listed_within_s: float = Field(
        30, ge=0, description="How long a deploy may take to show up in Render's list after the merge."
    )


class Version(Input):
    """The app's own statement of the commit it runs."""

    path: str = Field(description="Where it is asked.")
    key: str | None = Field(
        "commit", description="Key of the JSON answer; null: the whole body is the commit."
    )
    reads: int = Field(3, ge=1, description="How many agreeing answers in a row prove it.")
    swap_window_s: float = Field(
        90, ge=0, description="How long old and new instance may both answer after a deploy."
    )


class Variable(Input):
    """What must hold for one variable of the app."""

    required: bool = Field(True, description="False where the app runs without it.")
    required_when: Literal["mail", "sync", "pdf", "database"] | None = Field(
        None,
        examples=["sync"],
        description="Required only where target.toml describes this; instead of `required`.",
    )
    kind: Literal["text", "url", "postgres", "secret", "guid", "email", "sharepoint", "schema"] = Field(
        "text", description="The form that its value must have."
    )
    min_length: int = Field(1, description="The fewest characters.")
    pattern: str | None = Field(
        None,
        examples=[".+@envios\\.example"],
        description="A regular expression that the whole value must match.",
    )
    forbidden: tuple[str, ...] = Field(
        (),
        examples=[["change-me"]],
        description="Values that it must not have, such as the defaults of an example; case does not count.",
    )
    together: str | None = Field(
        None, examples=["graph"], description="All variables of this name are set, or none."
    )
    file: Literal["xlsx", "xls", "csv", "docx", "pdf"] | None = Field(
        None,
        examples=["xlsx"],
        description="The kind of file that a SharePoint link must lead to; default: any file.",
    )
    per_place: bool = Field(
        False,
        description="True where Render rightly has another value than the file or process given to the gate.",
    )

    @field_validator("pattern")
    @classmethod
    def _is_an_expression(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"no regular expression: {error}") from None
        return pattern


class Graph(Input):
    """Names of the app's variables for Microsoft Graph."""

    tenant: str = Field("GRAPH_TENANT_ID", description="The tenant's id.")
    client: str = Field("GRAPH_CLIENT_ID", description="The registration's id.")
    secret: str = Field("GRAPH_CLIENT_SECRET", description="The registration's secret.")
    sender: str = Field("GRAPH_SENDER", description="The mailbox that mail is sent from.")
    login_url: str = Field("GRAPH_LOGIN_URL", description="Where tokens come from.")
    base_url: str = Field("GRAPH_BASE_URL", description="Where Graph is.")


class Start(Input):
    """How the app is installed and started, as on Render."""

    requirements: str = Field("requirements.txt", description="The file that is installed.")
    vulnerability_service: Literal["pypi", "osv"] = Field(
        "pypi",
        description="Who is asked for known vulnerabilities of what is installed: the package index, or OSV.",
    )
    check: tuple[str, ...] = Field(
        (),
        examples=[["gunicorn", "--check-config", "app:app"]],
        description="The command that loads the app without serving it; default: that of render.yaml's "
        "startCommand, of Render, or of [render] start_command, else `gunicorn --check-config app:app`.",
    )


class Routes(Input):
    """Which decorators guard a route in the app's source, and which routes need none."""

    guards: tuple[str, ...] = Field(
        (
            "role_required",
            "roles_required",
            "roles_accepted",
            "login_required",
            "admin_required",
            "permission_required",
            "auth_required",
            "jwt_required",
        ),
        description="Names of the decorators (or functions before every request) that let only some people in.",
    )
    public: dict[str, str] = Field(
        {},
        description="Rule, or method and rule, that needs no guard = why; a rule may end in `*`; the sign-in page "
        "and [access.public] are known already.",
    )
