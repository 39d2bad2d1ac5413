"""What the gate's own tests share."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parent.parent

TARGET = """
schema = 1
name = "Mini"
[login]
path = "/login"
user = "User"
password = "Password"
submit = "Sign in"
proof = { heading = "Home" }
[without]
panels = "none"
shipment = "none"
pdf = "none"
mail = "none"
"""
CHECKLIST = """
schema = 1
[[item]]
id = "mini.one"
stages = ["smoke", "postdeploy"]
section = "3.3"
title = "The first thing"
[[item]]
id = "mini.two"
stages = ["smoke", "postdeploy"]
section = "5.3"
title = "The second thing"
[[item]]
id = "mini.early"
stages = ["preflight"]
section = "4"
title = "The early thing"
"""
HEAD = """
import pytest
pytestmark = [pytest.mark.smoke, pytest.mark.postdeploy]
"""
ONE = (
    HEAD
    + """
@pytest.mark.check("mini.one")
def test_one(check):
    check.examined(1, "things")
"""
)
TWO = (
    HEAD
    + """
@pytest.mark.check("mini.two")
def test_two(check):
    check.examined(2, "things")
"""
)
EARLY = """
import pytest
@pytest.mark.preflight
@pytest.mark.check("mini.early")
def test_early(check):
    check.examined(1, "things")
"""
URL = "http://127.0.0.1:9"


def body(code: str, fixtures: str = "check") -> str:
    """The second check with another body."""
    lines = "\n".join(f"    {line}" for line in code.splitlines())
    return HEAD + f'@pytest.mark.check("mini.two")\ndef test_two({fixtures}):\n{lines}\n'


class Suite:
    """A gate of three trivial checks in a folder of its own, run as a user runs it."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester
        self.path = pytester.path
        for name in ("preflight", "smoke", "postdeploy"):
            (self.path / name).mkdir()
        self.write("conftest.py", 'pytest_plugins = ["gate.fixtures", "gate.plugin"]\n')
        self.write(
            "pytest.ini", (ROOT / "pytest.ini").read_text().replace("pythonpath = .", f"pythonpath = {ROOT}")
        )
        self.write("target.toml", TARGET)
        self.write("checklist.toml", CHECKLIST)
        self.write("smoke/test_one.py", ONE)
        self.write("smoke/test_two.py", TWO)
        self.write("preflight/test_early.py", EARLY)

    def write(self, name: str, text: str) -> None:
        """Put a file into the suite."""
        (self.path / name).write_text(text, encoding="utf-8")

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run pytest there, in a process of its own."""
        return self.pytester.runpytest_subprocess(*arguments)

    def smoke(self, *arguments: str) -> pytest.RunResult:
        """The smoke stage, against an address where nothing listens: no check of this suite goes there."""
        return self.run("-m", "smoke", "--base-url", URL, *arguments)

    def verdict(self, stage: str = "smoke") -> dict[str, Any]:
        """The newest verdict.json of a stage."""
        found: dict[str, Any] = json.loads(
            (self.path / "reports" / "latest" / stage / "verdict.json").read_text()
        )
        return found

    def report(self, stage: str = "smoke") -> str:
        """The newest report.html of a stage."""
        return (self.path / "reports" / "latest" / stage / "report.html").read_text(encoding="utf-8")

    def runs(self, stage: str = "smoke") -> list[Path]:
        """Folders of all runs of a stage."""
        return sorted((self.path / "reports" / stage).glob("*"))


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Suite:
    """A suite to break."""
    for name in ("GATE_ENV_FILE", "GATE_COMMIT", "PYTEST_BASE_URL", "PYTEST_ADDOPTS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    return Suite(pytester)


Check = Callable[[], None]
