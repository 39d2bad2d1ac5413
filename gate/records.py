"""The records that a run creates: what is typed into each, journalled first, shared by its checks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from gate.browser import shipments
from gate.browser.visitor import Visitor
from gate.results import Failed
from gate.run import Run
from gate.values import Entry, entries

# Every field filled in; only the required ones, to be edited and cancelled; one that must be refused.
Kind = Literal["full", "minimal", "invalid"]


@dataclass(frozen=True)
class CreatedShipment:
    """A shipment of this run that its checks share, with what was typed into its form."""

    number: str
    url: str
    mark: str
    entries: dict[str, Entry]

    @property
    def facts(self) -> dict[str, str]:
        """What documents and mails name: {number}, and each field as the record's page shows it."""
        return {"number": self.number, **{name: entry.shown for name, entry in self.entries.items()}}


def mark(run: Run, kind: Kind) -> str:
    """What stands in this record's tag field; no mark is part of another, so a search tells them apart."""
    return f"{run.token}-{kind}"


def filled_in(run: Run, kind: Kind) -> dict[str, Entry]:
    """What is typed into the form of such a record; always the tag, without which nothing is cleaned up."""
    shipment = run.target.shipment
    assert shipment is not None
    wanted = dict(shipment.fields)
    if kind != "full" and shipment.minimal:
        kept = {*shipment.minimal, shipment.tag}
        wanted = {name: field for name, field in wanted.items() if name in kept}
    if kind == "invalid" and shipment.invalid:
        for name, value in shipment.invalid.fields.items():
            wanted[name] = shipment.fields[name].model_copy(
                update={"value": value, "shown": None, "stored": None}
            )
    return entries(wanted, mark(run, kind), _today(run))


def edited(run: Run) -> Entry:
    """The one field of the minimal record that is changed, with its new value."""
    shipment = run.target.shipment
    assert shipment is not None
    assert shipment.edit is not None
    change = shipment.edit
    update = {"value": change.value, "shown": change.shown, "stored": change.stored}
    field = shipment.fields[change.field].model_copy(update=update)
    return entries({change.field: field}, mark(run, "minimal"), _today(run))[change.field]


def left_out(run: Run) -> dict[str, Entry]:
    """What the minimal record was not given: the values that a record with every field has. With the field that an
    edit changes, so that the next edit changes it anew."""
    shipment = run.target.shipment
    assert shipment is not None
    assert shipment.edit is not None
    typed = {*filled_in(run, "minimal"), shipment.number.field} - {shipment.edit.field}
    rest = {
        name: field for name, field in shipment.fields.items() if name not in typed and field.kind != "file"
    }
    return entries(rest, mark(run, "minimal"), _today(run))


def further_mail_fields(run: Run, kind: Kind) -> dict[str, Entry]:
    """What is typed into the form of this record's mail besides the address."""
    assert run.target.mail is not None
    return entries(run.target.mail.fields, mark(run, kind), _today(run))


def _today(run: Run) -> dt.date:
    return run.began.astimezone(run.target.zone).date()


def owner(run: Run, kind: Kind) -> str:
    """The check that says so when the record cannot be created."""
    if kind == "full":
        return "shipments.create"
    # An app without a described minimal form still has a record of its own to cancel.
    return "shipments.minimal" if run.target.has("shipment.minimal") else "shipments.cancel"


def key(run: Run, kind: Kind) -> str:
    """Its key in the journal."""
    return f"shipment-{mark(run, kind)}"


def create(run: Run, visitor: Visitor, kind: Kind) -> dict[str, Any]:
    """Create it, journalled before and after; returns number and URL.

    Raises Failed when the app does not, or gives it the number of another one, Blocked when it is known not to answer.
    """
    assert run.target.shipment is not None
    visitor.require_answers()
    run.journal.plan(key(run, kind), "shipment", mark(run, kind))
    number, url = shipments.create(visitor, run.target.shipment, filled_in(run, kind))
    run.journal.created(key(run, kind), number, url)
    other = run.shared.peek("shipment-minimal" if kind == "full" else "shipment-full")
    if other and other["number"] == number:
        raise Failed(
            "a number of its own for each new record",
            f"{number} is that of this run's other record too",
            "look at how the app makes its numbers, and for a constraint that keeps them apart",
        )
    visitor.guard.judge()
    return {"number": number, "url": url}
