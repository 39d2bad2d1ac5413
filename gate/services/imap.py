"""The test mailbox, read over IMAP4rev1 (RFC 3501): by UID, without marking anything as read.

Facts besides: RFC 4315 (UIDPLUS) for deleting one message alone, RFC 6154 for the name of the junk folder.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import imaplib
import re
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

from gate.services import mime
from gate.services.http import (
    LARGEST,
    Denied,
    Missing,
    ServiceError,
    Unexpected,
    Unreachable,
)
from gate.services.imap_wire import (
    MONTHS,
    SERVICE,
    SETTINGS,
    Login,
    capabilities,
    fetched,
    good,
    internal_date,
    junk,
    select,
)
from gate.services.mailbox import FOLDERS, Message

QUESTION_S = 30.0
NEWEST = 200
_HEADERS = "BODY.PEEK[HEADER.FIELDS (SUBJECT FROM TO CC BCC)]"
T = TypeVar("T")


class ImapMailbox:
    """One mailbox and its junk folder, where the server names one. Use as a context manager.

    The connection is opened by the first question and kept; each question ends within QUESTION_S seconds.
    Raises AddressRefused, Denied (the login), Missing (a message that is gone), Unreachable, or Unexpected.
    """

    def __init__(self, login: Login, address: str) -> None:
        self.address = address
        self._login = login
        self._server: imaplib.IMAP4 | None = None
        self._folders: dict[str, str] = {}

    def __enter__(self) -> ImapMailbox:
        return self

    def __exit__(self, *_: object) -> None:
        if self._server is not None:
            with contextlib.suppress(OSError, imaplib.IMAP4.error):
                self._server.logout()

    def search(self, token: str, since: dt.datetime, folders: Sequence[str] = FOLDERS) -> list[Message]:
        """Messages in these folders received since `since` whose subject holds `token`.

        The newest 200 of these days are looked at. Subjects are compared here: servers differ in how they search
        for letters beyond ASCII.
        """
        return self._read(lambda server: self._search(server, token, since, folders))

    def open(self, message: Message) -> Message:
        """The same message with its body and attachments."""
        return self._read(lambda server: self._open(server, message))

    def delete(self, message: Message, token: str) -> None:
        """Delete by UID, after reading the message again and finding `token` in its subject."""
        with self._told() as server:
            uid = self._chosen(server, message, readonly=False)
            again = mime.parsed(fetched(server, uid, _HEADERS).get(uid, (b"", b""))[1])
            if token not in mime.subject(again):
                return
            good(server.uid("STORE", uid, "+FLAGS.SILENT", r"(\Deleted)"))
            if "UIDPLUS" in capabilities(server):
                good(server.uid("EXPUNGE", uid))
            elif good(server.uid("SEARCH", "DELETED"))[0].split() == [uid.encode()]:
                # Without UIDPLUS this takes whatever anybody marked: then the mark itself must do.
                good(server.expunge())

    def _search(
        self, server: imaplib.IMAP4, token: str, since: dt.datetime, folders: Sequence[str]
    ) -> list[Message]:
        found: list[Message] = []
        for folder in folders:
            if folder not in self._folders:
                continue
            validity = select(server, self._folders[folder], readonly=True)
            # SINCE knows whole days, in the server's own zone.
            day = since.astimezone(dt.UTC).date() - dt.timedelta(days=1)
            asked = f"{day.day}-{MONTHS[day.month - 1]}-{day.year}"
            uids = good(server.uid("SEARCH", "SINCE", asked, "UNDELETED"))[0].split()[-NEWEST:]
            if not uids:
                continue
            hits = fetched(server, b",".join(uids).decode(), f"(INTERNALDATE {_HEADERS})")
            for uid, (about, header) in hits.items():
                received, fields = internal_date(about), mime.parsed(header)
                subject = mime.subject(fields)
                if token in subject and received >= since.replace(microsecond=0):
                    found.append(
                        Message(
                            f"{validity}.{uid}",
                            folder,
                            subject,
                            received.isoformat(),
                            mime.recipients(fields),
                            sender=mime.sender(fields),
                        )
                    )
        return found

    def _open(self, server: imaplib.IMAP4, message: Message) -> Message:
        uid = self._chosen(server, message, readonly=True)
        size = re.search(rb"RFC822\.SIZE (\d+)", fetched(server, uid, "RFC822.SIZE").get(uid, (b"", b""))[0])
        if size is None:
            raise Missing(f"{SERVICE}: the message is not in {message.folder} any more")
        if int(size[1]) > LARGEST:
            raise Unexpected(f"{SERVICE}: the message weighs {int(size[1])} bytes, too many to be read")
        whole = mime.parsed(fetched(server, uid, "BODY.PEEK[]").get(uid, (b"", b""))[1])
        text, is_html = mime.body(whole)
        return replace(message, body=text, is_html=is_html, attachments=mime.files(whole))

    def _chosen(self, server: imaplib.IMAP4, message: Message, *, readonly: bool) -> str:
        """The UID of a message, with its folder selected; raises Missing where UIDs mean other messages by now."""
        validity, _, uid = message.id.partition(".")
        folder = self._folders.get(message.folder)
        if folder is None or select(server, folder, readonly=readonly) != validity:
            raise Missing(
                f"{SERVICE}: {message.folder} was begun anew, and the message is not known any more"
            )
        return uid

    def _read(self, question: Callable[[imaplib.IMAP4], T]) -> T:
        """Ask; once more where a connection that was open before has been closed meanwhile."""
        was_open = self._server is not None
        try:
            with self._told() as server:
                return question(server)
        except Unreachable:
            if not was_open:
                raise
        with self._told() as server:
            return question(server)

    @contextlib.contextmanager
    def _told(self) -> Iterator[imaplib.IMAP4]:
        """The signed-in server for one bounded question; what goes wrong is told in the words of the gate."""
        where = f"{SERVICE} at {self._login.host}"
        try:
            server = self._server = self._server or self._login.connection()
            # The socket's own timeout bounds each piece: a trickle would never end.
            alarm = threading.Timer(QUESTION_S, _cut, [server])
            alarm.daemon = True
            alarm.start()
            try:
                if not self._folders:
                    self._sign_in(server)
                yield server
            finally:
                alarm.cancel()
        except (ServiceError, OSError, imaplib.IMAP4.error) as error:
            self._drop()
            if isinstance(error, ServiceError):
                raise
            if isinstance(error, ssl.SSLCertVerificationError):
                raise Denied(
                    f"{where} shows a certificate that is not trusted: {error.verify_message}",
                    hint="is GATE_IMAP_URL the name that the certificate is for?",
                ) from None
            if isinstance(error, (OSError, imaplib.IMAP4.abort)) or _said(error).startswith("* BYE"):
                raise Unreachable(
                    f"{where} did not answer: {_said(error)}",
                    hint="is the mail server up, and can this machine reach it?",
                ) from None
            raise Unexpected(f"{where} answered: {_said(error)}", hint=SETTINGS) from None

    def _sign_in(self, server: imaplib.IMAP4) -> None:
        try:
            server.login(self._login.user, self._login.password.get_secret_value())
        except imaplib.IMAP4.abort:
            raise
        except (imaplib.IMAP4.error, UnicodeError) as error:
            said = "it takes ASCII letters alone" if isinstance(error, UnicodeError) else _said(error)
            raise Denied(
                f"{SERVICE} at {self._login.host} refused the login of the gate: {said}",
                hint=f"{SETTINGS}; many providers want an app password, and Exchange Online takes none at all: "
                'read it with mailbox = "graph"',
            ) from None
        self._folders = {"inbox": "INBOX", **junk(server)}

    def _drop(self) -> None:
        """Forget a connection of which nothing good is to be expected, without a word to the server."""
        server, self._server, self._folders = self._server, None, {}
        if server is not None:
            _cut(server)
            with contextlib.suppress(OSError):
                server.shutdown()


def _cut(server: imaplib.IMAP4) -> None:
    with contextlib.suppress(OSError):
        server.socket().shutdown(socket.SHUT_RDWR)


def _said(error: BaseException) -> str:
    text = error.args[0] if error.args else ""
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (text.decode("utf-8", "replace") if isinstance(text, bytes) else str(error)) or type(
        error
    ).__name__
