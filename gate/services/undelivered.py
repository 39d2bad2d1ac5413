"""Why a mail did not arrive, as far as the sender's mailbox and the app's log tell."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from gate.services.http import ServiceError
from gate.services.mailbox import Mailbox
from gate.values import normal

_FAILED = re.compile(r"error|fail|denied|refus|no se (pudo|envi)|rechaz", re.IGNORECASE)


@dataclass(frozen=True)
class Trace:
    """What is known of a mail that is in nobody's inbox.

    `notice` is the subject of an undeliverable notice; `sent` whether the sender's Sent Items hold it, None where
    they cannot be read, and `sent_to` to whom; `logged` the log line that tells of a failure; `others` the subjects
    of what came instead.
    """

    notice: str = ""
    sent: bool | None = None
    sent_to: tuple[str, ...] = ()
    logged: str = ""
    others: tuple[str, ...] = ()

    def told(self, address: str) -> tuple[str, str]:
        """What was observed of a mail that was meant for `address`, and where to look."""
        if self.sent_to and address.lower() not in self.sent_to:
            return (
                f"the sender's Sent Items hold it, to {', '.join(self.sent_to)}",
                "look at how the app fills in the recipients",
            )
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
        if self.others:
            return (
                f"meanwhile there came {', '.join(map(repr, self.others[:3]))}",
                "if that is the mail its subject is wrong: look at the code that writes it, or mend mail.subject",
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
    sender: Mailbox | None,
    subject: str,
    since: dt.datetime,
    number: str,
    lines: Sequence[str],
    others: Sequence[str] = (),
) -> Trace:
    """Look for the mail with `subject` at its sender, and for `number` in the log's `lines`."""
    logged = normal(next((line for line in lines if number in line and _FAILED.search(line)), ""))[:200]
    untraced = Trace(logged=logged, others=tuple(others))
    if sender is None:
        return untraced
    try:
        notices = sender.search(subject, since)
        sent = sender.search(subject, since, ("sentitems",))
    except ServiceError:
        return untraced
    people = tuple(dict.fromkeys(one for message in sent for one in message.recipients))
    return replace(untraced, notice=notices[0].subject if notices else "", sent=bool(sent), sent_to=people)
