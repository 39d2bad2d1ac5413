"""Section 4: what the panels cost the database, on the base and on the change, over the same data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from gate.booted import running_candidate
from gate.booted.pair import Pair, Served, both_served
from gate.browser.visitor import Visitor
from gate.cost.counters import rows_read
from gate.cost.panel import PanelCost, cost_of, judged, judged_in_all, plans, table
from gate.cost.plans import plan_of, replaying
from gate.cost.source_place import finder
from gate.cost.visits import Opening, opened_on
from gate.recorder import Check
from gate.repo.python_source import Sources
from gate.results import Failed, Finding
from gate.run import Run
from gate.target import Target

pytestmark = pytest.mark.preflight


@pytest.mark.check("panels.cost")
def test_no_panel_costs_more_than_before(
    check: Check, run: Run, target: Target, sources: Sources, new_context: Callable[..., BrowserContext]
) -> None:
    """Statements and rows are counted, not time: they are the same on a busy machine."""
    if run.booted:
        running_candidate.booted(run, check)  # what does not start there does not start here
    with both_served(run, check) as pair:
        before, after = (
            _opened(check, target, pair, side, new_context) for side in (pair.base, pair.candidate)
        )
        in_all = {side.name: rows_read(side.superuser) for side in (pair.base, pair.candidate)}
        with check.step("Ask Postgres what each statement does"):
            was, now = _costs(target, pair.base, before), _costs(target, pair.candidate, after)
    check.attach_text(
        "Panels, statements and rows",
        table((name, was.get(name), cost) for name, cost in now.items())
        + f"\nrows read in all, by pg_stat_user_tables: {in_all['candidate']} (base: {in_all['base']})",
    )
    findings, place, factor = [], finder(sources), target.candidate.cost_factor
    for panel in target.panels:
        if panel.id not in now:
            findings.append(_unopened(panel.id, after[panel.id]))
            continue
        check.examined(now[panel.id].statements, "statements")
        wrong = judged(panel, was.get(panel.id), now[panel.id], factor, place)
        if wrong:
            check.attach_text(f"Plans of {panel.id}", plans(now[panel.id]))
            if panel.id in was:
                check.attach_text(f"Plans of {panel.id} on the base", plans(was[panel.id]))
        findings += wrong
    findings = findings or judged_in_all(in_all["base"], in_all["candidate"], factor)
    check.no_findings(findings, expected="no panel costs more than before, or than its budget")


def _opened(
    check: Check,
    target: Target,
    pair: Pair,
    side: Served,
    new_context: Callable[..., BrowserContext],
) -> dict[str, Opening | Failed]:
    with check.step(f"Open {len(target.panels)} panels on the {side.name}"):
        visitor = Visitor(new_context(), side.url, target, check)
        return opened_on(visitor, side, pair.admin, pair.log)


def _costs(target: Target, side: Served, seen: dict[str, Opening | Failed]) -> dict[str, PanelCost]:
    """What each panel cost that opened."""
    schema = next((name for name, rule in target.variables.items() if rule.kind == "schema"), "")
    with replaying(side.database, target.candidate.env.get(schema)) as connection:
        return {
            name: cost_of(one.sent, one.took_ms, lambda statement: plan_of(connection, statement))
            for name, one in seen.items()
            if isinstance(one, Opening)
        }


def _unopened(panel: str, seen: Opening | Failed) -> Finding:
    assert isinstance(seen, Failed)
    return Finding(
        id="panels.unopened", place=panel, expected=seen.expected, observed=seen.observed, hint=seen.hint
    )
