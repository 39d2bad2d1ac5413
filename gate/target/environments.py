"""The places where the app runs, and what may be done in each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args
from urllib.parse import unquote, urlsplit

from pydantic import Field, field_validator, model_validator

from gate.inputs import Input

Permission = Literal["create", "edit", "cancel", "mail", "sync", "write_probe"]
ALLOWED = get_args(Permission)
# What an address is taken for that no environment lists.
UNLISTED = "production"


class Environment(Input):
    """One place where the target runs, and what may be done there."""

    urls: tuple[str, ...] = Field(
        (),
        description="Its addresses, each with all that lies below its path; on this machine the port may be `*`. "
        "An address listed nowhere is production.",
    )
    allow: tuple[Permission, ...] = Field(
        (), description="What the gate may do here; nothing that is not named."
    )
    mail_to: tuple[str, ...] = Field((), description="The only addresses that mail may go to.")
    not_proven: dict[str, str] = Field(
        {},
        examples=[{"mail.arrived": "the test mailbox exists on the staging only"}],
        description="Check = the reason why it cannot be proven here: GO then states the gap.",
    )
    wakes_within_s: float = Field(
        15, gt=0, description="How long the first answer is waited for; 90 where a free plan stops idle apps."
    )

    def lists(self, base_url: str) -> bool:
        """Whether the URL is one of its addresses, or lies below one."""
        return any(covers(url, base_url) for url in self.urls)

    @model_validator(mode="after")
    def _puts_away_what_it_creates(self) -> Environment:
        if "create" in self.allow and "cancel" not in self.allow:
            raise ValueError(
                "allow has create without cancel: what is created could not be put away; add cancel"
            )
        return self

    @field_validator("urls")
    @classmethod
    def _are_urls(cls, urls: tuple[str, ...]) -> tuple[str, ...]:
        for url in urls:
            parts = urlsplit(url.replace("*", "0"))
            if parts.scheme not in ("http", "https") or not parts.hostname:
                raise ValueError(f"{url!r} is not an http(s) URL")
        return urls


class Database(Input):
    """The second witness for a record: the row in Postgres, read through GATE_DATABASE_URL."""

    table: str = Field(description="The table's name, with its schema where that is not the default.")
    number: str = Field(description="The column that holds the record's number.")
    schema_name: str | None = Field(
        None, alias="schema", description="The schema it must stand in; default: where the role finds it."
    )


def how_to_allow(kind: str, environments: Mapping[str, Environment], name: str, url: str | None) -> str:
    """What to write into target.toml where the environment `name`, which the run at `url` got, forbids `kind`."""
    listed = [one for environment in environments.values() for one in environment.urls]
    if name != UNLISTED or not url or any(covers(one, url) for one in listed):
        return (
            f"add {kind!r} to [environments.{name}] allow, or name the check in its not_proven with a reason"
        )
    known = [f"[environments.{one}]" for one, has in environments.items() if has.urls and one != UNLISTED]
    return (
        f"no environment of target.toml lists {url}, so it is production, where nothing is written; "
        f"add it to urls of {' or '.join(known) or 'an [environments.NAME]'}"
    )


def covers(pattern: str, url: str) -> bool:
    """Whether a listed URL is this one, or leads to it: a listed path covers what lies below it.

    Only a port may be a `*`, and only on this machine.
    """
    listed, asked = urlsplit(pattern.replace(":*", ":0")), urlsplit(url)
    same_host = (listed.scheme, listed.hostname) == (asked.scheme, asked.hostname)
    any_port = ":*" in pattern and asked.hostname in ("127.0.0.1", "localhost", "::1")
    below = f"{asked.path.rstrip('/')}/".startswith(f"{listed.path.rstrip('/')}/")
    # Browsers take %2e for a dot and \\ for a slash, and then go up.
    climbs = "\\" in unquote(asked.path) or ".." in unquote(asked.path).split("/")
    return same_host and (any_port or listed.port == asked.port) and below and not climbs
