"""An app that hangs is waited for once: what one check asked in vain no other one asks again."""

from __future__ import annotations

import http.server
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from gate.browser.context import context_options
from gate.browser.launch import launched
from gate.browser.login import sign_in
from gate.browser.visitor import Visitor
from gate.deadline import Patience
from gate.recorder import Check
from gate.redact import Scrubber
from gate.results import Blocked, Failed
from gate.settings import Account
from gate.shared import Shared
from gate.target import Target
from tests.waiting_server import WaitingServer

FORM = (
    b"<!doctype html><form method=post>User <input name=u> <input name=p type=password><button>Enter</button>"
)
TARGET = Target.model_validate(
    {
        "schema": 1,
        "name": "x",
        "login": {
            "path": "/login",
            "user": {"name": "u"},
            "password": {"name": "p"},
            "submit": "Enter",
            "proof": {"heading": "In"},
        },
        "guard": {"budget_ms": 100},
        "without": dict.fromkeys(("panels", "shipment", "pdf", "mail", "sync"), "a page alone"),
    }
)


class Server(WaitingServer):
    """Gives the sign-in form; every POST and /hangs wait for the end. Keeps what hung."""

    def __init__(self) -> None:
        super().__init__(Handler)
        self.hung: list[str] = []


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        if self.path == "/hangs":
            self.do_POST()
            return
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(FORM)))
        self.end_headers()
        self.wfile.write(FORM)

    def do_POST(self) -> None:
        self.server.hung.append(f"{self.command} {self.path}")
        self.server.over.wait()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    with one.running():
        yield one


def _opens(visitor: Visitor) -> None:
    visitor.visit("/hangs")


def _signs_in(visitor: Visitor) -> None:
    sign_in(visitor, TARGET.login, Account("admin", "a@x.example", SecretStr("not a secret")))


@pytest.mark.parametrize(("asked", "ask"), [("GET /hangs", _opens), ("POST /login", _signs_in)])
def test_what_hung_is_named_and_not_asked_again(
    server: Server, tmp_path: Path, asked: str, ask: Callable[[Visitor], None]
) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    with launched() as browser:

        def somebody(check_id: str) -> Visitor:
            context = browser.new_context(**context_options(url, "0123456789", browser.version))
            return Visitor(
                context,
                url,
                TARGET,
                Check(check_id, tmp_path, Scrubber(), patience=Patience(Shared(tmp_path / "shared"))),
            )

        with pytest.raises(Failed) as failed:
            ask(somebody("one.first"))
        with pytest.raises(Blocked) as blocked:
            ask(somebody("one.second"))
    assert failed.value.expected.startswith("an answer")
    assert f"{asked.partition(' ')[0]} " in failed.value.observed
    assert "not answered within" in failed.value.observed
    assert blocked.value.blocked_by == "one.first"
    assert server.hung == [asked]
