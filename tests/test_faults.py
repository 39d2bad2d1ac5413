"""Every fault of the staging: it applies, it has an owner, every check has one, and its owner names it first."""

from __future__ import annotations

import datetime as dt
import html
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import pytest

from gate import drill
from gate.checklist import load_checklist
from gate.drill.runs import Runs
from gate.inputs import InputError
from gate.target import load_target
from sandbox.faults import Edit, Fault, all_faults, environment
from tests.conftest import ROOT

APP = ROOT / "sandbox" / "app"
# What of the suite lies in the app's repository.
INPUTS = {
    "release-gate/checklist.toml": ROOT / "checklist.toml",
    "release-gate/target.toml": ROOT / "sandbox" / "target.toml",
}
FAULTS = all_faults()
ITEMS = load_checklist(ROOT / "checklist.toml", dt.date.today()).item
# One for each way to a verdict; the others are for `make test-all`.
QUICK = {
    "database-url-missing",
    "weight-rounded",
    "deploy-in-mid-run",
    "variable-missing",
    "module-not-committed",
    "secret-removed-later",
}


def _named(faults: list[Fault]) -> list[object]:
    return [pytest.param(fault, id=fault.name) for fault in faults]


@pytest.mark.parametrize("fault", _named(FAULTS))
def test_what_it_replaces_is_in_the_app_once(fault: Fault, tmp_path: Path) -> None:
    for edits in (fault.before, fault.edits, fault.undone):
        for edit in edits:
            if edit.old and not (tmp_path / edit.file).exists():
                (tmp_path / edit.file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(INPUTS.get(edit.file, APP / edit.file), tmp_path / edit.file)
            edit.apply(tmp_path)


@pytest.mark.parametrize("fault", _named(FAULTS))
def test_its_owner_is_a_check_of_its_stage(fault: Fault) -> None:
    # Before the merge both stages run on the change.
    stages = {"smoke", "preflight"} if fault.stage == "smoke" else {fault.stage}
    owners = {item.id for item in ITEMS if stages & set(item.stages)}
    # A release may go out in spite of an advisory that failed; whatever else is GO has no owner at all.
    advisories = {item.id for item in ITEMS if item.id in owners and item.severity == "advisory"}
    assert fault.caught_by in ({"none", *advisories} if fault.verdict == "GO" else owners)


@pytest.mark.parametrize("fault", _named(FAULTS))
def test_it_changes_something_and_says_what(fault: Fault) -> None:
    assert fault.title
    assert fault != Fault(fault.name, fault.title, fault.stage, fault.caught_by, fault.verdict)


def test_every_check_has_a_fault() -> None:
    cannot = load_target(ROOT / "sandbox" / "target.toml").without
    owed = {item.id for item in ITEMS if item.capability not in cannot}
    assert owed - {fault.caught_by for fault in FAULTS} == set()


def test_the_app_itself_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("one = 1\n")
    with pytest.raises(ValueError, match="holds 0 times"):
        Edit("a.py", "two", "three").apply(tmp_path)
    with pytest.raises(ValueError, match="holds 2 times"):
        Edit("a.py", "two", "n").apply(_with(tmp_path, "n = n\n"))


def test_variables_of_a_fault_build_on_the_right_ones() -> None:
    fault = Fault("x", "x", "preflight", "x", env={"URL": "{URL}&port=1", "GONE": ""})
    assert environment([fault], {"URL": "a", "GONE": "b", "KEPT": "c"}) == {"URL": "a&port=1", "KEPT": "c"}


@pytest.mark.parametrize(
    ("preflight", "smoke", "told"),
    [
        ("GO", "GO", "smoke"),
        ("NO-GO", "NO-GO", "smoke"),
        ("NO-GO", "GO", "preflight"),
        ("GO", "INCONCLUSIVE", "smoke"),
    ],
)
def test_of_two_verdicts_the_worse_is_told(tmp_path: Path, preflight: str, smoke: str, told: str) -> None:
    class Ended(Runs):
        def run(self, command: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
            return subprocess.CompletedProcess(list(command), 1, "", "")

    for stage, word in {"preflight": preflight, "smoke": smoke}.items():
        (tmp_path / stage / "run").mkdir(parents=True)
        verdict = {"verdict": word, "root_causes": [stage], "reason": "", "checks": [], "duration_s": 1.0}
        (tmp_path / stage / "run" / "verdict.json").write_text(json.dumps(verdict), encoding="utf-8")
    assert drill.judge("smoke", None, tmp_path, runs=Ended()).root_cause == told


def test_an_unknown_name_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError) as told:
        drill.drill(["panel-50", "nothing-like-it"])
    assert told.value.problems[0] == "no fault named 'panel-50'; did you mean 'panel-500'?"
    assert len(told.value.problems) == 2


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(fault, id=fault.name, marks=[] if fault.name in QUICK else pytest.mark.slow)
        for fault in FAULTS
    ],
)
def test_its_owner_names_it_first(fault: Fault, tmp_path: Path) -> None:
    seen = drill.judge(fault.stage, fault.name, tmp_path)
    told = f"{seen.reason}; report: {seen.report}"
    assert (seen.verdict, seen.root_cause) == (fault.verdict, fault.caught_by), told
    assert seen.exit_code == drill.EXIT_CODES[fault.verdict], told
    assert seen.report is not None
    assert _first_line(seen.report).startswith(fault.verdict), told
    assert fault.verdict == "GO" or fault.caught_by in _first_line(seen.report), told


def _first_line(report: Path) -> str:
    """What a person reads first: the heading of the page."""
    heading = re.search(r"<h1>(.*?)</h1>", report.read_text(encoding="utf-8"), re.DOTALL)
    assert heading
    return html.unescape(re.sub(r"<[^>]+>", "", heading[1])).strip()


def _with(folder: Path, text: str) -> Path:
    (folder / "a.py").write_text(text)
    return folder
