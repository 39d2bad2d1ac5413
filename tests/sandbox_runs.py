"""A sandbox that stays up for several runs of the gate, for the tests that need one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg.rows import dict_row

from gate import embedded
from gate.settings import read_env_file
from tests.conftest import ROOT

_OWN = ("GATE_", "PYTEST_", "GITHUB_")


@dataclass(frozen=True)
class Staging:
    """A running sandbox, seen from outside."""

    facts: dict[str, Any]

    def command(
        self,
        reports: Path,
        *arguments: str,
        target: Path | None = None,
        commit: Literal["expected", "unknown"] = "expected",
    ) -> list[str]:
        """The postdeploy run of this sandbox."""
        return [
            sys.executable,
            "-m",
            "pytest",
            "-m",
            "postdeploy",
            f"--base-url={self.facts['base_url']}",
            f"--target={target or self.facts['target']}",
            f"--commit={self.facts['commit']}" if commit == "expected" else "--no-commit",
            f"--report-dir={reports}",
            *arguments,
        ]

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a run: the machine's own, none of the gate's but the sandbox's."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(_OWN)}
        return {**own, "GATE_ENV_FILE": self.facts["gate_env_file"]}

    def judge(
        self,
        reports: Path,
        *arguments: str,
        target: Path | None = None,
        commit: Literal["expected", "unknown"] = "expected",
    ) -> dict[str, Any]:
        """Run postdeploy to its end; the verdict."""
        subprocess.run(
            self.command(reports, *arguments, target=target, commit=commit),
            cwd=ROOT,
            env=self.environment,
            check=False,
            capture_output=True,
            timeout=240,
        )
        verdict = json.loads((reports / "latest" / "postdeploy" / "verdict.json").read_text(encoding="utf-8"))
        assert isinstance(verdict, dict)
        return verdict

    def rows(self) -> list[dict[str, Any]]:
        """Number, note and state of everything that any run of the gate ever stored here."""
        variables = read_env_file(Path(self.facts["gate_env_file"]), "the sandbox's own")
        with psycopg.connect(variables["GATE_DATABASE_URL"], row_factory=dict_row) as connection:
            return connection.execute(
                "SELECT numero, observaciones, estado FROM envios.envios WHERE observaciones LIKE '%gate-%'"
            ).fetchall()

    def asked(self) -> int:
        """How many requests the app has answered."""
        return Path(self.facts["log"]).read_bytes().count(b"HTTP/1.1")


@contextmanager
def staging(faults: Sequence[str] = ()) -> Iterator[Staging]:
    """A sandbox of its own, gone afterwards."""
    running = embedded.start(ROOT, faults)
    try:
        yield Staging(running.facts)
    finally:
        running.stop()
