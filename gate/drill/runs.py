"""One run of a stage on the embedded staging, broken by a fault or healthy, each in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from gate.drill.faults import EXIT_CODES, ROOT, Fault

# A fault that only the running change shows is looked for before the merge.
BEFORE_THE_MERGE = ("-m", "preflight or smoke", "--boot-candidate")
_BEST_TO_WORST = ("GO", "UNFINISHED", "INCONCLUSIVE", "NO-GO")
ENDS_WITHIN_S = 45.0  # a run that is told to end puts away first what it created


@dataclass(frozen=True)
class Outcome:
    """What a run said. `seconds` are those of the checks, without starting the staging.

    `root_cause` is the first of the verdict's root causes; of a GO, the first advisory that failed, else the first that
    could not tell, else "none".
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


class Runs:
    """The processes under way, so that all of them can be ended."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: set[subprocess.Popen[str]] = set()
        self._ended = False

    def run(self, command: Sequence[str], cwd: Path) -> subprocess.CompletedProcess[str]:
        """Run it to its end; once `end` was called nothing is started any more, and its exit code is 130."""
        with self._lock:
            if self._ended:
                return subprocess.CompletedProcess(list(command), 130, "", "interrupted")
            process = subprocess.Popen(
                command,
                cwd=cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,  # a ctrl-C reaches it once, by `end`
            )
            self._under_way.add(process)
        try:
            out, err = process.communicate()
        finally:
            with self._lock:
                self._under_way.discard(process)
                if process.poll() is None:  # interrupted here, in the main thread
                    self._under_way.add(process)
        return subprocess.CompletedProcess(list(command), process.returncode, out, err)

    def end(self) -> None:
        """Tell what is under way to end, and wait until it has cleaned up."""
        with self._lock:
            self._ended = True
            under_way = list(self._under_way)
        for process in under_way:
            with suppress(OSError):
                process.terminate()  # ctrl-C may be ignored where this was started in the background
        for process in under_way:
            try:
                process.wait(ENDS_WITHIN_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def judge(
    stage: str, fault: str | None, report_dir: Path, root: Path = ROOT, runs: Runs | None = None
) -> Outcome:
    """One run of a stage on the embedded staging, broken by `fault` or healthy.

    Before the merge the run has two verdicts: the worse one is told, of two alike ones that which names something.
    `report_dir` is its own: a staging that was healthy before makes a refused password the app's fault.
    """
    wanted = BEFORE_THE_MERGE if stage == "smoke" else ("-m", stage)
    command = [sys.executable, "-m", "pytest", *wanted, "--sandbox", f"--report-dir={report_dir}"]
    if fault:
        command.append(f"--fault={fault}")
    done = (runs or Runs()).run(command, root)
    seen = [_outcome(one, done.returncode) for one in _written(stage, report_dir)]
    if not seen:
        said = (done.stderr or done.stdout).strip().splitlines()
        return Outcome("none", "none", said[-1] if said else "it said nothing", done.returncode, 0.0)
    return max(seen, key=lambda one: (_BEST_TO_WORST.index(one.verdict), one.root_cause != "none"))


def _outcome(file: Path, exit_code: int) -> Outcome:
    verdict = json.loads(file.read_text(encoding="utf-8"))
    told = [
        check["id"]
        for outcome in ("failed", "inconclusive")
        for check in verdict["checks"]
        if check["outcome"] == outcome
    ]
    causes = verdict["root_causes"] or told
    return Outcome(
        verdict=verdict["verdict"],
        root_cause=causes[0] if causes else "none",
        reason=verdict["reason"],
        exit_code=exit_code,
        seconds=verdict["duration_s"],
        report=file.with_name("report.html"),
    )


def _written(stage: str, report_dir: Path) -> list[Path]:
    """The run's verdicts, that of `stage` first."""
    asked = (stage, "preflight") if stage == "smoke" else (stage,)
    return [one for name in asked for one in sorted(report_dir.glob(f"{name}/*/verdict.json"))[-1:]]
