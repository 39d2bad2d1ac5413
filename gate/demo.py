"""The whole job once, on the embedded staging: preflight, then postdeploy, and what they decided."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console

from gate import embedded
from gate.cli import commands

STAGES = ("preflight", "postdeploy")


def demo(root: Path, out: Console) -> int:
    """Run it; returns 0 when both stages said GO, else the worse exit code."""
    began = time.monotonic()
    running = embedded.start(root)
    code = 0
    try:
        for stage, line in zip(STAGES, commands(running.facts), strict=True):
            out.rule(stage, style="dim")
            variable, _, command = line.partition(" ")
            name, _, value = variable.partition("=")
            arguments = [sys.executable, "-m", *command.split(" ")]
            done = subprocess.run(arguments, cwd=root, env={**os.environ, name: value}, check=False)
            code = max(code, done.returncode)
    finally:
        running.stop()
    out.rule("both verdicts", style="dim")
    for stage in STAGES:
        report = root / "reports" / "latest" / stage
        verdict = json.loads((report / "verdict.json").read_text(encoding="utf-8"))
        out.print(f"{stage:<11} {verdict['verdict']:<13} {report / 'report.html'}", soft_wrap=True)
    out.print(f"{time.monotonic() - began:.0f} s in all")
    return code
