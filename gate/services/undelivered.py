"""Why a mail did not arrive, as far as the sender's mailbox and the app's log tell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gate.services.http import ServiceError
from gate.services.mailbox import Mailbox
from gate.values import normal

_FAILED = re.compile(r"error|fail|denied|refus|no se (pudo|envi)|rechaz", re.IGNORECASE)


@dataclass(frozen=True)
class Trace:
    """What is known of a mail that is in nobody's inbox.

    `notice` is the subject of an undeliverable notice; `sent` whether the sender's Sent Items hold it, None where
    they cannot be read; `logged` the log line that tells of a failure.
    """

    notice: str = ""
    sent: bool | None = None
    logged: str = ""

    def told(self) -> tuple[str, str]:
        """What was observed, and where to look."""
        if self.notice:
            return (
                f"it bounced: the sender's inbox holds {self.notice!r}",
                "the receiving side refuses it: read the notice, then look at the address and at its mailbox's rules",
            )
        if self.logged:
            return (
                f"the app's log says {self.logged!r}",
                "sending was refused, and the app told nobody: look at GRAPH_* and the registration's permissions",
            )
        if self.sent:
            return (
                "the sender's Sent Items hold it",
                "it was sent and lost on the way: trace it in the mail administration (quarantine, rules, delay)",
            )
        if self.sent is False:
            return (
                "the sender's Sent Items do not hold it and the log tells of no failure",
                "the app never called Microsoft Graph: look at the code that sends",
            )
        return (
            "the log tells of no failure",
            "never sent, refused, bounced or lost: where the gate may read the sender's mailbox, set mail.sender",
        )


def trace(
    sender: Mailbox | None, subject: str, since: dt.datetime, number: str, lines: Sequence[str]
) -> Trace:
    """Look for the mail with `subject` at its sender, and for `number` in the log's `lines`."""
    logged = next((line for line in lines if number in line and _FAILED.search(line)), "")
    if sender is None:
        return Trace(logged=normal(logged)[:200])
    try:
        notices = sender.search(subject, since)
        sent = bool(sender.search(subject, since, ("sentitems",)))
    except ServiceError:
        return Trace(logged=normal(logged)[:200])
    return Trace(notices[0].subject if notices else "", sent, normal(logged)[:200])
