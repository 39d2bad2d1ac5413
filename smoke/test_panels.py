"""Navegación a paneles: each panel, reached by clicking as a person does, shows its figures."""

from contextlib import suppress

import pytest

from gate.browser import server_time
from gate.browser.panels import PanelFacts, open_panel
from gate.browser.visitor import Visitor
from gate.fixtures.people import SignedIn
from gate.recorder import Check
from gate.results import CheckStopped, Failed, Finding
from gate.target import Panel, Target

pytestmark = [pytest.mark.preflight, pytest.mark.smoke, pytest.mark.postdeploy]


@pytest.mark.check("panels.open")
def test_every_panel_opens(check: Check, target: Target, signed_in: SignedIn) -> None:
    visitor = signed_in("admin")
    findings: list[Finding] = []
    took: list[str] = []
    for panel in target.panels:
        check.examined(1, "panels")
        try:
            with check.step(f"Open {panel.heading or panel.id}"):
                seen = open_panel(visitor, panel)
            took.append(server_time.times(panel, seen.took_ms, seen.served))
            wrong = _wrong_with(panel, seen)
            if wrong:
                visitor.picture()
            findings += wrong
        except Failed as stop:
            findings.append(Finding(id="panels.broken", place=panel.id, **_said(stop)))
            visitor.guard.problems.clear()
            if not _goes_on(visitor):
                break  # what broke first is to be told
    check.attach_text("Time of each panel", "\n".join(took) or "none opened")
    check.no_findings(
        findings, expected=f"{len(target.panels)} panels with heading, figures and chart, each in time"
    )


def _goes_on(visitor: Visitor) -> bool:
    """Whether the home page opens, from which the next panel is reached."""
    if visitor.check.patience.hangs:
        return False
    with suppress(CheckStopped):
        visitor.visit(visitor.target.login.home)
        return True
    return False


def _wrong_with(panel: Panel, seen: PanelFacts) -> list[Finding]:
    def finding(kind: str, expected: str, observed: str, hint: str) -> Finding:
        return Finding(id=f"panels.{kind}", place=panel.id, expected=expected, observed=observed, hint=hint)

    wrong = server_time.over_budget(panel, seen.took_ms, seen.served)
    said = f"; the page says {seen.said!r}" if seen.said else ""
    if not seen.shown:
        wrong.append(
            finding(
                "heading",
                str(panel.proof),
                f"{seen.url} has the headings {', '.join(map(repr, seen.headings[:4])) or 'none'}",
                "the link leads elsewhere, or the page was renamed: then change target.toml",
            )
        )
    elif not seen.rows and not panel.empty_ok:
        wrong.append(finding("rows", "figures", f"no row on the page{said}", "look at the panel's query"))
    elif seen.no_data and not panel.empty_ok:
        wrong.append(
            finding(
                "data", "data for its chart", f"{seen.no_data}{said}", "look at the query behind that path"
            )
        )
    elif seen.chart_marks == 0:
        wrong.append(
            finding(
                "chart", "a chart that is drawn", f"an empty one{said}", "look at its data and its script"
            )
        )
    return wrong


def _said(stop: Failed) -> dict[str, str]:
    return {"expected": stop.expected, "observed": stop.observed, "hint": stop.hint}
