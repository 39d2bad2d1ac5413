"""The access checks' way of asking, against a small app over a real socket."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from gate.access import matrix
from gate.access.asking import Answer, ask, ask_all, cookies_of, in_thread, open_client, store_cookies
from gate.access.crawl import Crawl, crawl
from gate.access.session import carriers, lasting, with_token
from gate.access.signing_in import Session, is_in, return_parameter, sign_in_plainly
from gate.settings import Account
from gate.target import Access

ACCOUNT = Account("admin", "admin@app.example", SecretStr("not-a-secret"))
LINKS = "".join(
    f"<a href='{path}'>x</a>"
    for path in (
        "/r/1",
        "/r/2",
        "/r/3",
        "/r/1/delete",
        "/gone",
        "https://other.example/",
        "http://localhost:1/r",
        "mailto:a@app.example",
    )
)
FORM = (
    "<form method=post><input type=hidden name=csrf_token value={token}>"
    "<input name=user><input type=password name=password></form>"
)


class App:
    """Sessions on the server, which end after `lasts` pages; `/shaky` answers 503 once."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.sessions: Counter[str] = Counter()
        self.lasts = 10**6
        self.signs_in_with = 302
        paths = ("/", "/r/{n}", "/r/{n}/delete", "/r/{n}/edit", "/r/{n}/more", "/gone", "/shaky", "/round")
        self.app = Starlette(
            routes=[
                Route("/login", self.login, methods=["GET", "POST"]),
                *(Route(path, self.page) for path in paths),
            ]
        )

    async def login(self, request: Request) -> Response:
        """The form, whose token belongs to a cookie."""
        if request.method == "GET":
            answer: Response = HTMLResponse(FORM.format(token="t1"))
            answer.set_cookie("seed", "t1")
            return answer
        form = dict(parse_qsl((await request.body()).decode()))
        if form.get("csrf_token") != request.cookies.get("seed") or form.get("password") != "not-a-secret":
            return HTMLResponse(FORM.format(token="t2"), status_code=400)
        answer = RedirectResponse("/", status_code=self.signs_in_with)
        answer.set_cookie("session", "s1", httponly=True, samesite="lax")
        self.sessions["s1"] = 1
        return answer

    async def page(self, request: Request) -> Response:
        """Any page: only for those who are in."""
        path = request.url.path
        self.asked[path] += 1
        if path == "/round":
            return RedirectResponse("/round")
        if path == "/shaky" and self.asked[path] == 1:
            return Response("busy", status_code=503)
        session = request.cookies.get("session", "")
        if not 0 < self.sessions[session] <= self.lasts:
            return RedirectResponse(f"/login?back={path}", status_code=302)
        self.sessions[session] += 1
        if path == "/gone":
            return Response("no such page", status_code=404)
        links = {"/": LINKS, "/r/3": "<a href='/r/3/edit'>the only one that is open</a>"}.get(path, "")
        return HTMLResponse(f"<title>{path}</title>{links}<a href='/r/1/more'>more</a>")


@pytest.fixture
def app() -> App:
    """The app, nobody signed in."""
    return App()


@pytest.fixture
def url(app: App) -> Iterator[str]:
    """Where it listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # who asks before the server is up waits instead of being refused
        server = uvicorn.Server(uvicorn.Config(app.app, log_level="error", lifespan="off"))
        serving = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        serving.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        serving.join()


def _session(url: str) -> Session | None:
    async def sign_in() -> Session | None:
        async with open_client(url, "test") as client:
            return await sign_in_plainly(client, "/login", "/", ACCOUNT)

    return in_thread(sign_in())


def _crawl(url: str, *also: str) -> Crawl:
    session = _session(url)
    assert session is not None
    return in_thread(crawl(url, "test", session.cookies, "/", also=also))


def test_links_are_followed_in_samples_and_never_those_that_write(app: App, url: str) -> None:
    found = _crawl(url)
    assert set(found.answers) == {"/", "/r/1", "/r/2", "/gone", "/r/1/more"}
    assert found.answers["/gone"].status == 404
    assert list(found.skipped) == ["/r/1/delete"]
    assert found.astray == {"http://localhost:1/r": "linked as 'x' on /"}
    assert app.asked["/r/1/delete"] == 0


def test_more_samples_are_followed_for_a_pattern_that_is_wanted(url: str) -> None:
    session = _session(url)
    assert session is not None
    found = in_thread(crawl(url, "test", session.cookies, "/", wanted=["/r/{n}/edit", "/r/{n}"]))
    assert "/r/3/edit" in found.answers
    assert found.linked["/r/3"].startswith("linked as 'x'")


def test_a_roles_own_pages_are_followed_too(app: App, url: str) -> None:
    session = _session(url)
    assert session is not None
    admin = {"/": Answer("/", 200, "/")}
    sessions = {"anonymous": {}, "user": session.cookies}
    asked = matrix.ask_matrix(url, "test", Access(roles={"user": ("/",)}), "/login", admin, sessions)
    offered = in_thread(asked).offered
    assert {path: answer.status for path, (_, answer) in offered["user"].items()} == {
        "/r/1": 200,
        "/r/2": 200,
        "/r/3": 200,
        "/gone": 404,
        "/r/1/more": 200,
    }
    assert app.asked["/r/1/delete"] == 0


def test_a_path_named_by_the_target_is_asked_for_whatever_its_words(app: App, url: str) -> None:
    assert _crawl(url, "/r/1/delete").answers["/r/1/delete"].good
    assert app.asked["/r/1/delete"] == 1


def test_what_passes_is_tried_again_and_counted(app: App, url: str) -> None:
    session = _session(url)
    assert session is not None
    (answer,) = in_thread(ask_all(url, "test", [("/shaky", session.cookies)]))
    assert (answer.status, answer.attempts) == (200, 2)


def test_redirects_without_end_and_silence_are_told(url: str) -> None:
    (answer,) = in_thread(ask_all(url, "test", [("/round", {})]))
    assert answer.error == "it redirects without end"
    (answer,) = in_thread(ask_all("http://127.0.0.1:9", "test", [("/", {})]))
    assert answer.status == 0
    assert "ConnectError" in answer.error


def test_a_stranger_ends_at_the_sign_in(url: str) -> None:
    async def stranger() -> tuple[bool, bool, str | None]:
        async with open_client(url, "test") as client:
            answer = await ask(client, "/r/1", {})
            inside = await is_in(client, "/", "/login", {})
            return answer.asks_to_sign_in("/login"), inside, await return_parameter(client, "/r/1")

    assert in_thread(stranger()) == (True, False, "back")


def test_a_wrong_password_gives_no_session(url: str) -> None:
    async def sign_in() -> Session | None:
        wrong = Account("admin", ACCOUNT.user, SecretStr("wrong"))
        async with open_client(url, "test") as client:
            return await sign_in_plainly(client, "/login", "/", wrong)

    assert in_thread(sign_in()) is None


def test_a_session_that_comes_with_an_error_is_left_to_a_browser(app: App, url: str) -> None:
    assert _session(url) is not None
    app.signs_in_with = 500
    assert _session(url) is None


def test_only_the_cookie_that_carries_the_session_counts(url: str) -> None:
    session = _session(url)
    assert session is not None

    async def which() -> list[str]:
        async with open_client(url, "test") as client:
            return await carriers(client, "/", "/login", session.cookies)

    assert in_thread(which()) == ["session"]


@pytest.mark.parametrize(("lasts", "all_in"), [(10**6, True), (5, False)])
def test_a_session_that_ends_early_is_seen(app: App, url: str, lasts: int, all_in: bool) -> None:
    session = _session(url)
    assert session is not None
    app.lasts = lasts

    async def many() -> tuple[list[bool], list[bool]]:
        async with open_client(url, "test") as client:
            return await lasting(client, "/", "/login", session.cookies)

    in_a_row, together = in_thread(many())
    assert in_a_row[0]
    assert all(in_a_row + together) is all_in


def test_a_token_comes_with_its_cookie(url: str) -> None:
    async def token() -> tuple[Session, tuple[str, str] | None]:
        async with open_client(url, "test") as client:
            return await with_token(client, "/", {})

    session, found = in_thread(token())
    assert found == ("csrf_token", "t1")
    assert session.cookies == {"seed": "t1"}


def test_stored_cookies_are_those_of_the_host(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    store_cookies(state, "https://app.example", {"session": "1"})
    assert cookies_of(state, "https://app.example") == {"session": "1"}
    assert cookies_of(state, "https://other.example") == {}
