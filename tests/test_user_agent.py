"""Every request says whose it is: the gate's name and the run stand in it, also where it asks by the way."""

from __future__ import annotations

import http.server
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from gate.browser.context import context_options
from gate.browser.launch import launched
from gate.browser.visitor import Visitor
from gate.recorder import Check
from gate.redact import Scrubber
from gate.results import Failed
from gate.run import Run
from gate.shared import Shared
from gate.target import Target, Version
from gate.user_agent import user_agent
from postdeploy.closing import commit_unchanged
from tests.waiting_server import WaitingServer

RUN, COMMIT = "0123456789", "a" * 40
NAMED = user_agent(RUN)


class Server(WaitingServer):
    """Answers with a commit, but for /hangs, which waits for the end; keeps who asked for what."""

    def __init__(self) -> None:
        super().__init__(Handler)
        self.agents: list[tuple[str, str]] = []


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        self.server.agents.append((self.path, self.headers["User-Agent"]))
        if self.path == "/hangs":
            self.server.over.wait()
            return
        body = f'{{"commit": "{COMMIT}"}}'.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.fixture
def server() -> Iterator[Server]:
    one = Server()
    with one.running():
        yield one


def test_the_commit_is_asked_for_again_by_name(server: Server, tmp_path: Path) -> None:
    shared = Shared(tmp_path)
    shared.put("commit", {"live": COMMIT, "expected": COMMIT})
    run = SimpleNamespace(
        run_id=RUN,
        base_url=f"http://127.0.0.1:{server.server_port}",
        shared=shared,
        target=SimpleNamespace(version=Version(path="/version")),
    )
    commit_unchanged(Check("commit.unchanged", tmp_path, Scrubber()), cast(Run, run))
    assert server.agents == [("/version", NAMED)]


def test_whether_a_hung_app_answers_at_all_is_asked_by_name(server: Server, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{server.server_port}"
    target = Target.model_validate(
        {
            "schema": 1,
            "name": "x",
            "login": {
                "path": "/login",
                "user": "User",
                "password": "Password",
                "submit": "Enter",
                "proof": {"heading": "In"},
            },
            "guard": {"budget_ms": 100},
            "without": dict.fromkeys(("panels", "shipment", "pdf", "mail", "sync"), "a page alone"),
        }
    )
    with launched() as browser:
        context = browser.new_context(**context_options(url, RUN, browser.version))
        with pytest.raises(Failed, match="an answer to GET /hangs") as stop:
            Visitor(context, url, target, Check("x", tmp_path, Scrubber())).visit("/hangs")
    assert "while GET /login is answered" in stop.value.observed
    agents = dict(server.agents)
    assert agents["/login"] == agents["/hangs"]
    assert agents["/login"].endswith(NAMED)
