"""Verdict -> the last lines of a run in a terminal. The target's text never starts a line."""

from __future__ import annotations

from pathlib import Path

from gate.report import next_step
from gate.report.untrusted import for_terminal
from gate.results import CheckResult, Outcome
from gate.verdict import Verdict

_COLOURS = {"GO": "30;42", "NO-GO": "97;41", "INCONCLUSIVE": "30;43", "UNFINISHED": "30;47"}
_MOST = 8  # lines of one kind; the report has them all
_NAMES = 6


def band(verdict: Verdict, report: Path | None = None, *, colour: bool) -> str:
    """The verdict in about ten lines, without a newline at the end. `report` is the page to name last."""
    word = f" {verdict.verdict} "
    word = f"\x1b[1;{_COLOURS[verdict.verdict]}m{word}\x1b[0m" if colour else word.strip()
    where = " · ".join(part for part in (verdict.stage, verdict.target.name, verdict.environment) if part)
    lines = [
        f"{word} {for_terminal(where)}",
        _told("reason", verdict.reason),
        *_not_owed(verdict),
        *_causes(verdict),
        *_many("warning", list(verdict.warnings)),
        *_many("left behind", list(verdict.leftovers)),
        *_many("remainder", list(verdict.remainders)),
        _told("next", f"{verdict.next}: {next_step.told(verdict)}"),
    ]
    if report:
        lines.append(_told("report", str(report), longest=4096))
    return "\n".join(lines)


def _not_owed(verdict: Verdict) -> list[str]:
    """Beside a GO, what it says nothing about: what is decided elsewhere, where, and what does not apply.

    What is not proven here is a warning of its own.
    """
    elsewhere: dict[str, list[str]] = {}
    ids = []
    for line in verdict.checklist if verdict.verdict == "GO" else ():
        if not line.applies and line.why.startswith("decided "):
            elsewhere.setdefault(line.why.partition(" (")[0], []).append(line.id)
        elif not line.applies and not line.why.startswith("not proven"):
            ids.append(line.id)
    told = [_told("not here", f"{where}: {', '.join(named)}") for where, named in elsewhere.items()]
    if ids:
        more = f" and {len(ids) - _NAMES} more" if len(ids) > _NAMES else ""
        verb = "does" if len(ids) == 1 else "do"
        text = f"{len(ids)} {verb} not apply: {', '.join(ids[:_NAMES])}{more}; the report says why"
        told.append(_told("not owed", text))
    return told


def _causes(verdict: Verdict) -> list[str]:
    """The root cause, then every other but those that are blocked, which are only counted."""
    checks = {check.id: check for check in verdict.checks}
    causes = [checks[cause] for cause in verdict.root_causes if cause in checks]
    blocked = [check for check in causes if check.outcome is Outcome.BLOCKED]
    told = [_cause(check) for check in causes if check not in blocked or len(blocked) == len(causes)]
    if blocked and len(blocked) < len(causes):
        told.append(f"{len(blocked)} blocked")
    return [*_many("root cause", told[:1]), *_many("also", told[1:])]


def _cause(check: CheckResult) -> str:
    return f"{check.id} {check.outcome}: {check.hint or check.observed}"


def _many(label: str, texts: list[str]) -> list[str]:
    lines = [_told(label, text) for text in texts[:_MOST]]
    if len(texts) > _MOST:
        lines.append(_told("", f"and {len(texts) - _MOST} more in the report"))
    return lines


def _told(label: str, text: str, longest: int = 500) -> str:
    return f"  {label:<11} | {for_terminal(text, longest)}"
