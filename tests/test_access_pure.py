"""Patterns, pages, cookies and judgements of the access checks, by table."""

from __future__ import annotations

import asyncio
import datetime as dt

import httpx
import pytest

from gate.access import matrix, writes
from gate.access.asking import Answer
from gate.access.cookie import flags_of, wrong_with
from gate.access.crawl import Crawl
from gate.access.page import Form, Page, read_page
from gate.access.paths import (
    leads_to_oneself,
    matches,
    own_path,
    pattern_of,
    same_origin,
    where_a_browser_goes,
)
from gate.access.signing_in import Session
from gate.target import Access

BASE = "https://app.example"
NOW = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
FORM = Form("", "post", {"clave": ""}, {"email": "email", "clave": "password"})
SIGN_IN = Page("Sign in", (), (FORM,), None)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("/", "/"),
        ("/envios/12/pdf?a=1", "/envios/{n}/pdf"),
        ("/x/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/x/{id}"),
        ("/envios/nuevo", "/envios/nuevo"),
    ],
)
def test_ids_are_collapsed(path: str, pattern: str) -> None:
    assert pattern_of(path) == pattern


@pytest.mark.parametrize(
    ("pattern", "path", "held"),
    [
        ("/envios/{n}", "/envios/12", True),
        ("/envios/{n}", "/envios/12/pdf", False),
        ("/envios", "/envios?q=1", True),
        ("/envios?q=1", "/envios?q=2", False),
        ("/api/*", "/api/a/b", True),
        ("/", "/envios", False),
        ("/a.b", "/axb", False),
    ],
)
def test_a_pattern_covers_what_it_says(pattern: str, path: str, held: bool) -> None:
    assert matches(pattern, path) is held


@pytest.mark.parametrize(
    ("link", "path"),
    [
        ("nuevo", "/envios/nuevo"),
        ("/a#b", "/a"),
        ("?q=1", "/envios/?q=1"),
        ("https://other.example/a", None),
        ("mailto:a@b.example", None),
        ("http://[", None),
    ],
)
def test_only_links_of_the_app_count(link: str, path: str | None) -> None:
    assert own_path(BASE, "/envios/", link) == path


@pytest.mark.parametrize(
    ("base", "link", "astray"),
    [
        (BASE, "http://localhost:5000/a", True),
        (BASE, " http://127.0.0.1/a", True),
        (BASE, "/a", False),
        (BASE, "https://other.example/a", False),
        (BASE, "localhost:5000", False),
        (BASE, "http://localhost:port/", False),
        ("http://127.0.0.1:8000", "http://localhost:8000/a", False),
        ("http://127.0.0.1:8000", "http://localhost:5000/a", True),
    ],
)
def test_a_developers_address_leads_to_whoever_clicks(base: str, link: str, astray: bool) -> None:
    assert leads_to_oneself(base, link) is astray


@pytest.mark.parametrize(
    ("location", "inside"),
    [
        ("/a", True),
        ("a", True),
        (f"{BASE}/a", True),
        ("//evil.example", False),
        ("///evil.example", False),
        ("/\\evil.example", False),
        ("\\\\evil.example", False),
        ("/\t/evil.example", False),
        ("https://evil.example", False),
        ("https://app.example@evil.example/", False),
        ("https://app.example.evil.example/", False),
    ],
)
def test_a_browser_is_forgiving(location: str, inside: bool) -> None:
    assert same_origin(BASE, where_a_browser_goes(f"{BASE}/login", location)) is inside


def test_a_page_is_read() -> None:
    page = read_page(
        "<title> A  b </title><a href='/x'>One <b>two</b></a><form method=POST action='/s'>"
        "<input type=hidden name=csrf_token value=t><input type=email name=email><input type=checkbox name=c>"
        "<input type=password name=p><button name=go>Go</button></form>"
    )
    assert page.title == "A b"
    assert [(link.href, link.text) for link in page.links] == [("/x", "One two")]
    assert page.token == ("csrf_token", "t")
    assert page.sign_in is not None
    assert (page.sign_in.user, page.sign_in.password, page.sign_in.method) == ("email", "p", "post")
    assert "c" not in page.sign_in.fields


@pytest.mark.parametrize(
    ("fields", "tokens"),
    [
        (
            "<input type=hidden name=csrf_token value=a><input type=hidden name=_s value=9f8e7d6c5b4a39281706>",
            ["csrf_token"],
        ),
        ("<input type=hidden name=_t value=9f8e7d6c5b4a39281706>", ["_t"]),
        ("<input type=hidden name=next value=/reports/2026/by-customer>", []),
        ("<input type=hidden name=form value=sign-in-of-a-person>", []),
        ("<input type=hidden name=at value=20261124192734000>", []),
    ],
)
def test_a_token_is_known_by_its_name_or_by_its_value(fields: str, tokens: list[str]) -> None:
    (form,) = read_page(f"<form method=post>{fields}</form>").forms
    assert list(form.tokens) == tokens


def test_a_form_with_two_passwords_is_no_sign_in() -> None:
    assert read_page("<form><input type=password name=a><input type=password name=b></form>").sign_in is None


@pytest.mark.parametrize(
    ("line", "https", "found"),
    [
        ("s=1; HttpOnly; SameSite=Lax; Secure", True, []),
        ("s=1; HttpOnly; SameSite=Lax", False, []),
        ("s=1; HttpOnly; SameSite=Lax", True, ["session.secure"]),
        ("s=1; SameSite=Strict", False, ["session.http_only"]),
        ("s=1; HttpOnly", False, ["session.same_site"]),
        ("s=1; HttpOnly; SameSite=None", False, ["session.same_site"]),
        ("s=1; HttpOnly; SameSite=Lax; Max-Age=8", False, ["session.lifetime"]),
        (
            "s=1; HttpOnly; SameSite=Lax; Expires=Thu, 01 Jan 2026 00:00:08 GMT",
            False,
            ["session.lifetime"],
        ),
    ],
)
def test_flags_of_the_cookie(line: str, https: bool, found: list[str]) -> None:
    flags = flags_of(["other=1", line], "s", NOW)
    assert flags is not None
    assert [finding.id for finding in wrong_with(flags, https)] == found


def test_a_session_keeps_cookies_as_a_browser_does() -> None:
    session = Session({"a": "1", "b": "1"})
    headers = [("set-cookie", "a=2; Path=/"), ("set-cookie", "b=; Max-Age=0"), ("set-cookie", "c=3")]
    session.keep(httpx.Response(200, headers=headers))
    assert session.cookies == {"a": "2", "c": "3"}
    assert len(session.lines) == 3


def _judged(access: Access, answers: dict[str, Answer], role: str = "user") -> tuple[list[str], list[str]]:
    admin = {path: Answer(path, 200, path) for path in ("/a", "/b", "/r/1")}
    nobody = {path: Answer(path, 200, "/login", page=SIGN_IN) for path in admin}
    roles = {matrix.NOBODY: nobody, role: answers}
    findings, untried = matrix.judge(matrix.Matrix(access, "/login", admin, roles))
    return [f"{finding.id} {finding.place}" for finding in findings], untried


USER = Access(roles={"user": ("/a",)})


@pytest.mark.parametrize(
    ("access", "answers", "found"),
    [
        (USER, [Answer("/a", 200, "/a"), Answer("/b", 403, "/b")], []),
        (USER, [Answer("/a", 200, "/a"), Answer("/b", 200, "/a")], []),  # led home
        (USER, [Answer("/a", 200, "/a"), Answer("/b", 200, "/b", page=SIGN_IN)], []),
        (USER, [Answer("/a", 200, "/a"), Answer("/b", 200, "/b")], ["access.open /b as user"]),
        (USER, [Answer("/a", 200, "/a"), Answer("/b", 500, "/b")], ["access.broken /b as user"]),
        (USER, [Answer("/a", 403, "/a")], ["access.locked_out /a as user"]),
        (
            Access(roles={"user": ("/a", "/r/{n}")}, foreign={"user": ("/r/1",)}),
            [Answer("/a", 200, "/a"), Answer("/r/2", 200, "/r/2"), Answer("/r/1", 200, "/r/1")],
            ["access.foreign /r/1 as user"],
        ),
        (
            Access(roles={"user": ("/a",)}, refusal="No entry"),
            [Answer("/a", 200, "/a"), Answer("/b", 200, "/b", text="No entry here")],
            [],
        ),
    ],
)
def test_the_matrix_is_judged(access: Access, answers: list[Answer], found: list[str]) -> None:
    assert _judged(access, {answer.path: answer for answer in answers})[0] == found


@pytest.mark.parametrize(
    ("now", "looks", "found"),
    [
        ("/r/2", 2, []),  # the record that was linked before has been closed since
        ("/r/1", 2, ["access.locked_out"]),
        (None, 1, []),
    ],
)
def test_what_looks_locked_out_is_tried_with_what_is_linked_now(
    now: str | None, looks: int, found: list[str]
) -> None:
    access = Access(roles={"user": ("/r/{n}",)})
    tried: list[Crawl] = []

    def look(crawled: Crawl) -> matrix.Matrix:
        tried.append(crawled)
        closed = {"/r/1": Answer("/r/1", 200, "/list")} if now else {}
        return matrix.Matrix(access, "/login", crawled.answers, {"user": crawled.answers | closed})

    def linked(path: str) -> Crawl:
        return Crawl({path: Answer(path, 200, path)})

    seen = matrix.settled(linked("/r/1"), lambda: linked(now or "/r/9"), look)
    # A closed record is known by the admin's answer of before only.
    assert len(tried) == looks
    assert [finding.id for finding in matrix.judge(seen)[0]] == found


@pytest.mark.parametrize(
    ("status", "for_admin", "found"),
    [
        (403, 200, ["access.offered /b as user"]),
        # A record of somebody else, which the admin was not asked for.
        (404, None, ["access.offered /b as user"]),
        (404, 404, []),  # dead for everybody
        (200, 200, []),
        (503, 200, []),  # passes
    ],
)
def test_what_a_roles_page_links_to_opens_to_it(status: int, for_admin: int | None, found: list[str]) -> None:
    admin = {"/a": Answer("/a", 200, "/a")}
    if for_admin:
        admin["/b"] = Answer("/b", for_admin, "/b")
    opened = {"user": {"/a": Answer("/a", 200, "/a")}}
    offered = {"user": {"/b": ("'B' on /a", Answer("/b", status, "/b"))}}
    findings, _ = matrix.judge(matrix.Matrix(USER, "/login", admin, opened, offered))
    assert [f"{finding.id} {finding.place}" for finding in findings] == found
    meant = USER.model_copy(update={"offered": {"/b": "the menu is the same for every role"}})
    assert matrix.judge(matrix.Matrix(meant, "/login", admin, opened, offered))[0] == []


def test_a_pattern_with_nothing_to_try_is_not_proven() -> None:
    access = Access(roles={"user": ("/a", "/none/{n}")})
    assert _judged(access, {"/a": Answer("/a", 200, "/a")}) == ([], ["/none/{n} for user"])


def test_a_public_path_must_be_open_and_a_stranger_is_refused_the_rest() -> None:
    access = Access(public={"/healthz": "the host asks"})
    admin = {"/a": Answer("/a", 200, "/a")}
    answers = {"/a": Answer("/a", 200, "/a"), "/healthz": Answer("/healthz", 401, "/healthz")}
    findings, _ = matrix.judge(matrix.Matrix(access, "/login", admin, {matrix.NOBODY: answers}))
    assert [finding.id for finding in findings] == ["access.open", "access.locked_out"]


@pytest.mark.parametrize(
    ("role", "status", "found", "unproven"),
    [
        ("guest", 403, [], 0),
        ("guest", 404, ["access.write_open"], 0),
        ("guest", 500, ["access.write_broken"], 0),
        ("guest", 400, [], 1),
        *(
            (role, status, [], 1)
            for role in ("guest", "clerk", writes.FORGED)
            for status in (0, 429, 502, 503, 504)
        ),
        ("clerk", 404, [], 0),
        ("clerk", 403, ["access.write_locked_out"], 0),
        ("clerk", 400, [], 1),
        (writes.FORGED, 400, [], 0),
        (writes.FORGED, 404, ["access.forgery"], 0),
    ],
)
def test_writes_are_judged(role: str, status: int, found: list[str], unproven: int) -> None:
    route = "/r/{missing}/cancel"
    replies = {(route, writes.ADMIN): writes.Reply(404), (route, role): writes.Reply(status)}
    findings, unclear = writes.judge_writes(replies, {route: ("clerk",)})
    assert [finding.id for finding in findings] == found
    assert len(unclear) == unproven


@pytest.mark.parametrize("status", [400, 401, 403, 405, 429, 502, 503, 504])
def test_an_admin_who_is_refused_proves_nothing(status: int) -> None:
    replies = {("/r/{missing}", role): writes.Reply(status) for role in (writes.ADMIN, "x", writes.FORGED)}
    assert writes.judge_writes(replies, {}) == (
        [],
        [f"/r/{{missing}}: the admin's own attempt came to HTTP {status}"],
    )


def test_only_forms_that_name_a_record_are_tried() -> None:
    forms = tuple(Form(action, "post") for action in ("/u/3/state", "/u/new", "/u/3/delete", "/r/7/cancel"))
    answers = [Answer("/u", 200, "/u", page=Page("", (), forms, None))]
    assert writes.routes(BASE, Access(writes={"/r/{missing}/cancel": ()}), answers) == [
        "/r/{missing}/cancel",
        "/u/{n}/state",
    ]
    assert writes.probe_path("/u/{n}/state") == "/u/999999999/state"


def test_who_is_put_off_is_neither_let_in_nor_refused() -> None:
    access = Access.model_validate({"public": {"/help": "for everybody"}, "roles": {"op": ["/a"]}})
    answers = {
        matrix.NOBODY: {"/a": Answer("/a", 403, "/a"), "/help": Answer("/help", 429, "/help")},
        "op": {path: Answer(path, 429, path) for path in ("/a", "/b")},
    }
    admin = {path: Answer(path, 200, path) for path in ("/a", "/b")}
    findings, untried = matrix.judge(matrix.Matrix(access, "/login", admin, answers))
    assert findings == []
    assert untried == ["/help for anonymous (HTTP 429)", "/a for op (HTTP 429)", "/b for op (HTTP 429)"]


def test_who_is_put_off_is_asked_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    statuses = iter([429, 403])

    async def ask_all(base_url: str, agent: str, questions: list[tuple[str, object]]) -> list[Answer]:
        return [Answer(path, next(statuses), path) for path, _ in questions]

    monkeypatch.setattr(matrix, "ask_all", ask_all)
    admin = {"/a": Answer("/a", 200, "/a")}
    asked = matrix.ask_matrix(BASE, "gate", Access(), "/login", admin, {matrix.NOBODY: {}})
    assert asyncio.run(asked).roles[matrix.NOBODY]["/a"].status == 403
