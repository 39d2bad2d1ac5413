"""What the app makes of a record and sends out: documents, mails, the sync."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator

from gate.inputs import Input
from gate.target.locators import Where
from gate.target.records import FormField


class Pdf(Input):
    """The document of a shipment."""

    open: Where = Field(description="The link or button on the record's page.")
    then: Where | None = Field(
        None,
        examples=["Descargar"],
        description="What is clicked once the document is ready, where `open` only begins to make it.",
    )
    contains: tuple[str, ...] = Field(
        min_length=1,
        description="What its text must hold; `{number}` and names of fields stand for what the record's page shows.",
    )
    max_pages: int = Field(3, ge=1, description="The most pages that it may have.")
    max_kb: int = Field(2048, gt=0, description="The most that the file may weigh, in KiB.")
    within_ms: int = Field(8000, gt=0, description="The longest that its last byte may take.")
    only_its_number: bool = Field(
        True, description="False where the document rightly names other records' numbers too."
    )


class Mail(Input):
    """The mail of a shipment's document."""

    open: Where = Field(description="The link or button on the record's page.")
    to: Where | None = Field(
        None, description="The field for the address; `address` where the app asks for none."
    )
    address: str | None = Field(
        None,
        examples=["correo"],
        description="The one of shipment.fields that holds the address, where it is not asked for.",
    )
    fields: dict[str, FormField] = Field({}, description="Further fields of the form, such as a message.")
    submit: Where | None = Field(
        None, description="The button that sends it; default: `open` has sent it already."
    )
    sent: str | None = Field(None, description="What the app says once it has sent.")
    subject: str = Field(description="Its subject; `{number}` stands for the record's.")
    contains: tuple[str, ...] = Field(
        ("{number}",),
        description="What its text must hold, as in pdf.contains; [] where it says nothing of the record.",
    )
    attachment: bool = Field(True, description="Whether the record's document comes with it.")
    mailbox: Literal["graph", "imap", "mailpit"] = Field(
        "graph", description="What the test mailbox is read through: Microsoft Graph, IMAP, or Mailpit's API."
    )
    from_address: str | None = Field(
        None,
        examples=["envios@envios.example"],
        description="The address in its From line, as it arrives; not compared unless given.",
    )
    sender: str | None = Field(
        None,
        description="The mailbox that it is sent from, where the gate may read it: what does not arrive is looked "
        "for in its Sent Items, and a notice that it bounced in its inbox.",
    )
    arrives_within_s: float = Field(180, gt=0, description="How long it is waited for.")
    settle_s: float = Field(20, ge=0, description="How long a second copy is looked for.")

    @model_validator(mode="after")
    def _knows_the_address(self) -> Mail:
        if self.sender and self.mailbox != "graph":
            raise ValueError(
                'mail.sender is read through Microsoft Graph; leave it out, or set mailbox = "graph"'
            )
        if (self.to is None) == (self.address is None):
            raise ValueError(
                "mail needs to, the field for the address, or else address, a field of the record"
            )
        return self


class SyncLog(Input):
    """The table in which the app notes its syncs, the second witness for the counts on the screen."""

    table: str = Field(description="The table's name.")
    newest: str = Field("id", description="The column that grows with every row.")
    counts: dict[str, str] = Field(
        {}, description="Group of sync.done = the column whose sum over this sync's rows it must equal."
    )
    rows: int = Field(1, ge=1, description="The least rows that a sync leaves: one for each of its files.")
    result: str | None = Field(None, description="The column that says how it went.")
    ok: str = Field("ok", description="What stands there when it went well.")
    empty_ok: bool = Field(
        False,
        description="True where a row may rightly say that nothing was read: a file that is empty at times.",
    )


class Sync(Input):
    """The sync that is started on a page and says what it did."""

    open: tuple[Where, ...] = Field(min_length=1, description="What is clicked to get to its page, in order.")
    submit: Where = Field(description="The button that runs it.")
    done: str = Field(
        description="What the app says after it: a regular expression with a named group for each count."
    )
    read: str = Field("read", description="The group that counts what was read; never zero.")
    changed: tuple[str, ...] = Field(
        ("inserted", "updated"), description="The groups that must be zero when it is run again."
    )
    error: str | None = Field(None, description="What the app says when it could not.")
    within_s: float = Field(60, gt=0, description="How long it may take.")
    log: SyncLog | None = Field(None, description="Where the app notes its syncs.")

    @model_validator(mode="after")
    def _groups_are_in_the_expression(self) -> Sync:
        try:
            groups = re.compile(self.done).groupindex
        except re.error as error:
            raise ValueError(f"sync.done is no regular expression: {error}") from None
        wanted = (self.read, *self.changed, *(self.log.counts if self.log else ()))
        missing = [name for name in wanted if name not in groups]
        if missing:
            raise ValueError(f"sync.done has no group {missing[0]!r}; write (?P<{missing[0]}>\\d+) there")
        return self
