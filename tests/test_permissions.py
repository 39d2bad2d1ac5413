"""An environment that allows nothing still gets a verdict from what can be read, and is told what was not proven."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gate.checklist import load_checklist
from tests.conftest import ROOT
from tests.sandbox_runs import Staging, staging

ALLOW = 'allow = ["create", "edit", "cancel", "mail", "sync", "write_probe"]'
WRITES = ("shipments", "pdf", "mail", "sync", "access.writes")
READS = ("target.answers", "commit.live", "login.admin", "panels.open", "shipments.not_found", "logs.run")


@pytest.fixture(scope="module")
def app() -> Iterator[Staging]:
    with staging() as one:
        yield one


def _target(folder: Path, environment: str) -> Path:
    text = (ROOT / "sandbox" / "target.toml").read_text(encoding="utf-8")
    assert text.count(ALLOW) == 1
    file = folder / "target.toml"
    file.write_text(text.replace(ALLOW, environment), encoding="utf-8")
    return file


def _outcomes(verdict: dict[str, Any]) -> dict[str, str]:
    return {check["id"]: check["outcome"] for check in verdict["checks"]}


def test_stated_gaps_leave_a_verdict_of_what_was_read(app: Staging, tmp_path: Path) -> None:
    import datetime as dt

    items = load_checklist(ROOT / "checklist.toml", dt.date.today()).of("postdeploy")
    gaps = [
        item.id
        for item in items
        if item.id.startswith(WRITES) and item.id != "shipments.not_found" and item.severity == "blocker"
    ]
    reasons = ", ".join(f'"{gap}" = "no test data in production"' for gap in gaps)
    verdict = app.judge(tmp_path / "reports", target=_target(tmp_path, f"not_proven = {{ {reasons} }}"))
    assert verdict["verdict"] == "GO", verdict["reason"]
    outcomes = _outcomes(verdict)
    assert {outcomes[one] for one in READS} == {"passed"}
    assert not outcomes.keys() & set(gaps)
    told = [warning for warning in verdict["warnings"] if warning.startswith("not proven")]
    assert len(told) == len(gaps)
    assert all("no test data in production" in warning for warning in told)
    lines = {line["id"]: line for line in verdict["checklist"]}
    assert all(not lines[gap]["applies"] and "no test data" in lines[gap]["why"] for gap in gaps)
    assert app.rows() == []


def test_without_stated_gaps_it_is_inconclusive_and_names_the_key(app: Staging, tmp_path: Path) -> None:
    verdict = app.judge(tmp_path / "reports", target=_target(tmp_path, ""))
    assert (verdict["verdict"], verdict["cause"], verdict["exit_code"]) == (
        "INCONCLUSIVE",
        "configuration",
        3,
    )
    checks = {check["id"]: check for check in verdict["checks"]}
    first = checks[verdict["root_causes"][0]]
    assert "[environments.sandbox] allow" in first["hint"]
    assert "not_proven" in first["hint"]
    assert {checks[one]["outcome"] for one in READS} == {"passed"}
    assert not [check["id"] for check in verdict["checks"] if check["outcome"] == "failed"]
    assert app.rows() == []
