"""Harmless values for an app's variables, with which it can be loaded but reach nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping

from gate.target import Target, Variable

# Nothing listens on port 1, so an app that connects while it loads is told at once, and recognised by it.
NOWHERE = "127.0.0.1:1"

_VALUES = {
    "text": "1",
    "url": f"http://{NOWHERE}",
    "postgres": f"postgresql://stand-in@{NOWHERE}/stand_in",
    "secret": "stand-in-0123456789-abcdefghijklmnopqrstuvwxyz",  # pragma: allowlist secret - reaches nothing
    "guid": "00000000-0000-4000-8000-000000000000",
    "email": "stand-in@example.invalid",
    "sharepoint": f"http://{NOWHERE}/stand-in.xlsx",
    "schema": "stand_in",
}


def stand_ins(declared: Mapping[str, Variable]) -> dict[str, str]:
    """A well-formed value for every required variable; the others are left out."""
    return {
        name: _VALUES[rule.kind].ljust(rule.min_length, "1")
        for name, rule in declared.items()
        if rule.required
    }


def while_loading(target: Target) -> dict[str, str]:
    """The same, with what target.toml itself gives a declared variable of the candidate, such as a folder that exists.

    What it fills in only when the candidate is served (a database, a password) has no value yet.
    """
    own = {
        name: value
        for name, value in target.candidate.env.items()
        if name in target.variables and "{" not in value
    }
    return {**stand_ins(target.variables), **own}


def with_database(target: Target, url: str) -> dict[str, str]:
    """The same, with a database that is there, in its own default schema."""
    real = {"postgres": url, "schema": "public"}
    own = {name: real[rule.kind] for name, rule in target.variables.items() if rule.kind in real}
    return {**while_loading(target), **own}


def stood_in(error: str, target: Target) -> list[str]:
    """The variables whose stand-ins an error quotes: '1' is no folder."""
    return [
        name
        for name, value in stand_ins(target.variables).items()
        if re.search(f"['\"]{re.escape(value)}['\"]", error)
    ]


def reached_for_nowhere(output: str) -> bool:
    """Whether a program's output shows that it tried to connect to a stand-in."""
    return NOWHERE in output or ('"127.0.0.1"' in output and "port 1 " in output)


def missed_in_database(output: str) -> bool:
    """Whether it shows that the program asked an empty database for something that is not in it."""
    return re.search(r"(relation|schema|type|table|function) \S+ does not exist", output) is not None
