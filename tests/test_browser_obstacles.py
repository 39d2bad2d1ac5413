"""What stands in a visitor's way in the browser is recognised and named, or dealt with as a person would."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pydantic import SecretStr

from gate.browser.launch import context_options, launched
from gate.browser.login import sign_in
from gate.browser.visitor import Visitor
from gate.recorder import Check
from gate.redact import Scrubber
from gate.results import CheckStopped, CouldNotTell, Failed
from gate.services.reach import reach
from gate.settings import Account
from gate.target import Locator, Target

FORM = "<form method=post>User <input name=u> <input name=p type=password><button>Enter</button></form>"
BANNER = "<div id=cookies style='position:fixed;inset:0;background:#eee'><button onclick='cookies.remove()'>"
PAGES = {
    "/login": FORM,
    "/captcha": f"{FORM}<div class='g-recaptcha'></div>",
    "/expired": "<h1>Your password has expired</h1><input type=password name=new><input type=password name=again>",
    "/banner": f"<a href='/next'>Next</a>{BANNER}Accept</button></div>",
    "/tab": "<a href='/next' target='_blank' rel='noopener'>Next</a>",
    "/next": "<h1>Arrived</h1>",
}


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/loop":
            self._send(302, "", Location="/loop")
        elif self.path == "/maintenance":
            self._send(503, "<h1>Sitio en mantenimiento</h1>")
        elif self.path == "/basic":
            self._send(401, "", **{"WWW-Authenticate": 'Basic realm="staging"'})
        else:
            self._send(200 if self.path in PAGES else 404, PAGES.get(self.path, ""))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._send(302, "", Location="/expired")

    def _send(self, status: int, body: str, **headers: str) -> None:
        content = f"<!doctype html>{body}".encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "text/html",
            "Content-Length": str(len(content)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as one:
        yield one


def _target(path: str = "/login", dismiss: str | None = None) -> Target:
    return Target.model_validate(
        {
            "schema": 1,
            "name": "x",
            "login": {
                "path": path,
                "user": {"name": "u"},
                "password": {"name": "p"},
                "submit": "Enter",
                "proof": {"heading": "In"},
            },
            "guard": {"dismiss": dismiss} if dismiss else {},
            "without": dict.fromkeys(("panels", "shipment", "pdf", "mail", "sync"), "a page alone"),
        }
    )


def _visitor(browser: Browser, app: str, target: Target, folder: Path) -> Visitor:
    context = browser.new_context(**context_options(app, "test", browser.version))
    return Visitor(context, app, target, Check("x", folder, Scrubber([])))


@pytest.mark.parametrize(("path", "word"), [("/captcha", "captcha"), ("/login", "new password")])
def test_a_sign_in_that_cannot_be_passed(
    browser: Browser, app: str, tmp_path: Path, path: str, word: str
) -> None:
    target = _target(path)
    with pytest.raises(CouldNotTell) as told:
        sign_in(
            _visitor(browser, app, target, tmp_path),
            target.login,
            Account("admin", "a", SecretStr("made-up")),
        )
    assert word in told.value.observed


def test_a_banner_is_named(browser: Browser, app: str, tmp_path: Path) -> None:
    visitor = _visitor(browser, app, _target(), tmp_path)
    visitor.context.set_default_timeout(700)
    visitor.visit("/banner")
    with pytest.raises(Failed) as told:
        visitor.click(Locator(text="Next"))
    assert "it is covered by <" in told.value.observed
    assert "guard.dismiss" in told.value.hint


def test_a_banner_is_closed_once_it_is_described(browser: Browser, app: str, tmp_path: Path) -> None:
    visitor = _visitor(browser, app, _target(dismiss="Accept"), tmp_path)
    visitor.visit("/banner")
    visitor.click(Locator(text="Next"))
    assert visitor.text() == "Arrived"


def test_a_new_tab_is_followed(browser: Browser, app: str, tmp_path: Path) -> None:
    visitor = _visitor(browser, app, _target(), tmp_path)
    visitor.visit("/tab")
    visitor.click(Locator(text="Next"))
    assert visitor.text() == "Arrived"


def test_an_endless_redirect_is_the_app_s_fault(browser: Browser, app: str, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="REDIRECTS"):
        _visitor(browser, app, _target(), tmp_path).visit("/loop")


@pytest.mark.parametrize(
    ("path", "word"),
    [("/loop", "without end"), ("/maintenance", "maintenance"), ("/basic", "Basic"), ("/captcha", "captcha")],
)
def test_the_first_request_names_it(app: str, path: str, word: str) -> None:
    with pytest.raises(CheckStopped) as told:
        reach(app, path, "test")
    assert word in told.value.observed
