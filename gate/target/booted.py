"""How the change itself is started on this machine before the merge."""

from __future__ import annotations

import shlex
from typing import Any

from pydantic import Field, field_validator

from gate.inputs import Input


class Booted(Input):
    """How the change is started on this machine before the merge (`--boot-candidate`, `--query-cost`).

    It gets an empty Postgres of its own, a harmless value for every required variable, and nothing else. Commands are
    split as a shell would, and none is run by one.
    """

    setup: tuple[str, ...] = Field(
        (),
        description="Commands of the app that make tables and data, run in its folder and environment, such as "
        "`flask db upgrade` and `python seed.py`.",
    )
    upgrade: tuple[str, ...] = Field(
        (),
        examples=[["flask db upgrade"]],
        description="Commands of the app that bring a database with data to its version. Where a change touches "
        "migrations, it is started on a database that the base has filled and these have upgraded.",
    )
    start: str | None = Field(
        None,
        examples=["flask run --port {port}"],
        description="The command that serves it at 127.0.0.1:{port}; "
        "default: gunicorn as render.yaml or [render] starts it.",
    )
    env: dict[str, str] = Field(
        {},
        description="Variables of the app for this: `{database}` stands for the address of the empty database, "
        "`{password:ROLE}` for the password that was made up for that role's account. What a declared variable gets "
        "here without either, it also gets where the app is only loaded.",
    )
    accounts: dict[str, str] = Field(
        {}, description="Role, or `negative` = the user that the set-up creates for it."
    )
    doubles: dict[str, str] = Field(
        {},
        description="Outside service = the command, run in the suite's folder, that plays it on this machine: it "
        "prints one line of JSON, the app's variables that lead to it, and ends when its input is closed.",
    )
    cost_factor: float = Field(
        1.5,
        gt=1,
        description="How many times the base's statements and rows a panel of the change may take (`--query-cost`).",
    )

    @field_validator("setup", "upgrade", "start", "doubles")
    @classmethod
    def _are_commands(cls, given: Any) -> Any:
        commands = (
            given.values() if isinstance(given, dict) else (given,) if isinstance(given, str) else given
        )
        for command in commands or ():
            try:
                words = shlex.split(command)
            except ValueError as error:
                raise ValueError(f"{command!r} is no command: {error}") from None
            if not words:
                raise ValueError("an empty command")
        return given
