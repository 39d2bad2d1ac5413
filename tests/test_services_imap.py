"""The test mailbox over IMAP: a conversation with a real server, and with a broken one."""

from __future__ import annotations

import datetime as dt
import imaplib
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import SecretStr

from gate.services import imap, imap_wire
from gate.services.http import AddressRefused, Denied, Missing, ServiceError, Unexpected, Unreachable
from gate.services.imap import ImapMailbox
from gate.services.imap_wire import Login
from gate.services.mailbox import Message
from sandbox.doubles.imap import JUNK, ImapDouble, serve_imap

INBOX = "pruebas@empresa.example"
SUBJECT = "Envío ENV-000007"
LONG_AGO = dt.timedelta(days=2)


@pytest.fixture(scope="module")
def server() -> Iterator[ImapDouble]:
    with serve_imap(INBOX, "clave") as double:
        yield double


@pytest.fixture(autouse=True)
def empty(server: ImapDouble) -> None:
    with server.signed_in() as client:
        for folder in ("INBOX", JUNK):
            client.select(folder)
            client.store("1:*", "+FLAGS", r"(\Deleted)")
            client.expunge()


@pytest.fixture
def mailbox(server: ImapDouble) -> Iterator[ImapMailbox]:
    with ImapMailbox(_login(server.address), INBOX) as opened:
        yield opened


def _login(url: str, password: str = "clave") -> Login:
    return Login(url, INBOX, SecretStr(password))


def _mail(subject: str = SUBJECT, **headers: str) -> bytes:
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject, "envios@empresa.example", INBOX
    for name, value in headers.items():
        mail[name] = value
    mail.set_content("Su envío está en camino")
    mail.add_alternative("<p>Su envío está en camino</p>", subtype="html")
    mail.add_attachment(b"%PDF-1.7 \x00\r\n\xff", maintype="application", subtype="pdf", filename="guía.pdf")
    return mail.as_bytes()


def _since() -> dt.datetime:
    return dt.datetime.now(dt.UTC) - dt.timedelta(minutes=5)


def _flags(server: ImapDouble) -> list[bytes]:
    with server.signed_in() as client:
        client.select("INBOX", readonly=True)
        return [one for one in client.fetch("1:*", "(FLAGS)")[1] if isinstance(one, bytes)]


def test_it_finds_by_subject_and_time_in_inbox_and_junk(server: ImapDouble, mailbox: ImapMailbox) -> None:
    server.deliver(_mail("Otro"))
    server.deliver(_mail())
    server.deliver(_mail(), received_at=time.time() - 3600)
    server.deliver(_mail(), received_at=time.time() - LONG_AGO.total_seconds())
    server.deliver(_mail(), JUNK)
    found = mailbox.search(SUBJECT, _since())
    assert [(one.subject, one.folder) for one in found] == [(SUBJECT, "inbox"), (SUBJECT, "junkemail")]
    assert abs(dt.datetime.fromisoformat(found[0].received).timestamp() - time.time()) < 60
    assert [one.folder for one in mailbox.search(SUBJECT, _since(), ("inbox",))] == ["inbox"]
    assert mailbox.search(SUBJECT, _since(), ("sentitems",)) == []


def test_it_sees_what_came_after_it_looked_first(server: ImapDouble, mailbox: ImapMailbox) -> None:
    assert mailbox.search(SUBJECT, _since()) == []
    server.deliver(_mail())
    assert len(mailbox.search(SUBJECT, _since())) == 1


def test_it_sees_everybody_that_a_mail_names(server: ImapDouble, mailbox: ImapMailbox) -> None:
    server.deliver(_mail(Cc='"Otra, Persona" <Otra@Empresa.example>'))
    (found,) = mailbox.search(SUBJECT, _since())
    assert (found.sender, found.recipients) == ("envios@empresa.example", (INBOX, "otra@empresa.example"))


def test_it_reads_body_and_file_and_leaves_the_mail_unread(server: ImapDouble, mailbox: ImapMailbox) -> None:
    server.deliver(_mail())
    message = mailbox.open(mailbox.search(SUBJECT, _since())[0])
    assert message.body.strip() == "Su envío está en camino"
    (file,) = message.attachments
    assert (file.name, file.content_type) == ("guía.pdf", "application/pdf")
    assert file.content == b"%PDF-1.7 \x00\r\n\xff"
    assert not any(b"Seen" in flags for flags in _flags(server))


def test_it_deletes_that_message_alone_and_only_if_it_is_still_the_one(
    server: ImapDouble, mailbox: ImapMailbox
) -> None:
    server.deliver(_mail())
    server.deliver(_mail("Otro"))
    (found,) = mailbox.search(SUBJECT, _since())
    mailbox.delete(found, "ENV-000008")
    assert len(_flags(server)) == 2
    mailbox.delete(found, "ENV-000007")
    assert len(_flags(server)) == 1
    assert [one.subject for one in mailbox.search("Otro", _since())] == ["Otro"]
    mailbox.delete(found, "ENV-000007")  # gone already: nothing happens
    with pytest.raises(Missing):
        mailbox.open(found)


@pytest.mark.parametrize("marked_by_another", [True, False])
def test_without_uidplus_it_expunges_nobody_elses_mail(
    server: ImapDouble, mailbox: ImapMailbox, monkeypatch: pytest.MonkeyPatch, marked_by_another: bool
) -> None:
    server.deliver(_mail("Otro"))
    server.deliver(_mail())
    if marked_by_another:
        with server.signed_in() as client:
            client.select("INBOX")
            client.store("1", "+FLAGS", r"(\Deleted)")
    monkeypatch.setattr(imap, "capabilities", lambda client: frozenset())
    (found,) = mailbox.search(SUBJECT, _since())
    mailbox.delete(found, SUBJECT)
    assert len(_flags(server)) == (2 if marked_by_another else 1)
    assert mailbox.search(SUBJECT, _since()) == []


def test_a_folder_that_was_begun_anew_holds_other_messages(server: ImapDouble, mailbox: ImapMailbox) -> None:
    server.deliver(_mail())
    (found,) = mailbox.search(SUBJECT, _since())
    old = Message("7.101", found.folder, found.subject, found.received, found.recipients)
    with pytest.raises(Missing):
        mailbox.delete(old, SUBJECT)
    assert len(_flags(server)) == 1


def test_a_refused_login_names_the_settings(server: ImapDouble) -> None:
    with ImapMailbox(_login(server.address, "mala"), INBOX) as refused, pytest.raises(Denied) as told:
        refused.search(SUBJECT, _since())
    assert "GATE_IMAP_PASSWORD" in told.value.hint
    assert "mala" not in str(told.value)


def test_a_password_that_cannot_be_sent_is_told_as_such(server: ImapDouble) -> None:
    with ImapMailbox(_login(server.address, "contraseña"), INBOX) as refused, pytest.raises(Denied) as told:
        refused.search(SUBJECT, _since())
    assert "contraseña" not in str(told.value)


@pytest.mark.parametrize(
    "url",
    ["imap.empresa.example", "https://imap.empresa.example", "imaps://", "imaps://qa:clave@imap.example"],
)
def test_an_address_must_be_one_of_imap(url: str) -> None:
    with pytest.raises(AddressRefused) as told:
        _login(url)
    assert "clave" not in str(told.value)


def test_off_this_machine_nothing_is_said_without_encryption() -> None:
    heard: list[bytes] = []
    with (
        _scripted([b"* OK ready\r\n", b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"], heard) as port,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(imap_wire, "is_loopback", lambda url: False)
        with ImapMailbox(_login(f"imap://127.0.0.1:{port}"), INBOX) as plain, pytest.raises(AddressRefused):
            plain.search(SUBJECT, _since())
    assert not any(b"LOGIN" in line for line in heard)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate of this machine that nobody vouches for, and its key."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "certificate.pem", folder / "key.pem"
    asked = "openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*asked.split(), "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key


def test_a_certificate_that_nobody_vouches_for_is_refused(certificate: tuple[Path, Path]) -> None:
    heard: list[bytes] = []
    with (
        _scripted([b"* OK ready\r\n"], heard, certificate) as port,
        ImapMailbox(_login(f"imaps://127.0.0.1:{port}"), INBOX) as opened,
        pytest.raises(Denied) as told,
    ):
        opened.search(SUBJECT, _since())
    assert "certificate" in str(told.value)
    assert heard == []


def test_it_signs_in_over_an_encrypted_connection(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    monkeypatch.setattr(imap_wire, "trust_store", lambda: trusted)
    heard: list[bytes] = []
    script = [b"* OK ready\r\n", CAPABLE, b"{tag} NO [AUTHENTICATIONFAILED] no\r\n"]
    with (
        _scripted(script, heard, certificate) as port,
        ImapMailbox(_login(f"imaps://127.0.0.1:{port}"), INBOX) as opened,
        pytest.raises(Denied, match="refused the login"),
    ):
        opened.search(SUBJECT, _since())
    assert b"LOGIN" in heard[-1]


CAPABLE = b"* CAPABILITY IMAP4rev1\r\n{tag} OK done\r\n"
BROKEN: list[tuple[str, list[bytes], type[ServiceError]]] = [
    ("it sends its callers away", [b"* BYE too many connections\r\n"], Unreachable),
    ("it speaks something else", [b"220 smtp.empresa.example ESMTP\r\n"], Unreachable),
    (
        "it hangs up in mid-sentence",
        [b"* OK ready\r\n", CAPABLE, b"{tag} OK done\r\n", b"* LIST (\\"],
        Unreachable,
    ),
    (
        "it has no inbox",
        [b"* OK ready\r\n", CAPABLE, b"{tag} OK done\r\n", b"{tag} OK done\r\n", b"{tag} NO none\r\n"],
        Unexpected,
    ),
    ("it never answers", [b"* OK ready\r\n", CAPABLE, b"{silence}"], Unreachable),
    ("it trickles", [b"* OK ready\r\n", CAPABLE, b"{trickle}"], Unreachable),
]


@pytest.mark.parametrize(("script", "told"), [one[1:] for one in BROKEN], ids=[one[0] for one in BROKEN])
def test_a_broken_server_is_told_in_time(
    script: list[bytes], told: type[ServiceError], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imap_wire, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(imap, "QUESTION_S", 0.6)
    with (
        _scripted(script, []) as port,
        ImapMailbox(_login(f"imap://127.0.0.1:{port}"), INBOX) as opened,
        pytest.raises(told) as error,
    ):
        opened.search(SUBJECT, _since())
    assert type(error.value) is told
    assert error.value.hint


def test_a_connection_that_was_closed_meanwhile_is_opened_anew(
    server: ImapDouble, mailbox: ImapMailbox
) -> None:
    server.deliver(_mail())
    assert len(mailbox.search(SUBJECT, _since())) == 1
    assert mailbox._server is not None
    mailbox._server.socket().shutdown(socket.SHUT_RDWR)
    assert len(mailbox.search(SUBJECT, _since())) == 1


@pytest.mark.parametrize(
    ("listed", "junk"),
    [
        ([b'(\\HasNoChildren) "/" INBOX'], {}),
        ([b'(\\HasNoChildren) "." "INBOX.spam"'], {"junkemail": '"INBOX.spam"'}),
        (
            [b'(\\HasNoChildren) "/" Spam', b'(\\HasNoChildren \\Junk) "/" "Correo basura"'],
            {"junkemail": '"Correo basura"'},
        ),
        ([b"(\\HasNoChildren) NIL Junk", (b"() {5}", b'a"b/c')], {"junkemail": '"Junk"'}),
    ],
)
def test_the_junk_folder_is_the_marked_one_else_one_of_a_usual_name(
    listed: list[object], junk: dict[str, str]
) -> None:
    class Listing(imaplib.IMAP4):
        def __init__(self) -> None:
            pass

        def list(self, directory: str = '""', pattern: str = "*") -> tuple[str, list[object]]:  # type: ignore[override]
            return "OK", listed

    assert imap_wire.junk(Listing()) == junk


@contextmanager
def _scripted(
    lines: list[bytes], heard: list[bytes], certificate: tuple[Path, Path] | None = None
) -> Iterator[int]:
    """A server that says one line of the script after each that it hears, and then hangs up."""
    done = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            if certificate:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(*certificate)
                connection = context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as file:
                for number, line in enumerate(lines):
                    tag = b""
                    if number:
                        heard.append(file.readline())
                        tag = heard[-1].split(b" ")[0]
                    if line == b"{silence}":
                        done.wait(10)
                    while line == b"{trickle}" and not done.wait(0.1):
                        connection.sendall(b".")
                    connection.sendall(line.replace(b"{tag}", tag))

        def main() -> None:
            with suppress(OSError):  # the caller may hang up first
                serve()

        thread = threading.Thread(target=main, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        done.set()
        thread.join(10)
