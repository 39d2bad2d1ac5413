"""The server's part of a panel's time: measured in a real page, and judged against its own budget."""

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser

from gate.browser.context import context_options
from gate.browser.guard import PageGuard
from gate.browser.launch import launched
from gate.browser.server_time import Served, over_budget, times
from gate.target import Guard, Panel

PAGE = Served("/routes", 400)
DATA = Served("/api/routes", 700, "data")
HANGS = Served("/api/routes", 1600, "data", ended=False)
PAGES = {
    "/": "<h1>One</h1><script>const get = path => fetch(path).then(answer => answer.text())</script>",
    "/quick": "1",
    "/ignored": "1",
}


def panel(server_ms: int | None) -> Panel:
    return Panel(id="routes", open=("Routes",), heading="Routes", budget_ms=3000, server_ms=server_ms)


@pytest.mark.parametrize(
    ("took_ms", "served", "server_ms", "told"),
    [
        (900, [PAGE, DATA], 800, []),
        (900, [PAGE, DATA], 600, ["the server took 700 of 600 ms for /api/routes"]),
        (
            900,
            [PAGE, DATA],
            300,
            ["the server took 400 of 300 ms for /routes", "the server took 700 of 300 ms"],
        ),
        (900, [PAGE, HANGS], 1500, ["the server had not answered after 1600 of 1500 ms for /api/routes"]),
        (900, [PAGE, DATA], None, []),
        (
            3001,
            [PAGE, DATA],
            800,
            ["the page took 3001 of 3000 ms; the server 400 ms for /routes and 700 ms"],
        ),
        (3001, [PAGE, HANGS], 800, ["the server had not answered", "the page took 3001 of 3000 ms"]),
        (3001, [], None, ["the page took 3001 of 3000 ms; of the server nothing"]),
        (
            900,
            [DATA, Served("/api/quick", 5, "data")],
            600,
            ["the server took 700 of 600 ms for /api/routes"],
        ),
    ],
)
def test_which_of_the_two_is_over(
    took_ms: int, served: list[Served], server_ms: int | None, told: list[str]
) -> None:
    found = over_budget(panel(server_ms), took_ms, served)
    assert len(found) == len(told)
    assert all(finding.observed.startswith(said) for finding, said in zip(found, told, strict=True))


@pytest.mark.parametrize(("server", "hint"), [(2900, "look for a slow query"), (40, "scripts")])
def test_where_to_look_depends_on_whose_time_it_was(server: int, hint: str) -> None:
    (found,) = over_budget(panel(None), 3001, [Served("/routes", server)])
    assert hint in found.hint


def test_the_evidence_names_both_times_and_both_budgets() -> None:
    assert times(panel(800), 950, [PAGE, DATA]) == (
        "routes: page 950 of 3000 ms; the server 400 ms for /routes and 700 ms for /api/routes (of 800 ms)"
    )


class Handler(http.server.BaseHTTPRequestHandler):
    server: "Server"

    def do_GET(self) -> None:
        if self.path == "/hangs":
            self.server.ends.wait(20)
        content = f"<!doctype html>{PAGES.get(self.path, '')}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: the test's output is not the server's."""


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ends = threading.Event()


@contextmanager
def serving() -> Iterator[str]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.ends.set()
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as one:
        yield one


def test_each_look_tells_what_the_server_answered_since_the_last(browser: Browser) -> None:
    with serving() as app:
        context = browser.new_context(**context_options(app, "test", browser.version))
        guard = PageGuard(context, app, Guard(ignore={"/ignored": "a counter"}), lambda: 5.0)
        page = context.new_page()
        page.goto(app)
        assert [(one.path, one.kind) for one in guard.look(page).served] == [("/", "page")]
        page.evaluate("Promise.all([get('/quick'), get('/ignored')])")
        assert [(one.path, one.kind) for one in guard.look(page).served] == [("/quick", "data")]
        assert guard.look(page).served == ()
        page.evaluate("void get('/hangs')")
        page.wait_for_function("performance.now() > 0")
        (one,) = guard.unanswered()
        assert (one.path, one.kind, one.ended) == ("/hangs", "data", False)
        page.goto(app)
        assert [one.path for one in guard.look(page).served] == ["/"]
        context.close()
