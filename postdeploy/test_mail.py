"""Envío de prueba controlado: one mail to an allowed address arrives exactly once, with that shipment's PDF."""

import datetime as dt
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from gate import numbers, records
from gate.browser import document, mail
from gate.browser.visitor import Visitor
from gate.fixtures.people import SignedIn
from gate.hosting import log_source
from gate.polling import polled
from gate.recorder import Check
from gate.records import CreatedShipment
from gate.results import Blocked, Cause, CouldNotTell, Failed
from gate.run import Run
from gate.services import undelivered
from gate.services.http import ServiceError
from gate.services.mailbox import Mailbox, MailReader, Message
from gate.target import Environment, Pdf, Target
from gate.values import fill, normal

pytestmark = pytest.mark.postdeploy


@pytest.fixture
def sent(
    run: Run,
    check: Check,
    environment: Environment,
    signed_in: SignedIn,
    new_shipment: Callable[..., CreatedShipment],
    allowed: Callable[[str], None],
) -> dict[str, Any]:
    """The one mail of this run, sent by whichever check needs it first."""
    made = new_shipment()

    def produce() -> dict[str, Any]:
        allowed("mail")
        if not environment.mail_to:
            raise CouldNotTell(
                "an address that the gate may write to",
                "mail_to is empty",
                f"list the test mailbox in [environments.{run.environment_name}] mail_to",
                cause=Cause.CONFIGURATION,
            )
        assert run.target.mail is not None
        visitor = signed_in("admin", made.url)
        run.journal.plan(f"mail-{made.mark}", "mail", fill(run.target.mail.subject, {"number": made.number}))
        try:
            further = records.further_mail_fields(run, "full")
            to = environment.mail_to[0]
            said = mail.send(visitor, run.target.mail, to, environment, made.number, made.entries, further)
        except Failed:
            if run.target.pdf is not None and run.target.mail.attachment:
                visitor.guard.begin()  # what stopped the mail is told already
                visitor.visit(made.url)
                _has_a_document(visitor, run.target.pdf)
            raise
        return {"at": time.time(), "said": said, "number": made.number, "key": f"mail-{made.mark}"}

    return run.shared.get("mail", "mail.sent", check, produce)


def _has_a_document(visitor: Visitor, pdf: Pdf) -> None:
    """A mail that cannot be sent because its document cannot be made is the document's fault."""
    try:
        made = document.fetch(visitor, pdf).status == 200
    except Failed:
        made = False
    if not made:
        raise Blocked("pdf.generated")


@pytest.mark.check("mail.sent")
def test_the_app_sends_one_mail(check: Check, sent: dict[str, Any]) -> None:
    check.examined(1, "mails")
    check.attach_text("What the app said", sent["said"] or "nothing")


@pytest.mark.check("mail.arrived")
def test_it_arrives_once_with_its_document(
    check: Check,
    run: Run,
    target: Target,
    sent: dict[str, Any],
    new_shipment: Callable[..., CreatedShipment],
    mailbox: MailReader,
) -> None:
    assert target.mail is not None
    subject = fill(target.mail.subject, {"number": sent["number"]})
    since = run.began - dt.timedelta(minutes=5)
    with check.step(f"Wait for a mail with {subject!r} (at most {target.mail.arrives_within_s:.0f} s)"):
        found = polled(
            check,
            lambda: mailbox.search(subject, since),
            bool,
            sent["at"] + target.mail.arrives_within_s - time.time(),
            first_s=0.2,
            most_s=5.0,
            growth=1.5,
        )
    check.examined(len(found), "mails")
    if found and target.mail.settle_s:
        arrived = max(sent["at"], min(_received_at(one) for one in found))
        with check.step(f"Look for a second one, {target.mail.settle_s:.0f} s after the first"):
            found = _settle(mailbox, subject, since, target.mail.settle_s, arrived) or found
    if not found:
        known = undelivered.trace(
            mailbox.of(target.mail.sender) if target.mail.sender and isinstance(mailbox, Mailbox) else None,
            subject,
            since,
            sent["number"],
            _logged(run, sent["at"]),
            [one.subject for one in mailbox.search("", dt.datetime.fromtimestamp(sent["at"] - 10, dt.UTC))],
        )
        observed, hint = known.told(mailbox.address)
        raise Failed(
            f"one mail with {subject!r} in {mailbox.address}", f"none in inbox or junk; {observed}", hint
        )
    in_inbox = [message for message in found if message.folder == "inbox"]
    check.expect(
        len(found) == 1 and len(in_inbox) == 1,
        expected=f"exactly one mail with {subject!r} in the inbox of {mailbox.address}",
        observed=_told(found),
        hint="the app sends twice: look for a retry in its code"
        if len(found) > 1
        else "taken for junk: look at SPF, DKIM and DMARC of the sender's domain, and at what is new in the text",
    )
    message = mailbox.open(found[0])
    check.attach_text("Mail", _headers(message) + "\n\n" + message.body, kind="mail")
    mailbox.delete(message, subject)
    if not mailbox.search(subject, since):
        run.journal.closed(sent["key"], "deleted")
    check.expect(
        message.recipients == (mailbox.address.lower(),),
        expected=f"{mailbox.address} and nobody else",
        observed=", ".join(message.recipients) or "nobody",
        hint="look at how the app fills in the recipients",
    )
    wanted = target.mail.from_address
    check.expect(
        wanted is None or message.sender == wanted.lower(),
        expected=f"a mail from {wanted}",
        observed=f"it comes from {message.sender or 'nobody'}",
        hint="look at the variable of the live service that names the sender's mailbox",
    )
    missing = [
        words for part in target.mail.contains if not message.says(words := fill(part, new_shipment().facts))
    ]
    check.expect(
        not missing,
        expected=f"a text that names {', '.join(map(repr, missing))}",
        observed=f"the mail says {normal(message.body)[:200]!r}",
        hint="look at the template of the mail's text; what it must hold stands in mail.contains of target.toml",
    )
    if target.mail.attachment:
        _is_the_document(message, target, new_shipment())


def _logged(run: Run, sent_at: float) -> list[str]:
    """What the app logged since it was told to send; nothing where its log cannot be read."""
    if not run.target.log_source:
        return []
    since = dt.datetime.fromtimestamp(sent_at - 60, dt.UTC)
    mark = int((run.shared.peek("boot-log") or {}).get("mark", 0))
    with suppress(ServiceError, CouldNotTell):
        return [line.message for line in log_source(run).of_the_run(since, mark)]
    return []


def _settle(
    mailbox: MailReader, subject: str, since: dt.datetime, seconds: float, arrived: float
) -> list[Message]:
    """What lies there `seconds` after the first arrived; a mailbox whose clock is ahead is waited for no longer."""
    end = min(arrived, time.time()) + seconds
    while len(found := mailbox.search(subject, since)) < 2 and time.time() < end:
        time.sleep(min(0.5, seconds / 3))
    return found


def _received_at(message: Message) -> float:
    with suppress(ValueError):
        return dt.datetime.fromisoformat(message.received).timestamp()
    return time.time()


def _told(found: list[Message]) -> str:
    return f"{len(found)}: " + ", ".join(
        f"one in {message.folder} at {message.received}" for message in found
    )


def _headers(message: Message) -> str:
    files = ", ".join(f"{file.name} ({len(file.content)} bytes)" for file in message.attachments) or "none"
    return (
        f"Subject: {message.subject}\nFrom: {message.sender}\nTo: {', '.join(message.recipients)}\n"
        f"Received: {message.received}\nAttachments: {files}"
    )


def _is_the_document(message: Message, target: Target, made: CreatedShipment) -> None:
    pdfs = [file for file in message.attachments if file.content.startswith(b"%PDF")]
    if len(pdfs) != 1:
        raise Failed(
            "one PDF attached", f"{len(pdfs)} of {len(message.attachments)} files", "look at the mail's code"
        )
    attached = document.read(pdfs[0].content)
    lacking = [] if made.number in attached.text else [made.number]
    others = list[str]()
    if target.pdf is not None and target.shipment is not None:
        lacking += [words for _, words in attached.lacks(target.pdf, made.facts) if words != made.number]
        pattern, name = target.shipment.number.pattern, pdfs[0].name
        others = attached.others(target.pdf, pattern, made.number)
        if target.pdf.only_its_number and made.number not in name and numbers.first_in(pattern, name):
            raise Failed(
                f"the PDF of {made.number} under no other number's name",
                f"it is called {name!r}",
                "look at how the mail's code names what it attaches",
            )
    if lacking or others:
        raise Failed(
            f"the PDF of {made.number} attached",
            f"its text does not name {', '.join(map(repr, lacking))}"
            if lacking
            else f"it names {', '.join(others[:3])} too",
            "the wrong document was attached",
        )
