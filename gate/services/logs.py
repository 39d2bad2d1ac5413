"""Judging log lines: what must not be there, what must, and what was started more often than it should. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gate.results import Finding
from gate.services.render import LogLine
from gate.target import Logs
from gate.values import normal

MOST = 20
_FRAME = re.compile(r"\s+File \"")
_EXCEPTION = re.compile(r"[A-Za-z_][\w.]*(:\s|$)")
# gunicorn's own, ISO 8601, and the date of Python's logging; a zone that is not written is UTC.
_STAMP = re.compile(r"^\W{0,2}(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,]\d+)?\s?(Z|[+-]\d\d:?\d\d)?")
_AUTORESTART = "Autorestarting worker"


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


def restarts(
    lines: Sequence[LogLine], logs: Logs, before: Mapping[str, dt.datetime] = MappingProxyType({})
) -> tuple[Finding, ...]:
    """Servers that started more than once, and workers that booted long after their server's start.

    `before` says for each instance when it was last seen to start before these lines.
    """
    findings: list[Finding] = []
    by_instance: dict[str, list[LogLine]] = {}
    for line in lines:
        by_instance.setdefault(_instance(line), []).append(line)
    for instance, own in by_instance.items():
        started = before.get(instance)
        starts = [line for line in own if re.search(logs.begins, line.message)]
        of = f" on {instance}" if instance else ""
        if len(starts) + (started is not None) > 1:
            findings.append(
                Finding(
                    id="logs.restarted",
                    place=f"{_at(starts[-1].at)}{of}",
                    expected="one start of the server",
                    observed=f"it started again: {normal(starts[-1].message)[:200]}",
                    hint="the process ended and was started anew: look at the lines before it, and at its memory",
                )
            )
            continue
        settled = _later(started or (starts[-1].at if starts else None), logs.settles_within_s)
        spare = sum(_AUTORESTART in line.message for line in own)  # gunicorn's max_requests, on purpose
        late = [
            line
            for line in own
            if re.search(logs.boots, line.message)
            and (settled is None or line.at is None or line.at > settled)
        ]
        if settled is not None and len(late) > spare:
            findings.append(
                Finding(
                    id="logs.rebooted",
                    place=f"{_at(late[spare].at)}{of}",
                    expected=f"no worker booted later than {logs.settles_within_s:.0f} s after the start",
                    observed=f"{len(late) - spare} worker(s) booted later: {normal(late[spare].message)[:200]}",
                    hint="workers end and are started anew: look at the lines before it, and at their memory",
                )
            )
    return tuple(findings)


def last_starts(lines: Sequence[LogLine], logs: Logs) -> dict[str, dt.datetime]:
    """When the server of each instance was last seen to start."""
    return {_instance(line): line.at for line in lines if line.at and re.search(logs.begins, line.message)}


def of_new_instances(lines: Sequence[LogLine], logs: Logs) -> tuple[LogLine, ...]:
    """Without the lines of instances that started before: the old version's last errors are not this deploy's."""
    new = {_instance(line) for line in lines if re.search(logs.begins, line.message)}
    return tuple(line for line in lines if not new or _instance(line) in new)


def from_last_start(lines: Sequence[LogLine], logs: Logs) -> tuple[LogLine, ...]:
    """The lines since the server last started; all where none says that it did."""
    starts = [n for n, line in enumerate(lines) if re.search(logs.begins, line.message)]
    # What gunicorn prints before it listens (its version, a preloaded app) belongs to the start.
    before = (
        next((n for n in range(starts[-1], -1, -1) if "Starting " in lines[n].message), -1) if starts else -1
    )
    near = before >= 0 and (len(starts) < 2 or before > starts[-2])
    return tuple(lines[before if near else starts[-1] if starts else 0 :])


def as_lines(text: str) -> tuple[LogLine, ...]:
    """The lines of a plain log; one that begins without a time came when the line before it came."""
    found: list[LogLine] = []
    at = None
    for n, message in enumerate(text.splitlines()):
        at = _stamp(message) or at
        found.append(LogLine(str(n), at, message, {}))
    return tuple(found)


def _instance(line: LogLine) -> str:
    return line.labels.get("instance", "")


def _stamp(message: str) -> dt.datetime | None:
    stamp = _STAMP.match(message)
    if stamp is None:
        return None
    day, time, zone = stamp.groups()
    try:
        moment = dt.datetime.fromisoformat(f"{day}T{time}{zone or '+00:00'}")
    except ValueError:
        return None
    return moment.astimezone(dt.UTC)


def _later(moment: dt.datetime | None, seconds: float) -> dt.datetime | None:
    return moment + dt.timedelta(seconds=seconds) if moment else None


def _at(moment: dt.datetime | None) -> str:
    return f"{moment:%H:%M:%S} UTC" if moment else "an unknown time"


def _traceback(following: Sequence[str]) -> tuple[str, str]:
    """The exception that a traceback ends with, and where it was raised. Lines of other workers may stand between."""
    frame = ""
    for line in following[:200]:
        if _FRAME.match(line):
            frame = line.strip()
        elif _EXCEPTION.match(line):
            return f"Traceback: {line}", f"raised in {frame}" if frame else "read it in the log"
    return "Traceback (most recent call last)", "read the whole of it in the log"
