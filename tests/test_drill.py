"""The drill: which faults it takes, what it prints, and that its runs go side by side and end together."""

from __future__ import annotations

import io
import json
import os
import sys
import textwrap
import threading
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from gate import drill
from gate.drill.runs import Outcome, Runs
from gate.drill.told import SLOW, listing, slow_ones, summary
from gate.inputs import InputError

LONG = "pull-request-changed-since-the-approval-of-its-reviewer"
KNOWN = [
    drill.Fault("mail-lost", "The mail [is] lost", "postdeploy", "mail.arrived", "NO-GO"),
    drill.Fault("mail-refused", "The mail is refused", "postdeploy", "mail.sent", "NO-GO"),
    drill.Fault(LONG, "Commits came after the approval " * 4, "preflight", "change.pull_request", "NO-GO"),
    drill.Fault("logs-late", "Lines come late", "postdeploy", "none", "GO"),
]
HEALTHY = {"postdeploy": Outcome("GO", "none", "", 0, 10.0), "preflight": Outcome("GO", "none", "", 0, 10.0)}


@pytest.mark.parametrize(
    ("names", "stage", "check", "found"),
    [
        ((), None, None, [fault.name for fault in KNOWN]),
        ((), "preflight", None, [LONG]),
        ((), None, "mail.sent", ["mail-refused"]),
        ((), None, "mail", ["mail-lost", "mail-refused"]),
        (("mail-lost", "logs-late"), None, "mail", ["mail-lost"]),
        ((), "preflight", "mail", []),
    ],
)
def test_which_are_taken(
    names: tuple[str, ...], stage: str | None, check: str | None, found: list[str]
) -> None:
    assert [fault.name for fault in drill.chosen(names, stage, KNOWN, check)] == found


def test_every_wrong_word_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError) as told:
        drill.chosen(["mail-lots"], "preflite", KNOWN, "mails")
    assert told.value.problems == (
        "no fault named 'mail-lots'; did you mean 'mail-lost'?",
        "no stage named 'preflite'; did you mean 'preflight'?",
        "no check with a fault named 'mails'; did you mean 'mail'?",
    )


@pytest.mark.parametrize("width", [30, 80, 200])
def test_no_width_cuts_a_name(width: int) -> None:
    written = _printed(listing(KNOWN, width), width)
    for fault in KNOWN:
        assert f"  {fault.name}  {fault.caught_by}" in written
        assert " ".join(fault.title.split()) in " ".join(written.split())
    assert max(map(len, (line for line in written.splitlines() if line.startswith("      ")))) <= width


def test_neither_does_the_result() -> None:
    outcomes = [(fault, Outcome("NO-GO", fault.caught_by, "", 1, 16.0)) for fault in KNOWN]
    lines = _printed(summary(outcomes, HEALTHY), 40).splitlines()
    assert [line.split()[1] for line in lines if line.startswith(("caught", "MISSED"))] == [
        fault.name for fault in KNOWN
    ]
    assert lines[-1].strip() == "expected GO by none (exit 0), seen NO-GO by none (exit 1)"
    assert [line.split()[:2] for line in slow_ones(outcomes[:1], HEALTHY, 1)][1:] == [["mail-lost", "1.6×"]]
    for fault, seconds in ((KNOWN[0], 10 * SLOW), (replace(KNOWN[0], own_s=6.0), 6 + 10 * SLOW)):
        said = list(slow_ones([(fault, Outcome("NO-GO", "x", "", 1, seconds))], HEALTHY, 1))
        assert said == [f"none took over {SLOW} times the healthy run beyond the fault's own slowness"]


def test_ending_ends_what_runs_and_lets_nothing_begin(tmp_path: Path) -> None:
    runs, begun, codes = Runs(), tmp_path / "begun", list[int]()
    os.mkfifo(begun)
    waits = f"import signal; open({str(begun)!r}, 'w').close(); signal.pause()"

    def run() -> None:
        codes.append(runs.run([sys.executable, "-c", waits], tmp_path).returncode)

    thread = threading.Thread(target=run)
    thread.start()
    begun.read_text(encoding="utf-8")
    runs.end()
    thread.join()
    assert codes[0] != 0
    assert runs.run([sys.executable, "-c", ""], tmp_path).returncode == 130


SUITE = """
import json, pathlib

def pytest_addoption(parser):
    for name in ("--report-dir", "--fault"):
        parser.addoption(name)
    parser.addoption("--sandbox", action="store_true")

def pytest_sessionfinish(session):
    fault = session.config.getoption("--fault")
    meeting = str(pathlib.Path(__file__).with_name("meeting"))
    if fault == "mail-lost":
        open(meeting).close()  # until the other one comes, too
    if fault == "mail-refused":
        open(meeting, "w").close()
    owner = {"mail-lost": ["mail.arrived"], "mail-refused": ["mail.sent"]}.get(fault, [])
    folder = pathlib.Path(session.config.getoption("--report-dir"), "postdeploy", "one")
    folder.mkdir(parents=True)
    verdict = dict(verdict="NO-GO" if owner else "GO", checks=[], root_causes=owner, reason="said", duration_s=2)
    (folder / "verdict.json").write_text(json.dumps(verdict))
    session.exitstatus = 1 if owner else 0
"""


def test_two_at_a_time_each_with_its_own_report(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "meeting")
    (tmp_path / "conftest.py").write_text(textwrap.dedent(SUITE))
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers = postdeploy\n")
    (tmp_path / "sandbox").mkdir()
    told = json.dumps([vars(fault) for fault in KNOWN if fault.caught_by.startswith("mail")])
    (tmp_path / "sandbox" / "__main__.py").write_text(f"print({told!r})")
    out = io.StringIO()
    assert drill.drill(jobs=2, out=Console(file=out, width=80), root=tmp_path) == 0
    written = out.getvalue()
    assert written.index("postdeploy without a fault: GO, 2.0 s") < written.index("1/2 caught")
    assert "2 of 2 faults were caught as they must be" in written
    reports = {path.name for path in next((tmp_path / "reports" / "drill").iterdir()).iterdir()}
    assert reports == {"healthy-postdeploy", "mail-lost", "mail-refused"}


def _printed(lines: Iterable[str], width: int) -> str:
    out = io.StringIO()
    console = Console(file=out, width=width)
    for line in lines:
        console.print(line, soft_wrap=True)
    return out.getvalue()
