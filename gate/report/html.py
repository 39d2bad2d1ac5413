"""Verdict -> HTML: one self-contained page, complete without JavaScript, that asks no host for anything."""

from __future__ import annotations

import base64
import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from gate.report import next_step, sections
from gate.report.untrusted import one_line, visible
from gate.results import CheckResult, Evidence, Outcome
from gate.verdict import Line, Verdict

WORST_FIRST = ("NO-GO", "INCONCLUSIVE", "UNFINISHED", "GO")
_SIGNATURES = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_ABSENT = ("blocked", "skipped", "not_run")  # nothing was seen, so there is nothing to unfold


@dataclass(frozen=True)
class Section:
    """The checklist lines of one section of the process, in checklist order."""

    number: str
    heading: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class View:
    """One verdict as the template reads it."""

    verdict: Verdict
    headline: str
    next: str
    root: CheckResult | None
    other_causes: tuple[CheckResult, ...]
    counts: Mapping[str, int]
    sections: tuple[Section, ...]
    checks: Mapping[str, CheckResult]
    to_read: tuple[CheckResult, ...]
    passed: tuple[CheckResult, ...]
    folder: Path


def render(verdicts: Sequence[Verdict], folder: Path) -> str:
    """An HTML fragment with everything the verdicts hold, the worst first; its style comes along.

    Pictures are read from `folder`, the run's folder, and stand in the page itself; an unfinished run, which
    is rendered often, refers to their files instead.
    """
    views = [_view(verdict, folder) for verdict in _ordered(verdicts)]
    return _templates().get_template("report.html.j2").render(views=views)


def page(verdicts: Sequence[Verdict], folder: Path) -> str:
    """The fragment as a complete HTML document."""
    fragment = Markup(render(verdicts, folder))  # noqa: S704 - rendered by an escaping template
    return _templates().get_template("page.html.j2").render(title=headline(verdicts), fragment=fragment)


def headline(verdicts: Sequence[Verdict]) -> str:
    """The first line of a report: the worst verdict's word and reason, which names the root cause first."""
    worst = _ordered(verdicts)[0]
    return f"{worst.verdict} · {one_line(worst.reason)}"


def _ordered(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return sorted(verdicts, key=lambda verdict: WORST_FIRST.index(verdict.verdict))


def _view(verdict: Verdict, folder: Path) -> View:
    checks = {check.id: check for check in verdict.checks}
    causes = [checks[cause] for cause in verdict.root_causes if cause in checks]
    # An interrupted or void run has causes too, but its reason is another: then no check is *the* cause.
    root = causes[0] if causes and verdict.reason.startswith(f"{causes[0].id}:") else None
    by_section: dict[str, list[Line]] = {}
    for line in verdict.checklist:
        by_section.setdefault(line.section, []).append(line)
    bad = [check for check in verdict.checks if check.outcome is not Outcome.PASSED]
    return View(
        verdict=verdict,
        headline=one_line(verdict.reason),
        next=next_step.told(verdict),
        root=root,
        other_causes=tuple(one for one in causes if one is not root and one.outcome not in _ABSENT),
        counts=Counter(state(line) for line in verdict.checklist),
        sections=tuple(
            Section(number, sections.heading(number), tuple(lines))
            for number, lines in sorted(by_section.items(), key=lambda entry: sections.rank(entry[0]))
        ),
        checks=checks,
        to_read=tuple(sorted(bad, key=lambda check: (check.severity != "blocker", check.outcome in _ABSENT))),
        passed=tuple(check for check in verdict.checks if check.outcome is Outcome.PASSED),
        folder=folder,
    )


@cache
def _templates() -> Environment:
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    templates.filters |= {"seconds": seconds, "moment": moment, "state": state, "step_bar": _step_bar}
    templates.globals |= {"picture": _picture, "absent": _ABSENT}
    return templates


def _finalize(value: Any) -> Any:
    """Every text that a template prints passes here, so that none can be forgotten."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return "" if value is None else value


def state(line: Line) -> str:
    """What a checklist line shows: its outcome, or in which way it is not owed here."""
    if line.applies:
        return str(line.outcome)
    return "not_proven" if line.why.startswith("not proven") else "does_not_apply"


def seconds(duration_s: float) -> str:
    """A duration as people say it: 340 ms, 2.4 s, 3 min 05 s."""
    if duration_s < 1:
        return f"{round(duration_s * 1000)} ms"
    if duration_s < 60:
        return f"{duration_s:.1f} s"
    minutes, rest = divmod(round(duration_s), 60)
    return f"{minutes} min {rest:02d} s"


def moment(timestamp: str | None) -> str:
    """An RFC 3339 time to the second, in UTC; what is none stays as it is."""
    try:
        when = dt.datetime.fromisoformat(timestamp or "")
    except ValueError:
        return timestamp or "not yet"
    return f"{when.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC"


def _step_bar(check: CheckResult) -> list[tuple[float, float]]:
    """Start and width of every step, in percent of the check's time."""
    whole = max([check.duration_s, *(step.started_s + step.duration_s for step in check.steps)]) or 1.0
    return [(100 * step.started_s / whole, 100 * step.duration_s / whole) for step in check.steps]


def _picture(view: View, evidence: Evidence) -> Markup | None:
    """What an <img> shows for this evidence, or None when its file is missing or no picture."""
    path = (view.folder / (evidence.path or "")).resolve()
    if not path.is_relative_to(view.folder.resolve()) or not path.is_file():
        return None
    content = path.read_bytes()
    kind = next((kind for start, kind in _SIGNATURES.items() if content.startswith(start)), None)
    if kind is None:
        return None
    if view.verdict.verdict == "UNFINISHED":
        return Markup("{}").format(evidence.path)
    return Markup(f"data:{kind};base64,{base64.b64encode(content).decode()}")  # noqa: S704 - base64 alone
