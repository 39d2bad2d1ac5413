"""One version of the app, started as Render would start it: its own environment, database, set-up and server."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from gate.booted.ports import listens, taken
from gate.booted.postgres import Server
from gate.repo.candidate import Candidate
from gate.repo.environment import CleanEnvironment
from gate.repo.last_words import advice, last_error
from gate.repo.processes import Ran
from gate.repo.stand_ins import stand_ins
from gate.repo.start_command import serving, start_command
from gate.results import Cause, CouldNotTell, Failed
from gate.services.reach import ask
from gate.target import Target

SETUP_S = 120.0
READY_S = 60.0
ATTEMPTS, PAUSE_S = 3, 1.0


@dataclass(frozen=True)
class Side:
    """What is started: `source` are its files, `log` gets what it prints, `held` keeps the port where it serves.

    `agent` is the User-Agent of who asks whether it serves.
    """

    name: str
    source: Path
    environment: CleanEnvironment
    home: Path
    log: Path
    held: socket.socket
    port: int
    url: str
    agent: str

    def say(self, text: str) -> None:
        """Add to its log."""
        with self.log.open("a", encoding="utf-8") as log:
            log.write(text if text.endswith("\n") or not text else f"{text}\n")

    def printed(self, since: int) -> str:
        """What stands in its log from a byte on."""
        return self.log.read_bytes()[since:].decode("utf-8", "replace")


@dataclass(frozen=True)
class Given:
    """What every side of a run gets: the variables that the doubles `told`, and the `passwords` of its accounts."""

    told: Mapping[str, str]
    passwords: Mapping[str, str]


def variables(target: Target, database: str, given: Given, port: int) -> dict[str, str]:
    """The app's variables here: stand-ins, the empty database, what the doubles told, what target.toml says.

    Nothing comes from the gate's own environment, and nothing from a .env file.
    """
    by_kind = {"postgres": database, "schema": "public"}
    known = {name: by_kind[rule.kind] for name, rule in target.variables.items() if rule.kind in by_kind}

    def filled(found: re.Match[str]) -> str:
        return database if found[1] == "database" else given.passwords[found[2]]

    own = {
        name: re.sub(r"\{(database|password:([^}]+))\}", filled, value)
        for name, value in target.candidate.env.items()
    }
    return {**stand_ins(target.variables), **known, **given.told, "PORT": str(port), **own}


def set_up(side: Side, target: Target, server: Server, given: Given) -> str:
    """A database of the side's name, filled by its own commands; the URL of its owner, without a port.

    Raises Failed where a command of the app fails, CouldNotTell where target.toml's description does not fit.
    """
    database = server.create_database(side.name)
    env = variables(target, database, given, side.port)
    for command in target.candidate.setup:
        run(command, "sets up an empty database", side, env)
    return database


@contextmanager
def served(side: Side, target: Target, candidate: Candidate, database: str, given: Given) -> Iterator[None]:
    """Serve one side on a database that is set up, until the block ends. Raises as `set_up` does."""
    env = variables(target, database, given, side.port)
    words = _start_words(target, candidate, side.port)
    with ExitStack() as stack:
        for attempt in range(1, ATTEMPTS + 1):
            began = side.log.stat().st_size if side.log.exists() else 0
            side.say(f"$ {' '.join(words)}  (attempt {attempt})")
            side.held.close()
            process = stack.enter_context(_running(words, side, env))
            if _answers(process, side, target.login.path):
                break
            said = side.printed(began)
            if not taken(said):
                raise _does_not_serve(process, side, " ".join(words), said)
            time.sleep(PAUSE_S)
        else:
            raise CouldNotTell(
                f"port {side.port} of this machine, which was free when the run began",
                f"another program has it, {ATTEMPTS} times asked",
                "run the gate again",
            )
        yield


def run(command: str, does: str, side: Side, env: Mapping[str, str]) -> None:
    """Run a command of the app, which `does` something; raises as `set_up` does."""
    expected = f"`{command}` {does}"
    side.say(f"$ {command}")
    try:
        ran = side.environment.run(shlex.split(command), side.source, side.home, env, SETUP_S)
    except FileNotFoundError:
        raise _undescribed(
            expected, f"there is no {shlex.split(command)[0]} in the app's environment"
        ) from None
    side.say(ran.output)
    if ran.code is None:
        raise Failed(expected, f"not done after {SETUP_S:.0f} s", "what does it wait for?")
    if not ran.ok:
        raise Failed(expected, last_error(ran, side.source), advice(ran.output, side.source))


def _start_words(target: Target, candidate: Candidate, port: int) -> tuple[str, ...]:
    told = target.candidate.start
    if told:
        return tuple(shlex.split(told.replace("{port}", str(port))))
    found = start_command(candidate, target)
    if found.check[0] != "gunicorn":
        raise _undescribed(
            "a command that serves the app",
            f"{found.source} is `{' '.join(found.check)}`, which only loads it",
        )
    return serving(found.check, port)


@contextmanager
def _running(words: tuple[str, ...], side: Side, env: Mapping[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    command, cwd, variables = side.environment.started_as(words, side.source, side.home, env)
    with side.log.open("ab") as log:
        try:
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env={**variables, "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise _undescribed(f"`{' '.join(words)}` serves the app", str(error.strerror)) from None
    try:
        yield process
    finally:
        # At once, with its workers and what the app itself started: nothing of it is kept.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _answers(process: subprocess.Popen[bytes], side: Side, path: str) -> bool:
    """Whether it answers in time. Any HTTP answer is one: what it says is for the journeys to judge."""
    end = time.monotonic() + READY_S
    while time.monotonic() < end and process.poll() is None:
        if listens(process.pid, side.port):
            with contextlib.suppress(httpx.TransportError):
                ask(f"{side.url}{path}", side.agent, READY_S)
                return True
        time.sleep(0.05)
    return False


def _does_not_serve(process: subprocess.Popen[bytes], side: Side, command: str, said: str) -> Failed:
    expected = f"`{command}` answers on this machine"
    if process.poll() is None:
        return Failed(
            expected, f"no answer within {READY_S:.0f} s", "what does the app wait for when it starts?"
        )
    return Failed(expected, last_error(Ran(process.returncode, said), side.source), advice(said, side.source))


def _undescribed(expected: str, observed: str) -> CouldNotTell:
    return CouldNotTell(
        expected,
        observed,
        "say under [candidate] of target.toml how the app is set up and started (docs/target.md)",
        cause=Cause.CONFIGURATION,
    )
