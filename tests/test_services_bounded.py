"""An answer without an end is left in time, and called what it is."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from gate.access import asking
from gate.access.asking import ask_all, in_thread, open_client
from gate.access.signing_in import Session
from gate.results import CouldNotTell, Failed
from gate.services import bounded
from gate.services.reach import SecondWord, reach, still_answers
from gate.services.revision import read_version
from gate.target import Version

CHUNK = b"x" * 65536


class Endless(http.server.BaseHTTPRequestHandler):
    """`/flood` sends without end, `/trickle` a byte now and then, both until the asker hangs up."""

    server: Server

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        try:
            while not self.server.over.wait(0.02 if self.path == "/trickle" else 0):
                self.wfile.write(b"x" if self.path == "/trickle" else CHUNK)
        except OSError:
            self.server.left.set()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


class Server(http.server.ThreadingHTTPServer):
    """`over` ends every answer; `left` is set when an asker hung up."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Endless)
        self.over, self.left = threading.Event(), threading.Event()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def url(server: Server) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def test_a_page_that_floods_is_the_app_s_fault(server: Server, url: str) -> None:
    with pytest.raises(Failed, match="the page does not end: more than 4 MB"):
        reach(url, "/flood", "test")
    assert server.left.wait(10)


def test_a_page_that_trickles_is_the_app_s_fault_where_a_witness_speaks_for_it(url: str) -> None:
    with pytest.raises(CouldNotTell, match="does not end"):
        reach(url, "/trickle", "test", 0.3)
    with pytest.raises(Failed, match=r"does not end.*it runs"):
        reach(url, "/trickle", "test", 0.3, witness=lambda: SecondWord("it runs"))


@pytest.mark.parametrize("path", ["/flood", "/trickle"])
def test_an_app_that_sends_without_end_still_answers(url: str, path: str) -> None:
    assert still_answers(url, path, "test")


def test_a_version_without_end_is_none(url: str) -> None:
    version = Version.model_validate({"path": "/trickle", "key": "commit"})
    with httpx.Client(timeout=0.3) as client:
        assert read_version(client, url, version).trouble.startswith("Endless")


def test_a_sign_in_form_without_end_is_left(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    async def opened(path: str) -> httpx.Response:
        async with open_client(url, "test") as client:
            return (await Session().open(client, path))[1]

    assert len(in_thread(opened("/flood")).content) < bounded.PAGE + 2 * len(CHUNK)
    monkeypatch.setattr("gate.access.signing_in.WHOLE_S", 0.3)
    with pytest.raises(bounded.Endless):
        in_thread(opened("/trickle"))


def test_a_page_among_many_without_end_is_asked_once(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setattr(asking, "WHOLE_S", 0.3)
    (answer,) = in_thread(ask_all(url, "test", [("/trickle", {})]))
    assert "does not end" in answer.error
    assert answer.attempts == 1
