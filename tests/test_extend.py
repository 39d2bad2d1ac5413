"""docs/extend.md as written: the check, its line, its fault and the page object, in a copy of the suite."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT

_BLOCK = re.compile(r"`(?P<file>[\w/.-]+\.(?:py|toml))`[^`]*\n\n```\w+\n(?P<text>.*?)```", re.DOTALL)


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    """A copy of the suite with every file that the page says to write."""
    copy = tmp_path / "suite"
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file() and not name.startswith(("tests/", "examples/")):
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)
    (copy / ".cache").symlink_to(ROOT / ".cache")
    blocks = {
        found["file"]: found["text"]
        for found in _BLOCK.finditer((ROOT / "docs/extend.md").read_text("utf-8"))
    }
    assert set(blocks) == {
        "smoke/test_districts.py",
        "checklist.toml",
        "smoke/conftest.py",
        "sandbox/faults/districts-missing.toml",
    }
    for name, text in blocks.items():
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write(f"\n{text}" if name == "checklist.toml" else text)
    return copy


def judge(suite: Path, *arguments: str) -> tuple[dict[str, Any], str]:
    """The verdict and the report of a smoke run of two checks on the sandbox."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GATE_", "PYTEST_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-m", "smoke", "--sandbox", *arguments],
        cwd=suite,
        env=own,
        capture_output=True,
        text=True,
        check=False,
    )
    newest = suite / "reports" / "latest" / "smoke"
    assert newest.is_dir(), done.stdout + done.stderr
    verdict: dict[str, Any] = json.loads((newest / "verdict.json").read_text("utf-8"))
    return verdict, (newest / "report.html").read_text("utf-8")


@pytest.mark.slow
def test_a_check_and_a_page_object_of_one_s_own(suite: Path) -> None:
    verdict, report = judge(suite, "-k", "districts or as_typed or equals_what_was_typed")
    outcomes = {check["id"]: check["outcome"] for check in verdict["checks"]}
    assert outcomes["shipments.districts"] == outcomes["shipments.query"] == "passed"
    assert "by a double click" in report
    verdict, _ = judge(suite, "--fault", "districts-missing", "-k", "districts")
    assert verdict["verdict"] == "NO-GO"
    assert verdict["root_causes"][0] == "shipments.districts"
