"""Judging log lines: what must not be there, what must. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gate.results import Finding
from gate.target import Logs
from gate.values import normal

MOST = 20


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
            findings.append(
                Finding(
                    id="logs.forbidden",
                    place=f"line {n}",
                    expected=f"no line matching {pattern}",
                    observed=normal(" ".join([line, *lines[n : n + 1]]))[:300]
                    if "Traceback" in line
                    else normal(line)[:300],
                    hint=_cause(lines[n - 1 :]) if "Traceback" in line else "this line names the cause",
                )
            )
    missing = tuple(
        pattern for pattern in logs.required if not any(re.search(pattern, line) for line in lines)
    )
    return LogVerdict(tuple(findings), missing)


def _cause(following: Sequence[str]) -> str:
    """The last line of a traceback: the exception itself."""
    for line in following[1:80]:
        if line and not line.startswith((" ", "\t", "Traceback")):
            return f"it ends with: {normal(line)[:200]}"
    return "read the whole traceback in the log"
