"""What the app's log must hold, what it must not, and where it is read."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import Field, field_validator, model_validator

from gate.inputs import Input


class Logs(Input):
    """What the boot logs must not and must hold, as regular expressions."""

    forbidden: tuple[str, ...] = Field(
        (
            r"DATABASE_URL no está definido",
            r"Traceback \(most recent call last\)",
            r"WORKER TIMEOUT",
            r"Out of memory|OOM|SIGKILL! Perhaps out of memory",
            r"Worker failed to boot",
            r"Worker \(pid:\s?\d+\) exited with code [1-9]",
        ),
        description="What no line may match.",
    )
    required: tuple[str, ...] = Field((r"Listening at: ",), description="What one line each must match.")
    within_s: float = Field(30, ge=0, description="How long a required line is waited for: logs arrive late.")
    ignore: tuple[str, ...] = Field(
        (), examples=[["DeprecationWarning"]], description="What makes a line harmless."
    )
    begins: str = Field(
        r"Listening at: |Running on http", description="The line that a server writes once as it starts."
    )
    boots: str = Field(
        r"Booting worker with pid",
        description="The line of each worker; after settles_within_s it is a restart.",
    )
    settles_within_s: float = Field(
        10, ge=0, description="How long the workers of a start may take to come up."
    )
    late_s: float = Field(
        8,
        ge=0,
        description="How late a line may show up: so long the line of the run's last request is waited for.",
    )
    file: Path | None = Field(
        None,
        examples=["/var/log/envios.log"],
        description="The app's log file, where Render does not keep the logs.",
    )
    command: tuple[str, ...] = Field(
        (),
        examples=[["journalctl", "-u", "envios", "--since", "{since}"]],
        description="A command that prints the log, where Render does not keep it; {since} stands for a time in UTC, "
        "such as ['journalctl', '-u', 'envios', '-o', 'cat', '--since', '{since}'].",
    )

    @field_validator("forbidden", "required", "ignore")
    @classmethod
    def _are_expressions(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            _is_expression(pattern)
        return patterns

    @field_validator("begins", "boots")
    @classmethod
    def _is_an_expression(cls, pattern: str) -> str:
        _is_expression(pattern)
        return pattern

    @model_validator(mode="after")
    def _one_source(self) -> Logs:
        if self.file and self.command:
            raise ValueError("give file or command, not both")
        if self.command and not any("{since}" in part for part in self.command):
            raise ValueError("command needs {since} where it is told from when on to print")
        return self


def _is_expression(pattern: str) -> None:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
