"""The same verdict where nothing of Render and Graph can be asked: mail over IMAP, logs from a file or a command."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import staging as embedded
from sandbox.doubles.imap import ImapDouble
from sandbox.faults import Fault
from tests.sandbox_runs import Staging

pytestmark = pytest.mark.slow

WITHOUT_RENDER = "render = 'it runs on a server of our own', "


@pytest.fixture(scope="module")
def app() -> Iterator[Staging]:
    with embedded.staging(
        [Fault("over-imap", "no fault at all", "postdeploy", "none", imap="well")]
    ) as facts:
        yield Staging(facts)


def _target(app: Staging, folder: Path, logs: str, *, render: bool, version: bool = True) -> Path:
    """The staging's description with another source of logs, and without what is not to be asked."""
    text = Path(app.facts["target"]).read_text(encoding="utf-8")
    text = text.replace("\n[logs]\n", f"\n[logs]\n{logs}\n")
    if not render:
        text = re.sub(r"\n\[render\]\n.*?\n\n", "\n", text, flags=re.DOTALL)
        text = text.replace("without = { ", f"without = {{ {WITHOUT_RENDER}")
    if not version:
        text = re.sub(r"\n\[version\]\n.*?\n\n", "\n", text, flags=re.DOTALL)
    file = folder / "target.toml"
    file.write_text(text, encoding="utf-8")
    return file


def _checks(verdict: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {check["id"]: check for check in verdict["checks"]}


def test_logs_of_a_file_and_mail_over_imap(app: Staging, tmp_path: Path) -> None:
    target = _target(app, tmp_path, f"file = '{app.facts['log']}'", render=True)
    verdict = app.judge(tmp_path / "reports", target=target)
    assert verdict["verdict"] == "GO", verdict["reason"]
    checks = _checks(verdict)
    assert {checks[one]["outcome"] for one in ("logs.boot", "logs.run", "mail.arrived")} == {"passed"}
    assert all(checks[one]["examined"] > 0 for one in ("logs.boot", "logs.run"))
    assert verdict["leftovers"] == []
    assert _mails(app) == 0


def test_logs_of_a_command_and_the_commit_from_the_app_alone(app: Staging, tmp_path: Path) -> None:
    logs = f"command = ['{sys.executable}', '-c', 'print(open(r\"{app.facts['log']}\").read())', '{{since}}']"
    target = _target(app, tmp_path, logs, render=False)
    verdict = app.judge(tmp_path / "reports", target=target)
    assert verdict["verdict"] == "GO", verdict["reason"]
    checks = _checks(verdict)
    assert {checks[one]["outcome"] for one in ("logs.boot", "logs.run", "commit.live")} == {"passed"}
    assert verdict["commit"]["live"] == verdict["commit"]["expected"] == app.facts["commit"]


def test_nobody_who_tells_the_commit_is_a_stated_weakness(app: Staging, tmp_path: Path) -> None:
    target = _target(app, tmp_path, f"file = '{app.facts['log']}'", render=False, version=False)
    verdict = app.judge(tmp_path / "reports", target=target, commit="unknown")
    assert verdict["verdict"] == "GO", verdict["reason"]
    assert verdict["commit"]["live"] is None
    assert "--no-commit: which commit is live was not proven" in verdict["warnings"]
    lines = {line["id"]: line for line in verdict["checklist"]}
    for item in ("commit.live", "commit.unchanged"):
        assert (lines[item]["applies"], lines[item]["why"]) == (
            False,
            "does not apply: --no-commit was given",
        )


def _mails(app: Staging) -> int:
    """How many mails the test mailbox holds."""
    text = Path(app.facts["gate_env_file"]).read_text(encoding="utf-8")
    url, user, password = (
        re.findall(rf"^GATE_IMAP_{name}=(.*)$", text, re.MULTILINE)[0] for name in ("URL", "USER", "PASSWORD")
    )
    with ImapDouble(url, user, password).signed_in() as client:
        return int(client.select("INBOX", readonly=True)[1][0] or b"0")
