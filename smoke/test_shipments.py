"""Flujo crítico: a shipment is created, found as it was typed, by text and filter, and not by nonsense."""

from collections.abc import Callable
from typing import Any

import pytest

from gate.browser import shipments
from gate.browser.visitor import Visitor
from gate.recorder import Check
from gate.records import CreatedShipment
from gate.results import Cause, CouldNotTell, Finding
from gate.run import Run
from gate.target import Filter, Target
from gate.values import fill, same_text

pytestmark = [pytest.mark.smoke, pytest.mark.postdeploy]


@pytest.mark.check("shipments.create")
def test_a_shipment_is_created(check: Check, new_shipment: Callable[..., CreatedShipment]) -> None:
    made = new_shipment()
    check.examined(len(made.entries), "fields")
    check.attach_text("Shipment", f"{made.number} at {made.url}")


@pytest.fixture
def read_back(
    run: Run,
    check: Check,
    target: Target,
    admin_at: Callable[..., Visitor],
    new_shipment: Callable[..., CreatedShipment],
) -> dict[str, Any]:
    """The shipment as list and detail page show it, found by its number; read once for several checks."""
    made = new_shipment()
    assert target.shipment is not None
    query, markup = target.shipment.query, _markup(made)

    def produce() -> dict[str, Any]:
        with check.step("Open the list"):
            visitor = admin_at(query.open)
        hit = fill(query.result, {"number": made.number})
        found = shipments.search(visitor, query, made.number, hit)
        check.expect(
            found.hit,
            expected=f"{made.number} in the list after searching for it",
            observed="the app says that nothing was found" if found.says_empty else "it is not in the list",
            hint="the record was not stored, or the search is broken",
        )
        in_list = shipments.escaping(visitor, markup)
        row = shipments.row_of(visitor, hit)
        shipments.open_hit(visitor, hit)
        with check.step("Read the shipment"):
            visitor.until(lambda: made.number in visitor.text())
            read = shipments.read_detail(visitor, [label for label, _ in _shown(made).values()])
        return {"read": read, "row": row, "list": in_list, "detail": shipments.escaping(visitor, markup)}

    return run.shared.get("read-back", "shipments.query", check, produce)


@pytest.mark.check("shipments.escaping")
def test_markup_comes_back_as_text(
    check: Check, read_back: dict[str, Any], new_shipment: Callable[..., CreatedShipment]
) -> None:
    if not _markup(new_shipment()):
        raise CouldNotTell(
            "a text with < in one of shipment.fields",
            "none of the values has one",
            "let the value of a free text hold something like <b>",
            cause=Cause.CONFIGURATION,
        )
    shown = [(page, text, how) for page in ("list", "detail") for text, how in read_back[page].items()]
    check.examined(sum(how != "absent" for _, _, how in shown), "texts")
    check.no_findings(
        [
            Finding(
                id="shipments.markup",
                place=f"the {page} page",
                expected=repr(text),
                observed="its markup became part of the page"
                if how == "markup"
                else "it is escaped twice, so that a reader sees &lt;",
                hint="the template marks the value as safe, or escapes what is escaped already",
            )
            for page, text, how in shown
            if how in ("markup", "twice")
        ],
        expected="text that looks like markup shown as it was typed",
    )


@pytest.mark.check("shipments.query")
def test_it_is_found_and_equals_what_was_typed(
    check: Check, read_back: dict[str, Any], new_shipment: Callable[..., CreatedShipment]
) -> None:
    made, read = new_shipment(), read_back["read"]
    shown = _shown(made)
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
    check.no_findings(findings, expected=f"all {len(shown)} fields of {made.number} as typed")


@pytest.mark.check("shipments.not_found")
def test_nonsense_finds_nothing(check: Check, target: Target, admin_at: Callable[..., Visitor]) -> None:
    assert target.shipment is not None
    query = target.shipment.query
    visitor = admin_at(query.open)
    found = shipments.search(visitor, query, query.nonsense, query.nonsense)
    check.examined(1, "searches")
    check.expect(
        found.says_empty and not found.hit,
        expected=f"{query.empty!r} after a search that matches nothing",
        observed=f"{visitor.page.url} says: {visitor.text()[:200]}",
        hint="a search that finds everything proves nothing about what it finds: look at the list's query",
    )


@pytest.mark.check("shipments.filter")
def test_it_is_found_by_text_and_by_filter(
    check: Check,
    target: Target,
    admin_at: Callable[..., Visitor],
    new_shipment: Callable[..., CreatedShipment],
) -> None:
    made = new_shipment()
    assert target.shipment is not None
    query = target.shipment.query
    visitor = admin_at(query.open)
    name = query.by or target.shipment.tag
    words = made.entries[name].shown if query.by else made.mark
    hit = fill(query.result, {"number": made.number})
    found = shipments.search(visitor, query, words, hit, {one.field: one.value for one in query.filters})
    if not found.hit and query.filters:
        found = shipments.search(admin_at(query.open), query, words, hit)
        check.expect(
            not found.hit,
            expected=f"{made.number} under {_told(query.filters)}",
            observed="it is found by its text, but not with the filter",
            hint="look at how the list's query combines text and filter",
        )
    check.expect(
        found.hit,
        expected=f"{made.number} found by its {name}, {words!r}",
        observed=query.empty if found.says_empty else f"{visitor.page.url} does not show it",
        hint="the search does not look into that field any more",
    )
    check.examined(1 + len(query.filters), "searches")
    for one in query.filters:
        found = shipments.search(visitor, query, words, hit, {one.field: one.other})
        check.expect(
            not found.hit and found.says_empty,
            expected=f"{query.empty!r} under {one.field} = {one.other!r}",
            observed=f"{made.number} is there" if found.hit else f"{visitor.page.url} shows other records",
            hint="the filter is ignored: look at the list's query",
        )


def _markup(made: CreatedShipment) -> list[str]:
    """What was typed that a page could take for markup."""
    return [str(entry.typed) for entry in made.entries.values() if "<" in str(entry.typed)]


def _shown(made: CreatedShipment) -> dict[str, tuple[str, str]]:
    """Field = the label on the detail page and the text expected behind it."""
    return {
        name: (entry.field.shown_at or entry.field.label or name, entry.shown)
        for name, entry in made.entries.items()
        if entry.field.detail
    }


def _told(filters: tuple[Filter, ...]) -> str:
    return " and ".join(f"{one.field} = {one.value!r}" for one in filters)
