"""Every panel opened on one running side, with what it sent to the database meanwhile."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from gate.booted.pair import Served
from gate.browser import login
from gate.browser.panels import open_panel
from gate.browser.visitor import Visitor
from gate.cost.statement_log import Statement, statements
from gate.results import Failed
from gate.settings import Account


@dataclass(frozen=True)
class Opening:
    """One panel, opened: what was sent to the database, and the milliseconds that the browser waited."""

    sent: tuple[Statement, ...]
    took_ms: int


def opened_on(visitor: Visitor, side: Served, admin: Account, log: Path) -> dict[str, Opening | Failed]:
    """Each panel by its id, reached by clicking as the admin; Failed for one that does not open there."""
    target, seen = visitor.target, dict[str, Opening | Failed]()
    attempt = login.sign_in(visitor, target.login, admin)
    if not attempt.signed_in:
        said = attempt.message or attempt.text
        raise Failed(
            f"{target.login.proof} after signing in on the {side.name}",
            f"at {attempt.url}; the page says {said!r}",
            "does the set-up of [candidate] create this account with its password?",
        )
    for panel in target.panels:
        since = log.stat().st_size
        try:
            facts = open_panel(visitor, panel)
            visitor.until(visitor.idle)
            if not facts.shown:
                raise Failed(str(panel.proof), f"{facts.url} does not show it", "does the link lead there?")
        except Failed as stop:
            seen[panel.id] = stop
            visitor.guard.problems.clear()
            visitor.visit(target.login.home)
            continue
        sent = statements(log.read_bytes()[since:].decode("utf-8", "replace"), side.name)
        seen[panel.id] = Opening(tuple(sent), facts.took_ms)
    return seen
