"""The whole job once, on the embedded staging: preflight, then postdeploy, and what they decided."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from gate import embedded
from gate.cli import commands
from gate.finish import worst

STAGES = ("preflight", "postdeploy")


def demo(root: Path, out: Console) -> int:
    """Run it; returns 0 when both stages said GO, else the worse exit code."""
    began = time.monotonic()
    earlier = {stage: _told(root, stage) for stage in STAGES}
    running = embedded.start(root)
    codes = []
    try:
        for stage, line in zip(STAGES, commands(running.facts), strict=True):
            out.rule(stage, style="dim")
            variable, _, command = line.partition(" ")
            name, _, value = variable.partition("=")
            arguments = [sys.executable, "-m", *command.split(" ")]
            done = subprocess.run(arguments, cwd=root, env={**os.environ, name: value}, check=False)
            codes.append(done.returncode)
    finally:
        running.stop()
    out.rule("both verdicts", style="dim")
    for stage, code in zip(STAGES, codes, strict=True):
        told = _told(root, stage)
        word = told["verdict"] if told and told != earlier[stage] else f"no verdict, exit code {code}"
        out.print(f"{stage:<11} {word:<13} {_latest(root, stage) / 'report.html'}", soft_wrap=True)
    out.print(f"{time.monotonic() - began:.0f} s in all")
    return worst(codes)


def _latest(root: Path, stage: str) -> Path:
    return root / "reports" / "latest" / stage


def _told(root: Path, stage: str) -> dict[str, Any] | None:
    """The newest verdict of a stage, of whichever run."""
    path = _latest(root, stage) / "verdict.json"
    told: dict[str, Any] | None = json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
    return told
