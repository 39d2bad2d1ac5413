"""Which test mailbox is opened, with which settings, and what is told where they are missing."""

from __future__ import annotations

import base64
import datetime as dt
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from gate.mailboxes import MAILBOX_NAMES, open_mailbox
from gate.results import Cause, CouldNotTell
from gate.run import Run
from gate.services.http import Denied
from gate.services.mailbox import Message
from sandbox.doubles.imap import serve_imap
from tests.conftest import ROOT

INBOX = "qa@envios.example"
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture
def described(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Described:
    return Described(tmp_path, monkeypatch)


class Described:
    """A run on the sandbox's description, with another mailbox and these settings."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        for names in MAILBOX_NAMES.values():
            for name in names:
                patch.delenv(name, raising=False)

    def run(self, kind: str, settings: dict[str, str], mail_to: str = f'["{INBOX}"]') -> Run:
        text = (ROOT / "sandbox" / "target.toml").read_text(encoding="utf-8")
        text = text.replace('sender = "envios@envios.example"', f'mailbox = "{kind}"')
        target, env = self._folder / "target.toml", self._folder / "gate.env"
        target.write_text(text.replace(f'mail_to = ["{INBOX}"]', f"mail_to = {mail_to}"), encoding="utf-8")
        env.write_text("".join(f"{name}={value}\n" for name, value in settings.items()), encoding="utf-8")
        return Run(
            run_id="0123456789",
            stages=("postdeploy",),
            root=ROOT,
            target_file=target,
            checklist_file=ROOT / "checklist.toml",
            gate_env_file=env,
            base_url="http://127.0.0.1:1",
            environment_name="sandbox",
            commit=None,
            no_commit=True,
            app_dir=None,
            base_ref=None,
            app_env_file=None,
            release_notes=None,
            folder=self._folder,
            private=self._folder,
            report_dir=self._folder,
            started_at=NOW.isoformat(),
            browser=None,
        )


@pytest.mark.parametrize("kind", MAILBOX_NAMES)
def test_missing_settings_are_named(described: Described, kind: str) -> None:
    with pytest.raises(CouldNotTell) as told, open_mailbox(described.run(kind, {})):
        pass
    assert all(name in told.value.observed for name in MAILBOX_NAMES[kind])
    assert told.value.cause is Cause.CONFIGURATION


@pytest.mark.parametrize("kind", MAILBOX_NAMES)
def test_an_address_to_send_to_is_missed(described: Described, kind: str) -> None:
    settings = dict.fromkeys(MAILBOX_NAMES[kind], "x")
    with pytest.raises(CouldNotTell) as told, open_mailbox(described.run(kind, settings, mail_to="[]")):
        pass
    assert told.value.observed == "missing: mail_to of [environments.sandbox]"


def test_imap_is_read_at_its_address(described: Described) -> None:
    mail = EmailMessage()
    mail["Subject"], mail["To"] = "Envío ENV-000007", INBOX
    with serve_imap(INBOX, "clave") as server:
        server.deliver(mail.as_bytes())
        settings = {"GATE_IMAP_URL": server.address, "GATE_IMAP_USER": INBOX, "GATE_IMAP_PASSWORD": "clave"}
        with open_mailbox(described.run("imap", settings)) as mailbox:
            (found,) = mailbox.search("ENV-000007", NOW - dt.timedelta(minutes=5))
            assert (mailbox.address, found.recipients) == (INBOX, (INBOX,))


@pytest.mark.parametrize("password", ["clave", "mala"])
def test_mailpit_is_read_at_its_address_with_its_password(described: Described, password: str) -> None:
    with _mailpit("qa", "clave") as url:
        settings = {"GATE_MAILPIT_URL": url, "GATE_MAILPIT_USER": "qa", "GATE_MAILPIT_PASSWORD": password}
        with open_mailbox(described.run("mailpit", settings)) as mailbox:
            if password == "mala":
                with pytest.raises(Denied):
                    mailbox.search("ENV-000007", NOW)
            else:
                assert [one.id for one in mailbox.search("ENV-000007", NOW)] == ["id7"]


def test_mailpit_without_a_password_is_asked_without_one(described: Described) -> None:
    with (
        _mailpit("", "") as url,
        open_mailbox(described.run("mailpit", {"GATE_MAILPIT_URL": url})) as mailbox,
    ):
        assert [one.id for one in mailbox.search("ENV-000007", NOW)] == ["id7"]


@contextmanager
def _mailpit(user: str, password: str) -> Iterator[str]:
    """Mailpit's list of messages behind a port, with basic authentication where there is a user."""
    pair = base64.b64encode(f"{user}:{password}".encode()).decode()
    message = {"ID": "id7", "Subject": "Envío ENV-000007", "Created": NOW.isoformat(), "To": []}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = f"Basic {pair}" if user else None
            known = self.headers.get("Authorization") == wanted and self.path.startswith("/api/v1/messages?")
            self.send_response(200 if known else 401)
            self.end_headers()
            self.wfile.write(json.dumps({"messages": [message]}).encode() if known else b"Unauthorised.")

        def log_message(self, *_: object) -> None:
            """Not into the test's output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()


@pytest.mark.parametrize(
    ("body", "is_html", "found"),
    [
        ("Adjuntamos la guía del envío\r\nENV-000007. Destinatario: Ñandú <Güemes>", False, True),
        ("Envío ENV-000007. Destinatario: Ñandú &lt;Güemes&gt;", False, False),  # read as it stands
        ("<p>Envío <b>ENV-000007</b> para &Ntilde;and&uacute;&nbsp;&lt;G&uuml;emes&gt;</p>", True, True),
        ("<p>Envío ENV-000007 para Ñandú <Güemes></p>", True, False),  # taken for markup, and not shown
        ("<p>Envío ENV-000007 para Ñandú</p>", True, False),
        ("", False, False),
    ],
)
def test_what_a_reader_finds_in_a_mail(body: str, is_html: bool, found: bool) -> None:
    message = Message("1", "inbox", "Envío", "2025-11-24T12:00:00Z", (), body, is_html)
    assert (message.says("ENV-000007") and message.says("Ñandú <Güemes>")) is found
