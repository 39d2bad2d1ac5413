"""The embedded staging as a process: up, broken on purpose, several at once, and gone without a trace."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from gate.settings import read_env_file
from tests.conftest import ROOT

PATIENCE_S = 60


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files that only this sandbox uses, open to the user that Postgres runs as."""
    folder = Path(tempfile.mkdtemp(prefix="sb-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


class Sandbox:
    """`python -m sandbox ...` with its standard input in our hand."""

    def __init__(self, temporary: Path, *arguments: str) -> None:
        self.temporary = temporary
        self.process = subprocess.Popen(
            [sys.executable, "-m", "sandbox", *arguments],
            cwd=ROOT,
            env={"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(Path.home()), "TMPDIR": str(temporary)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def facts(self) -> dict[str, Any]:
        """What it says of itself once it is up."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.end()
        said: dict[str, Any] = json.loads(line)
        return said

    def end(self) -> str:
        """Close its input and wait; what it said on standard error."""
        _, said = self.process.communicate(timeout=PATIENCE_S)
        return said

    def traces(self) -> list[str]:
        """Files and processes that are left of it."""
        left = [str(path) for path in self.temporary.glob("*")]
        for process in Path("/proc").glob("[0-9]*"):
            try:
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                where = str((process / "cwd").readlink())
            except OSError:
                continue
            if str(self.temporary) in f"{command} {where}":
                left.append(f"{process.name}: {command}")
        return left


def test_it_answers_and_holds_the_sample_data(temporary: Path) -> None:
    sandbox = Sandbox(temporary, "up")
    facts = sandbox.facts()
    assert httpx.get(f"{facts['base_url']}/healthz", trust_env=False).text == "ok"
    assert httpx.get(f"{facts['base_url']}/version", trust_env=False).json()["commit"] == facts["commit"]
    variables = read_env_file(Path(facts["gate_env_file"]), "the sandbox's own")
    with psycopg.connect(variables["GATE_DATABASE_URL"]) as connection:
        counted = connection.execute("SELECT count(*), count(DISTINCT numero) FROM envios.envios").fetchone()
    assert counted == (2000, 2000)
    said = sandbox.end()
    assert "sandbox: ready in " in said
    assert sandbox.process.returncode == 0
    assert sandbox.traces() == []


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    "how",
    [pytest.param(signal.SIGTERM, id="SIGTERM"), pytest.param(signal.SIGINT, id="ctrl-C", marks=SLOW)],
)
def test_a_signal_ends_it_without_a_trace(temporary: Path, how: signal.Signals) -> None:
    sandbox = Sandbox(temporary, "up")
    sandbox.facts()
    assert any("postgres" in trace for trace in sandbox.traces())
    assert any("gunicorn" in trace for trace in sandbox.traces())
    sandbox.process.send_signal(how)
    sandbox.process.wait(PATIENCE_S)
    assert sandbox.traces() == []


@pytest.mark.parametrize(
    "reached",
    [pytest.param("starting Postgres", marks=SLOW), "seeding", pytest.param("starting gunicorn", marks=SLOW)],
)
def test_a_signal_while_it_starts_leaves_no_trace(temporary: Path, reached: str) -> None:
    sandbox = Sandbox(temporary, "up")
    assert sandbox.process.stderr is not None
    assert any(reached in line for line in iter(sandbox.process.stderr.readline, ""))
    sandbox.process.send_signal(signal.SIGTERM)
    sandbox.end()
    assert sandbox.traces() == []


def test_two_at_once_do_not_disturb_each_other(temporary: Path) -> None:
    one, other = Sandbox(temporary, "up"), Sandbox(temporary, "up")
    urls = [sandbox.facts()["base_url"] for sandbox in (one, other)]
    assert urls[0] != urls[1]
    one.end()
    assert httpx.get(f"{urls[1]}/healthz", trust_env=False).text == "ok"
    other.end()
    assert other.traces() == []


def test_a_taken_port_is_told(temporary: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        sandbox = Sandbox(temporary, "up", f"--port={port}")
        said = sandbox.end()
    remedy = "name another with --port, or leave it out for a free one"
    assert said.strip().splitlines()[-1] == f"sandbox: port {port} is taken; {remedy}"
    assert "Traceback" not in said
    assert sandbox.process.returncode == 4
    assert sandbox.traces() == []


def test_an_unknown_fault_is_told(temporary: Path) -> None:
    sandbox = Sandbox(temporary, "up", "--fault=no-such-fault")
    said = sandbox.end()
    assert said.startswith("sandbox: no fault named 'no-such-fault'; there are: ")
    assert sandbox.process.returncode == 4
    assert sandbox.traces() == []


def test_the_faults_are_listed_for_programs(temporary: Path) -> None:
    sandbox = Sandbox(temporary, "faults", "--json")
    listed, _ = sandbox.process.communicate(timeout=PATIENCE_S)
    first = json.loads(listed)[0]
    assert set(first) == {"name", "title", "stage", "caught_by", "verdict", "own_s"}
