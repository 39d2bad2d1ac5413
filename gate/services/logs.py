"""Judging log lines: what must not be there, what must. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gate.results import Finding
from gate.target import Logs
from gate.values import normal

MOST = 20
_FRAME = re.compile(r"\s+File \"")
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(:\s|$)")


@dataclass(frozen=True)
class LogVerdict:
    """Forbidden lines as findings (each pattern's first line, in order), and required patterns never seen."""

    forbidden: tuple[Finding, ...]
    missing: tuple[str, ...]


def judge(lines: Sequence[str], logs: Logs) -> LogVerdict:
    """Compare lines with the patterns of target.toml."""
    ignored = [re.compile(pattern) for pattern in logs.ignore]
    kept = [(n, line) for n, line in enumerate(lines, 1) if not any(one.search(line) for one in ignored)]
    findings: list[Finding] = []
    for n, line in kept:
        pattern = next((pattern for pattern in logs.forbidden if re.search(pattern, line)), None)
        if pattern and len(findings) < MOST:
            observed, hint = (
                _traceback(lines[n:]) if "Traceback" in line else (line, "this line names the cause")
            )
            findings.append(
                Finding(
                    id="logs.forbidden",
                    place=f"line {n}",
                    expected=f"no line matching {pattern}",
                    observed=normal(observed)[:300],
                    hint=hint,
                )
            )
    missing = tuple(
        pattern for pattern in logs.required if not any(re.search(pattern, line) for line in lines)
    )
    return LogVerdict(tuple(findings), missing)


def _traceback(following: Sequence[str]) -> tuple[str, str]:
    """The exception that a traceback ends with, and where it was raised. Lines of other workers may stand between."""
    frame = ""
    for line in following[:200]:
        if _FRAME.match(line):
            frame = line.strip()
        elif _EXCEPTION.match(line):
            return f"Traceback: {line}", f"raised in {frame}" if frame else "read it in the log"
    return "Traceback (most recent call last)", "read the whole of it in the log"
