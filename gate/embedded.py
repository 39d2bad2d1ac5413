"""Starting and stopping the embedded staging as a process of its own: `python -m sandbox up`.

It answers with one line of JSON when it is ready, and ends when its standard input closes: also when the process
that started it is killed.
"""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gate.inputs import InputError


@dataclass
class Embedded:
    """A running sandbox. `facts` is what it said: base_url, target, gate_env_file, app_dir, commit and more."""

    process: subprocess.Popen[str]
    facts: dict[str, Any]

    def stop(self) -> None:
        """End it and wait until everything it started is gone."""
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait(10)


def start(
    root: Path, faults: Sequence[str] = (), *, only_repository: bool = False, port: int = 0
) -> Embedded:
    """Start the sandbox of this suite; raises InputError with its own last words when it does not come up."""
    command = [
        sys.executable,
        "-m",
        "sandbox",
        "up",
        *(f"--fault={name}" for name in faults),
        f"--port={port}",
    ]
    if only_repository:
        command.append("--no-app")
    process = subprocess.Popen(
        command,
        cwd=root,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A ctrl-C reaches the whole terminal group: the sandbox must outlive the checks that clean up in it.
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        return Embedded(process, json.loads(process.stdout.readline()))
    except KeyboardInterrupt:
        Embedded(process, {}).stop()
        raise
    except json.JSONDecodeError:
        process.wait(20)
        raise InputError(
            [f"the sandbox did not start (exit {process.returncode}); what it said stands above"]
        ) from None
