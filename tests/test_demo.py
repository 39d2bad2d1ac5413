"""The demo says what its two runs said, also where one of them never came to say anything."""

from __future__ import annotations

import io
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from gate import demo


@pytest.mark.parametrize(
    ("codes", "code", "says"),
    [
        ((0, 0), 0, ["GO", "GO"]),
        ((1, 3), 1, ["NO-GO", "INCONCLUSIVE"]),
        ((0, -9), 3, ["GO", "no verdict, exit code -9"]),
        ((4, 0), 4, ["no verdict, exit code 4", "GO"]),
    ],
)
def test_the_worse_of_both_runs_stands(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    codes: tuple[int, int],
    code: int,
    says: list[str],
) -> None:
    words = {0: "GO", 1: "NO-GO", 3: "INCONCLUSIVE"}
    left, said = list(codes), io.StringIO()

    def verdict(stage: str, word: str, run: str) -> None:
        folder = tmp_path / "reports" / "latest" / stage
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "verdict.json").write_text(json.dumps({"verdict": word, "run_id": run}))

    def run(arguments: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        ended = left.pop(0)
        if ended in words:
            verdict(arguments[arguments.index("-m", 3) + 1], words[ended], "this")
        return subprocess.CompletedProcess(arguments, ended)

    for stage in demo.STAGES:
        verdict(stage, "GO", "an earlier one")
    names = (
        "gate_env_file",
        "target",
        "checklist",
        "app_dir",
        "base_ref",
        "release_notes",
        "base_url",
        "commit",
    )
    facts = dict.fromkeys(names, "x")
    monkeypatch.setattr("gate.demo.embedded.start", lambda _: SimpleNamespace(facts=facts, stop=lambda: None))
    monkeypatch.setattr("gate.demo.subprocess.run", run)
    assert demo.demo(tmp_path, Console(file=said, width=200)) == code
    lines = [line for line in said.getvalue().splitlines() if line.startswith(demo.STAGES)]
    assert [line.split(maxsplit=1)[1].partition("  ")[0].split(" /")[0] for line in lines] == says
