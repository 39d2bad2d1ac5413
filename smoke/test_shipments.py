"""Flujo crítico: a shipment is created, found with every field as typed, and not found by nonsense."""

from collections.abc import Callable

import pytest

from gate.browser import shipments
from gate.fixtures import CreatedShipment, SignedIn
from gate.recorder import Check
from gate.results import Finding
from gate.target import Target
from gate.values import fill, same_text

pytestmark = [pytest.mark.smoke, pytest.mark.postdeploy]


@pytest.mark.check("shipments.create")
def test_a_shipment_is_created(check: Check, new_shipment: Callable[[], CreatedShipment]) -> None:
    made = new_shipment()
    check.examined(len(made.entries), "fields")
    check.attach_text("Shipment", f"{made.number} at {made.url}")


@pytest.mark.check("shipments.query")
def test_it_is_found_and_equals_what_was_typed(
    check: Check,
    target: Target,
    signed_in: SignedIn,
    new_shipment: Callable[[], CreatedShipment],
) -> None:
    made, visitor = new_shipment(), signed_in("admin")
    assert target.shipment is not None
    hit = fill(target.shipment.query.result, {"number": made.number})
    found = shipments.search(visitor, target.shipment.query, made.number, hit)
    check.expect(
        found.hit,
        expected=f"{made.number} in the list after searching for it",
        observed="the app says that nothing was found" if found.says_empty else "it is not in the list",
        hint="the record was not stored, or the search is broken",
    )
    shipments.open_hit(visitor, hit)
    shown = {
        name: (entry.field.shown_at or entry.field.label or name, entry.shown)
        for name, entry in made.entries.items()
        if entry.field.detail
    }
    with check.step(f"Compare {len(shown)} fields"):
        read = shipments.read_detail(visitor, [label for label, _ in shown.values()])
    findings = [
        Finding(
            id="shipments.field",
            place=name,
            expected=f"{label}: {expected!r}",
            observed="not on the page" if read[label] is None else repr(read[label]),
            hint="the value was stored or shown wrongly",
        )
        for name, (label, expected) in shown.items()
        if not same_text(read[label] or "", expected)
    ]
    check.examined(len(shown), "fields")
    if findings:
        check.look()
    check.no_findings(findings, expected=f"all {len(shown)} fields of {made.number} as typed")


@pytest.mark.check("shipments.not_found")
def test_nonsense_finds_nothing(check: Check, target: Target, signed_in: SignedIn) -> None:
    visitor = signed_in("admin")
    assert target.shipment is not None
    query = target.shipment.query
    found = shipments.search(visitor, query, query.nonsense, query.nonsense)
    check.examined(1, "searches")
    check.expect(
        found.says_empty and not found.hit,
        expected=f"{query.empty!r} after a search that matches nothing",
        observed=f"{visitor.page.url} says: {visitor.text()[:200]}",
        hint="a search that finds everything proves nothing about what it finds: look at the list's query",
    )
