"""Doubles of outside services, as target.toml names them: programs that play one of them on this machine."""

from __future__ import annotations

import contextlib
import json
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gate.results import Cause, CouldNotTell

READY_S = 30.0


@contextmanager
def playing(commands: Mapping[str, str], folder: Path, home: Path) -> Iterator[dict[str, str]]:
    """Start every double in `folder`; yields the app's variables that lead to them all.

    It gets PATH, LANG and a HOME of its own, and none of the gate's variables: its secrets are no double's business.
    Each prints one line of JSON when it is ready and ends when its input is closed. `python` is the gate's own.
    Raises CouldNotTell naming the one that does not.
    """
    with ExitStack() as stack:
        told: dict[str, str] = {}
        for name, command in commands.items():
            told |= stack.enter_context(_one(name, command, folder, home))
        yield told


@contextmanager
def _one(name: str, command: str, folder: Path, home: Path) -> Iterator[dict[str, str]]:
    words = shlex.split(command)
    if words[0] in ("python", "python3"):
        words[0] = sys.executable
    home.mkdir(exist_ok=True)
    try:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env={
                "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
                "HOME": str(home),
                "LANG": "C.UTF-8",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    except OSError as error:
        raise _not_ready(name, command, error.strerror or str(error)) from None
    assert process.stdin is not None
    assert process.stdout is not None
    impatient = threading.Timer(READY_S, process.kill)
    try:
        impatient.start()
        line = process.stdout.readline()
        impatient.cancel()
        yield _variables(name, command, line)
    finally:
        impatient.cancel()
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _variables(name: str, command: str, line: str) -> dict[str, str]:
    try:
        told = json.loads(line)
    except json.JSONDecodeError:
        said = f"it printed {line.strip()[:120]!r}" if line.strip() else "it ended, or printed nothing"
        raise _not_ready(name, command, said) from None
    if not isinstance(told, dict) or not all(isinstance(value, str) for value in told.values()):
        raise _not_ready(name, command, "what it printed is no object of texts")
    return told


def _not_ready(name: str, command: str, said: str) -> CouldNotTell:
    return CouldNotTell(
        f"a double of {name}: `{command}` prints one line of JSON with the variables that lead to it",
        said,
        f"run it by hand; it stands in target.toml under [candidate.doubles] {name}",
        cause=Cause.CONFIGURATION,
    )
