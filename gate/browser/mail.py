"""Sending a shipment's mail through the app's own form."""

from __future__ import annotations

from collections.abc import Mapping

from gate.browser import forms, shipments
from gate.browser.dialogs import confirming
from gate.browser.visitor import Visitor
from gate.results import Cause, CouldNotTell, Failed
from gate.target import Environment, Mail
from gate.values import Entry, fill, normal


def send(
    visitor: Visitor,
    mail: Mail,
    to: str,
    environment: Environment,
    number: str,
    typed: Mapping[str, Entry],
    further: Mapping[str, Entry],
) -> str:
    """Send the mail of the shipment `number`, whose page is open, to `to`; returns what the app says.

    `typed` is what the record was created with, `further` what the mail's form asks for besides the address.

    An address off the environment's allow list is refused before anything is typed, and so is a send of one click
    whose record does not show that it goes to `to`. Never repeated: a send that failed may still have been delivered.
    """
    if to not in environment.mail_to:
        raise CouldNotTell(
            "an address on this environment's mail_to list",
            f"{to} is not on it",
            "list the test mailbox in [environments.NAME] mail_to",
            cause=Cause.CONFIGURATION,
        )
    if mail.address:
        _goes_to(visitor, typed[mail.address], to)
    with visitor.check.step(f"Send to {to}"), confirming(visitor):
        visitor.click(mail.open)
        visitor.look()
        if mail.to:
            visitor.field(mail.to).fill(to)
        forms.fill_in_all(visitor, further.values())
        if mail.submit:
            visitor.click(mail.submit)
            visitor.look()
        if mail.sent:
            sent = normal(fill(mail.sent, {"number": number, "to": to}))
            if not visitor.until(lambda: sent in visitor.text()):
                raise Failed(
                    f"the app says {sent!r}",
                    visitor.messages() or "it says nothing of the kind",
                    "look in the app's log for the call to Microsoft Graph",
                )
    return visitor.messages()


def _goes_to(visitor: Visitor, entry: Entry, to: str) -> None:
    """Where the app asks for no address, the record must show the one it will use."""
    label = entry.field.shown_at or entry.field.label or entry.name
    shown = shipments.read_detail(visitor, [label])[label]
    if entry.typed != to or shown is None or to not in shown:
        raise CouldNotTell(
            f"a record that shows {to} as its {label}",
            f"it was created with {entry.typed!r} and shows {shown!r}",
            f"let the value of shipment.fields.{entry.name} be an address of mail_to",
            cause=Cause.CONFIGURATION,
        )
