"""Sending a shipment's mail through the app's own form."""

from __future__ import annotations

from gate.browser.visitor import Visitor
from gate.results import Cause, CouldNotTell, Failed
from gate.target import Environment, Mail
from gate.values import fill, normal


def send(visitor: Visitor, mail: Mail, to: str, environment: Environment, number: str) -> str:
    """Send the mail of the shipment whose page is open to `to`; returns what the app says.

    An address off the environment's allow list is refused before anything is typed. Never repeated: a send that
    failed may still have been delivered.
    """
    if to not in environment.mail_to:
        raise CouldNotTell(
            "an address on this environment's mail_to list",
            f"{to} is not on it",
            "list the test mailbox in [environments.NAME] mail_to",
            cause=Cause.CONFIGURATION,
        )
    with visitor.check.step("Open the mail form"):
        visitor.click(mail.open)
        visitor.look()
        visitor.field(mail.to).fill(to)
    with visitor.check.step(f"Send to {to}"):
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
