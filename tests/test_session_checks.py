"""The session's checks against a small app: what was refused for another reason proves nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from urllib.parse import parse_qs, urlsplit

import pytest
from pydantic import SecretStr

from gate.access.asking import store_cookies
from gate.recorder import Check
from gate.redact import Scrubber
from gate.results import CheckStopped, CouldNotTell, Failed
from gate.run import Run
from gate.settings import Settings
from gate.target import Target
from postdeploy import test_session as checks

FORM = (
    "<form method=post><input type=hidden name=csrf_token value=t><input name=user>"
    "<input name=word type=password><button>In</button></form>"
)


class App(ThreadingHTTPServer):
    """Signs anybody in who sends the token. `posts` and `home` are statuses that come instead; `open`: sends on."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.posts: list[int] = []
        self.home, self.open, self.bare = 0, False, 400
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: App

    def do_GET(self) -> None:
        if urlsplit(self.path).path == "/login":
            return self._send(200, FORM)
        if self.server.home:
            return self._send(self.server.home)
        inside = "s" in SimpleCookie(self.headers.get("Cookie", ""))
        return self._send(200, "<h1>Home</h1>") if inside else self._send(302, Location="/login?next=/")

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        if self.server.posts and (status := self.server.posts.pop(0)):
            return self._send(status, FORM)
        if "csrf_token" not in sent:
            return self._send(self.server.bare, FORM)
        onward = parse_qs(urlsplit(self.path).query).get("next", ["/"])[0] if self.server.open else "/"
        return self._send(302, Location=onward, Set_Cookie="s=1; HttpOnly")

    def _send(self, status: int, body: str = "", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "text/html", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def app() -> Iterator[App]:
    with App() as one:
        thread = threading.Thread(target=one.serve_forever)
        thread.start()
        yield one
        one.shutdown()
        thread.join()


TARGET = cast(Target, SimpleNamespace(login=SimpleNamespace(path="/login", home="/")))


def _run(app: App) -> Run:
    settings = Settings({"GATE_ADMIN_USER": SecretStr("a"), "GATE_ADMIN_PASSWORD": SecretStr("made-up")})
    target = SimpleNamespace(roles={"admin": "GATE_ADMIN"})
    return cast(Run, SimpleNamespace(base_url=app.url, target=target, settings=settings, booted=None))


def _check(folder: Path) -> Check:
    return Check("x", folder, Scrubber())


def _stopped(run: Callable[[], None]) -> CheckStopped | None:
    try:
        run()
    except CheckStopped as stop:
        return stop
    return None


@pytest.mark.parametrize("status", [200, 400, 401, 403, 429, 503])
@pytest.mark.parametrize("nth", [0, 3])
def test_nowhere_proves_nothing_where_nobody_was_let_in(
    app: App, tmp_path: Path, status: int, nth: int
) -> None:
    app.posts = [0] * nth + [status] * 9
    with pytest.raises(CouldNotTell, match=f"does not sign in \\(HTTP {status}\\)"):
        checks.test_the_sign_in_leads_nowhere_else(_check(tmp_path), _run(app), TARGET, "ua", None)


def test_a_sign_in_that_stays_in_the_app(app: App, tmp_path: Path) -> None:
    check = _check(tmp_path)
    checks.test_the_sign_in_leads_nowhere_else(check, _run(app), TARGET, "ua", None)
    assert check.count == len(checks.HOSTILE)


def test_where_it_leads_elsewhere_what_was_refused_excuses_nothing(app: App, tmp_path: Path) -> None:
    app.open, app.posts = True, [0, 429, 429, 429]
    with pytest.raises(Failed, match=r"sent to http://elsewhere\.example/"):
        checks.test_the_sign_in_leads_nowhere_else(_check(tmp_path), _run(app), TARGET, "ua", None)


@pytest.mark.parametrize(("status", "kind"), [(400, None), (429, CouldNotTell), (503, CouldNotTell)])
def test_a_form_that_is_not_heard_is_not_refused_for_its_token(
    app: App, tmp_path: Path, status: int, kind: type[CheckStopped] | None
) -> None:
    app.bare = status
    said = _stopped(
        lambda: checks.test_a_sign_in_without_token_is_refused(
            _check(tmp_path), _run(app), TARGET, "ua", None
        )
    )
    assert (said and type(said)) is kind


@pytest.mark.parametrize(
    ("home", "kind"), [(302, None), (429, CouldNotTell), (503, CouldNotTell), (500, Failed)]
)
def test_an_old_cookie_is_worthless_only_where_the_app_says_so(
    app: App, tmp_path: Path, home: int, kind: type[CheckStopped] | None
) -> None:
    app.home = home if home != 302 else 0
    state = tmp_path / "state.json"
    store_cookies(state, app.url, {"other": "1"})
    session = {"state": str(state)}
    said = _stopped(
        lambda: checks.test_a_copy_of_the_old_cookie_is_worthless(
            _check(tmp_path), _run(app), TARGET, "ua", session, {}
        )
    )
    assert (said and type(said)) is kind
