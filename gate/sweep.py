"""Putting away what a run created: only what its journal names, only after a re-read that shows the run's mark.

The same code closes a run and, later, sweeps after one that was killed.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from gate.browser import shipments
from gate.browser.executable import find_browser, launch_arguments
from gate.browser.login import sign_in
from gate.browser.visitor import Visitor
from gate.fixtures import context_args
from gate.journal import Entry
from gate.recorder import Check
from gate.results import CheckStopped
from gate.run import Run
from gate.values import fill, normal


def put_away(run: Run) -> tuple[list[str], list[str]]:
    """Put away everything open in the run's journal. Returns (leftovers, remainders) in words.

    A leftover could not be accounted for; a remainder is what an app that only cancels keeps, shown to be
    cancelled.
    """
    entries = run.journal.open()
    if not entries:
        return [], _closed(run)
    leftovers = []
    with sync_playwright() as playwright:
        found = find_browser(run.browser)
        path = str(found.path) if found.path else None
        browser = playwright.chromium.launch(executable_path=path, args=launch_arguments())
        try:
            for entry in entries:
                try:
                    _put_away(run, browser, entry)
                except CheckStopped as stop:
                    leftovers.append(run.scrub(f"{entry.number or entry.tag}: {stop}"))
        finally:
            browser.close()
    return leftovers, _closed(run)


def _closed(run: Run) -> list[str]:
    return [
        f"{entry.number or entry.tag}: {entry.note}"
        for entry in run.journal.entries()
        if entry.state == "closed"
    ]


def _put_away(run: Run, browser: Browser, entry: Entry) -> None:
    shipment = run.target.shipment
    assert shipment is not None and run.base_url is not None
    check = Check("cleanup", run.folder / "evidence", run.scrub)
    visitor = _signed_in(run, browser, check)
    url, number = entry.url, entry.number
    if url is None or number is None:
        number = _search_by_tag(visitor, run, entry.tag)
        if number is None:
            run.journal.closed(entry.key, "never created: a search for its mark finds nothing")
            return
    else:
        visitor.visit(url)
    if entry.tag not in visitor.text():
        raise CheckStopped(f"the mark {entry.tag} on the page of {number}", "it is not there; left untouched")
    proof = normal(fill(shipment.cleanup.proof, {"number": number}))
    if proof not in visitor.text():
        shipments.cancel(visitor, shipment.cleanup, number)
    # Read anew from the server, not from the page that the click left behind.
    visitor.visit(visitor.page.url)
    if proof not in visitor.text():
        raise CheckStopped(f"{number} shows {proof!r} when read again", "it does not")
    run.journal.closed(entry.key, f"{number} remains and shows {proof!r}")


def _search_by_tag(visitor: Visitor, run: Run, tag: str) -> str | None:
    """Number of the record that carries `tag`, its page left open; None when a search says there is none."""
    import re

    shipment = run.target.shipment
    assert shipment is not None
    found = shipments.search(visitor, shipment.query, tag, tag)
    if found.says_empty:
        return None
    numbers = re.findall(shipment.number.pattern, visitor.text())
    if len(set(numbers)) != 1:
        raise CheckStopped(f"one record for {tag}", f"{len(set(numbers))} in the list")
    shipments.open_hit(visitor, fill(shipment.query.result, {"number": numbers[0]}))
    return str(numbers[0])


def _signed_in(run: Run, browser: Browser, check: Check) -> Visitor:
    state = run.private / "session-admin.json"
    context = browser.new_context(
        storage_state=state if Path(state).exists() else None, **context_args(run, browser.version)
    )
    visitor = Visitor(context, run.base_url or "", run.target, check)
    if not state.exists():
        account = run.settings.account("admin", run.target.roles["admin"])
        if account is None:
            raise CheckStopped(
                "an account to clean up with", "GATE_ADMIN_USER or GATE_ADMIN_PASSWORD is not set"
            )
        sign_in(visitor, run.target.login, account)
    visitor.visit(run.target.login.home)
    return visitor
