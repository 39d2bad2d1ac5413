"""Flujo crítico: a wrong form is refused, the shortest is enough, one field is edited, one is cancelled."""

from collections.abc import Callable

import pytest

from gate import records
from gate.browser import shipments
from gate.browser.visitor import Visitor
from gate.fixtures.people import SignedIn
from gate.recorder import Check
from gate.records import CreatedShipment
from gate.results import Finding
from gate.run import Run
from gate.services.witness import Witness
from gate.target import FormField, Shipment, Target
from gate.values import fill, normal, same_text

pytestmark = [pytest.mark.smoke, pytest.mark.postdeploy]


@pytest.mark.check("shipments.refused")
def test_an_invalid_form_is_refused(
    check: Check,
    run: Run,
    target: Target,
    admin_at: Callable[..., Visitor],
    allowed: Callable[[str], None],
    second_look: Witness | None,
) -> None:
    allowed("create")
    shipment, mark = _shipment(target), records.mark(run, "invalid")
    assert shipment.invalid is not None
    with check.step("Open the form of a new shipment"):
        visitor = admin_at(shipment.open)
    visitor.require_answers()
    run.journal.plan(records.key(run, "invalid"), "shipment", mark)
    entries = records.filled_in(run, "invalid")
    refusal = shipments.send_invalid(visitor, shipment, entries, shipment.invalid.message)
    check.examined(len(shipment.invalid.fields), "wrong values")
    check.expect(
        refusal.told,
        expected=f"the form refused with {shipment.invalid.message!r}",
        observed=f"it was saved as {refusal.number}" if refusal.number else f"the page says {refusal.said!r}",
        hint="look at the form's validation; if its wording was changed on purpose, change shipment.invalid",
    )
    found = shipments.search(admin_at(shipment.query.open), shipment.query, mark, mark)
    column = shipment.fields[shipment.tag].column
    rows = len(second_look.marked(column, mark)) if second_look and column else 0
    check.expect(
        found.says_empty and not rows,
        expected="nothing stored of a form that was refused",
        observed=f"{rows} rows in the database" if rows else f"a search for {mark} finds something",
        hint="the record is stored before the form is validated",
    )
    run.journal.closed(records.key(run, "invalid"), "refused, and a search for its mark finds nothing")


@pytest.mark.check("shipments.minimal")
def test_the_required_fields_are_enough(check: Check, new_shipment: Callable[..., CreatedShipment]) -> None:
    made = new_shipment("minimal")
    check.examined(len(made.entries), "fields")
    check.attach_text("Shipment", f"{made.number} at {made.url}")


@pytest.mark.check("shipments.edit")
def test_an_edit_changes_one_field_and_no_other(
    check: Check,
    run: Run,
    target: Target,
    signed_in: SignedIn,
    new_shipment: Callable[..., CreatedShipment],
    allowed: Callable[[str], None],
    second_look: Witness | None,
) -> None:
    allowed("edit")
    shipment, made = _shipment(target), new_shipment("minimal")
    change, entry = shipment.edit, records.edited(run)
    assert change is not None
    field = shipment.fields[change.field]
    visitor = signed_in("admin", made.url)
    labels = {name: _label(name, one) for name, one in shipment.fields.items() if one.detail}
    columns = {one.column for one in shipment.fields.values() if one.column}

    def edit() -> list[Finding]:
        """Change the field, and see what else has changed."""
        before = shipments.read_detail(visitor, list(labels.values()))
        row_before, other_before = _row(second_look, made), _row(second_look, new_shipment())
        shipments.edit(visitor, shipment, change, entry)
        with check.step("Read the shipment again"):
            visitor.visit(made.url)
            after = shipments.read_detail(visitor, list(labels.values()))
        check.examined(len(labels), "fields")
        expected = {name: before[label] or "" for name, label in labels.items()} | {change.field: entry.shown}
        found = [
            _changed(name, label, expected[name], after[label])
            for name, label in labels.items()
            if not same_text(after[label] or "", expected[name])
        ]
        row_after, other_after = _row(second_look, made), _row(second_look, new_shipment())
        found += [
            _changed(column, f"the column {column}", row_before[column], row_after.get(column))
            for column in sorted(columns & row_before.keys() - {field.column})
            if row_before[column] != row_after.get(column)
        ]
        found += [
            _changed(f"{column} of another shipment", column, other_before[column], other_after.get(column))
            for column in sorted(columns & other_before.keys())
            if other_before[column] != other_after.get(column)
        ]
        return found

    findings = edit()
    rest = records.left_out(run)
    if not findings and rest.keys() - {change.field}:
        # A field that holds its default shows no edit that resets it: once more, with every field filled in.
        shipments.complete(visitor, shipment, change, rest)
        visitor.visit(made.url)
        findings = edit()
    if findings:
        check.look()
    check.no_findings(findings, expected=f"{labels.get(change.field, change.field)} changed and nothing else")


@pytest.mark.check("shipments.cancel")
def test_a_shipment_is_cancelled(
    check: Check,
    run: Run,
    target: Target,
    signed_in: SignedIn,
    admin_at: Callable[..., Visitor],
    new_shipment: Callable[..., CreatedShipment],
    allowed: Callable[[str], None],
) -> None:
    allowed("cancel")
    shipment, made = _shipment(target), new_shipment("minimal")
    visitor = signed_in("admin", made.url)
    proof = shipments.cancel(visitor, shipment, made.number)
    hit = fill(shipment.query.result, {"number": made.number})
    listed = admin_at(shipment.query.open)
    found = shipments.search(listed, shipment.query, made.number, hit)
    shown = shipments.row_of(listed, hit) if found.hit else "not in the list"
    check.examined(2, "pages")
    _others_are_left_alone(check, run, admin_at, shipment, normal(proof))
    if shipment.cleanup.removes:
        check.expect(
            found.says_empty and not found.hit,
            expected=f"{made.number} not in the list any more",
            observed=shown[:200],
            hint="the page says that it is deleted, but the list still has it: was it?",
        )
        run.journal.closed(records.key(run, "minimal"), f"{made.number} is gone: a search does not find it")
        return
    check.expect(
        normal(proof) in shown,
        expected=f"{made.number} in the list with {proof!r}",
        observed=shown[:200],
        hint="the page says that it is cancelled, but the list does not: was it stored?",
    )
    run.journal.closed(records.key(run, "minimal"), f"remains and shows {proof!r}", remains=True)


def _others_are_left_alone(
    check: Check, run: Run, admin_at: Callable[..., Visitor], shipment: Shipment, proof: str
) -> None:
    """The run's other record, as the list showed it before, is there and not cancelled."""
    other, seen = run.shared.peek("shipment-full"), run.shared.peek("read-back")
    if other is None or seen is None or proof in seen["row"]:
        return
    hit = fill(shipment.query.result, {"number": other["number"]})
    listed = admin_at(shipment.query.open)  # a search box may go once it was used
    found = shipments.search(listed, shipment.query, other["number"], hit)
    shown = shipments.row_of(listed, hit) if found.hit else "not in the list"
    check.examined(1, "other records")
    check.expect(
        found.hit and proof not in shown,
        expected=f"{other['number']}, which nobody cancelled, in the list as before: {seen['row'][:200]!r}",
        observed=repr(shown[:200]),
        hint="cancelling one record takes others with it: look at the condition of its query",
    )


def _shipment(target: Target) -> Shipment:
    assert target.shipment is not None
    return target.shipment


def _label(name: str, field: FormField) -> str:
    return field.shown_at or field.label or name


def _row(witness: Witness | None, made: CreatedShipment) -> dict[str, object]:
    rows = witness.rows(made.number) if witness else []
    return rows[0] if rows else {}


def _changed(place: str, label: str, expected: object, observed: object) -> Finding:
    return Finding(
        id="shipments.edited",
        place=place,
        expected=f"{label}: {expected!r}",
        observed="not on the page" if observed is None else repr(observed),
        hint="look at how the form is filled in for an edit, and at what the save writes",
    )
