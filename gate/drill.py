"""The drill: every fault of the embedded staging against the suite. Who caught it, with which verdict, how soon?"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gate.inputs import InputError, nearest
from gate.verdict import ExitCode

ROOT = Path(__file__).parent.parent
EXIT_CODES: Mapping[str, int] = {
    "GO": ExitCode.GO,
    "NO-GO": ExitCode.NO_GO,
    "INCONCLUSIVE": ExitCode.INCONCLUSIVE,
}
# A fault that only the running change shows is looked for before the merge.
BEFORE_THE_MERGE = ("-m", "preflight or smoke", "--boot-candidate")
_BEST_TO_WORST = ("GO", "UNFINISHED", "INCONCLUSIVE", "NO-GO")
SLOW = 1.5  # times the healthy run, from which on a failing run is worth a look


@dataclass(frozen=True)
class Fault:
    """A defect that can be switched on, the check that must name it first, and the verdict it must lead to."""

    name: str
    title: str
    stage: str
    caught_by: str
    verdict: str


@dataclass(frozen=True)
class Outcome:
    """What a run said. `seconds` are those of the checks, without starting the staging.

    `root_cause` is the first of the verdict's root causes; of a GO, the first advisory that failed, else "none".
    """

    verdict: str
    root_cause: str
    reason: str
    exit_code: int
    seconds: float
    report: Path | None = None

    def proves(self, fault: Fault) -> bool:
        """Whether the fault was caught by its owner with its verdict."""
        expected = (fault.verdict, fault.caught_by, EXIT_CODES[fault.verdict])
        return (self.verdict, self.root_cause, self.exit_code) == expected


def faults(root: Path = ROOT) -> list[Fault]:
    """Every fault there is, by name. The staging is asked as a program: the gate does not know its inside."""
    listed = subprocess.run(
        [sys.executable, "-m", "sandbox", "faults", "--json"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        raise InputError([f"the faults could not be listed: {listed.stderr.strip()[-500:]}"])
    return [Fault(**one) for one in json.loads(listed.stdout)]


def chosen(names: Sequence[str], stage: str | None, known: Sequence[Fault]) -> list[Fault]:
    """The named faults, or all; of one stage if given. Raises InputError naming every name that is none."""
    by_name = {fault.name: fault for fault in known}
    problems = []
    for name in names:
        if name not in by_name:
            guess = nearest(name, list(by_name))
            remedy = f"did you mean {guess!r}?" if guess else "--list-faults shows them all"
            problems.append(f"no fault named {name!r}; {remedy}")
    if problems:
        raise InputError(problems)
    found = [by_name[name] for name in names] if names else list(known)
    return [fault for fault in found if stage in (None, fault.stage)]


def judge(stage: str, fault: str | None, report_dir: Path, root: Path = ROOT) -> Outcome:
    """One run of a stage on the embedded staging, broken by `fault` or healthy.

    Before the merge the run has two verdicts: the worse one is told, that of the stage where they are alike.
    `report_dir` is its own: a staging that was healthy before makes a refused password the app's fault.
    """
    wanted = BEFORE_THE_MERGE if stage == "smoke" else ("-m", stage)
    command = [sys.executable, "-m", "pytest", *wanted, "--sandbox", f"--report-dir={report_dir}"]
    if fault:
        command.append(f"--fault={fault}")
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    judged = {one: json.loads(one.read_text(encoding="utf-8")) for one in _written(stage, report_dir)}
    if not judged:
        said = (done.stderr or done.stdout).strip().splitlines()
        return Outcome("none", "none", said[-1] if said else "it said nothing", done.returncode, 0.0)
    file = max(judged, key=lambda one: _BEST_TO_WORST.index(judged[one]["verdict"]))
    verdict = judged[file]
    advisories = [check["id"] for check in verdict["checks"] if check["outcome"] == "failed"]
    causes = verdict["root_causes"] or advisories
    return Outcome(
        verdict=verdict["verdict"],
        root_cause=causes[0] if causes else "none",
        reason=verdict["reason"],
        exit_code=done.returncode,
        seconds=verdict["duration_s"],
        report=file.with_name("report.html"),
    )


def _written(stage: str, report_dir: Path) -> list[Path]:
    """The run's verdicts, that of `stage` first."""
    asked = (stage, "preflight") if stage == "smoke" else (stage,)
    return [one for name in asked for one in sorted(report_dir.glob(f"{name}/*/verdict.json"))[-1:]]


def drill(
    names: Sequence[str] = (), *, stage: str | None = None, out: Console | None = None, root: Path = ROOT
) -> int:
    """Run the named faults, or all, and print what became of each.

    Returns 0 when every one was caught as it must be. Reports go to reports/drill/, one folder for each fault.
    """
    out = out or Console(highlight=False)
    wanted = chosen(names, stage, faults(root))
    folder = root / "reports" / "drill" / f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    healthy: dict[str, Outcome] = {}
    outcomes: list[tuple[Fault, Outcome]] = []
    try:
        for needed in dict.fromkeys(fault.stage for fault in wanted):
            with out.status(f"{needed} without a fault"):
                healthy[needed] = judge(needed, None, folder / f"healthy-{needed}", root)
            seen = healthy[needed]
            out.print(f"{needed} without a fault: {seen.verdict}, {seen.seconds:.1f} s", soft_wrap=True)
            if seen.exit_code:
                out.print(f"  {escape(seen.reason)}", soft_wrap=True)
        for number, fault in enumerate(wanted, 1):
            with out.status(f"{number}/{len(wanted)} {fault.name}: {escape(fault.title)}"):
                seen = judge(fault.stage, fault.name, folder / fault.name, root)
            outcomes.append((fault, seen))
            mark = "[green]caught[/]" if seen.proves(fault) else "[red]MISSED[/]"
            out.print(
                f"{number:>3}/{len(wanted)} {mark} {fault.name:<28} {escape(seen.reason)}", soft_wrap=True
            )
    except KeyboardInterrupt:
        out.print("interrupted; so far:")
    out.print(_table(outcomes, healthy))
    missed = [fault for fault, seen in outcomes if not seen.proves(fault)]
    sick = [one for one in healthy.values() if one.exit_code]
    out.print(
        f"{len(outcomes) - len(missed)} of {len(wanted)} faults were caught as they must be; {folder}",
        soft_wrap=True,
    )
    return 1 if missed or sick or len(outcomes) < len(wanted) else 0


def list_faults(out: Console | None = None, root: Path = ROOT) -> int:
    """Print every fault with its stage and its owner; returns 0."""
    table = Table("fault", "stage", "caught by", "verdict", "what is broken")
    for fault in faults(root):
        table.add_row(fault.name, fault.stage, fault.caught_by, fault.verdict, escape(fault.title))
    (out or Console()).print(table)
    return 0


def _table(outcomes: Sequence[tuple[Fault, Outcome]], healthy: Mapping[str, Outcome]) -> Table:
    table = Table("fault", "caught by", "root cause seen", "verdict", "exit", "seconds", "× healthy")
    for fault, seen in outcomes:
        usual = healthy[fault.stage].seconds
        ratio = seen.seconds / usual if usual else 0.0
        table.add_row(
            fault.name,
            fault.caught_by,
            _marked(seen.root_cause, seen.root_cause == fault.caught_by),
            _marked(seen.verdict, seen.verdict == fault.verdict),
            _marked(str(seen.exit_code), seen.exit_code == EXIT_CODES[fault.verdict]),
            f"{seen.seconds:.1f}",
            f"[yellow]{ratio:.1f}[/]" if ratio > SLOW else f"{ratio:.1f}",
        )
    return table


def _marked(text: str, right: bool) -> str:
    return escape(text) if right else f"[red]{escape(text)}[/]"
