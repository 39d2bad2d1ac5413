"""Section 4: what the panels cost the database, on the base and on the change, over the same data."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext

from gate.booted import running_candidate
from gate.booted.pair import Pair, Served, both_served, of_the_base
from gate.browser.visitor import Visitor
from gate.cost.comparison import compared, table
from gate.cost.counters import rows_read
from gate.cost.panel import PanelCost, cost_of, plans
from gate.cost.plans import plan_of, replaying
from gate.cost.source_place import finder
from gate.cost.visits import Opening, opened_on
from gate.recorder import Check
from gate.repo.python_source import Sources
from gate.results import Blocked, CouldNotTell, Failed
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
        try:
            opened = _opened(check, target, pair, pair.base, new_context)
        except Failed as stop:
            raise of_the_base(stop) from None
        opened_now = _opened(check, target, pair, pair.candidate, new_context)
        in_all = rows_read(pair.base.superuser), rows_read(pair.candidate.superuser)
        with check.step("Ask Postgres what each statement does"):
            before = _costs(target, pair.base, opened)
            after = _costs(target, pair.candidate, opened_now)
    seen = compared(target.panels, before, after, in_all, target.candidate.cost_factor, finder(sources))
    check.examined(seen.examined, "statements")
    told = (
        f"{in_all[1]} (base: {in_all[0]}{'; not compared: other panels opened' if seen.uncompared else ''})"
    )
    check.attach_text(
        "Panels, statements and rows",
        f"{table(before, after)}\nrows read in all, by pg_stat_user_tables: {told}",
    )
    for name in seen.findings:
        for where, costs in (("", after), (" on the base", before)):
            if isinstance(cost := costs.get(name), PanelCost):
                check.attach_text(f"Plans of {name}{where}", plans(cost))
    if run.booted and seen.findings and seen.unopened == seen.findings.keys():
        raise Blocked("panels.open")  # which opens them in this run too, and tells more
    check.no_findings(
        [finding for wrong in seen.findings.values() for finding in wrong],
        expected="no panel costs more than before, or than its budget",
    )
    if seen.uncompared and not seen.examined:
        raise CouldNotTell(
            "a panel to hold against the base, or against a budget of its own",
            "; ".join(f"{name}: {why}" for name, why in seen.uncompared.items()),
            "give the panel max_statements and max_rows in target.toml, or mend the base first",
        )


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


def _costs(target: Target, side: Served, seen: dict[str, Opening | Failed]) -> dict[str, PanelCost | Failed]:
    """What each panel cost, or why it did not open."""
    schema = next((name for name, rule in target.variables.items() if rule.kind == "schema"), "")
    with replaying(side.database, target.candidate.env.get(schema)) as connection:
        return {
            name: one
            if isinstance(one, Failed)
            else cost_of(one.sent, one.took_ms, lambda statement: plan_of(connection, statement))
            for name, one in seen.items()
        }
