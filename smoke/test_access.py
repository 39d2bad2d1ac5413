"""Rutas y permisos: every role signs in, and every path opens to exactly those whom target.toml opens it to."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from gate.access import matrix, writes
from gate.access.asking import cookies_of, in_thread, open_client
from gate.access.crawl import Crawl, crawl
from gate.access.paths import is_literal
from gate.access.session import with_token
from gate.access.signing_in import open_form
from gate.fixtures.people import SignedIn
from gate.recorder import Check
from gate.results import Cause, CouldNotTell, Finding
from gate.run import Run
from gate.target import Target

pytestmark = [pytest.mark.preflight, pytest.mark.postdeploy]
_STORED = TypeAdapter(Crawl)


@pytest.fixture
def crawl_now(
    run: Run, check: Check, user_agent: str, session_of: Callable[[str], Path], signed_in: SignedIn
) -> Callable[[], Crawl]:
    """Finds what links lead the admin to at this moment."""
    base, access, home = str(run.base_url), run.target.access, run.target.login.home
    session = session_of("admin")
    named = [path for paths in (*access.roles.values(), *access.foreign.values()) for path in paths]
    also = [path for path in (*access.paths, *named) if is_literal(path)]
    wanted = [pattern for pattern in named if not is_literal(pattern)]

    def now() -> Crawl:
        def look(links: list[tuple[str, str]]) -> Crawl:
            cookies = cookies_of(session, base)
            return in_thread(
                crawl(
                    base, user_agent, cookies, home, also=also, links=links, skip=access.skip, wanted=wanted
                )
            )

        with check.step("Follow the links from the home page"):
            found = look([])
        if all(said == "named in target.toml" for said in found.linked.values()):
            with check.step("No link in the page's source: let the browser draw it, and follow again"):
                found = look(signed_in("admin").links())
        return found

    return now


@pytest.fixture
def crawled(run: Run, check: Check, crawl_now: Callable[[], Crawl]) -> Crawl:
    """The same, found once per run."""

    def produce() -> dict[str, Any]:
        return dict(_STORED.dump_python(crawl_now(), mode="json"))

    return _STORED.validate_python(run.shared.get("crawl", "nav.links", check, produce))


@pytest.mark.check("login.roles")
def test_every_other_role_signs_in(check: Check, target: Target, session_of: Callable[[str], Path]) -> None:
    for role in target.lesser_roles:
        session_of(role)
        check.examined(1, "roles")


@pytest.mark.check("nav.links")
def test_every_link_answers(
    check: Check, target: Target, crawled: Crawl, crawl_now: Callable[[], Crawl]
) -> None:
    named = {*target.access.paths, target.login.home}
    asked = crawled.asked(named)
    if any(answer.dead for answer in asked):
        # Records come and go, by colleagues or by other checks of this run: what is linked now counts.
        crawled = crawl_now()
        asked = crawled.asked(named)
    check.examined(len(asked), "links")
    check.attempts = max((answer.attempts for answer in asked), default=1)
    check.attach_text("Links", _told(crawled))
    check.no_findings(
        [
            Finding(
                id="nav.link",
                place=answer.path,
                expected="a status below 400",
                observed=f"{answer}, {crawled.linked.get(answer.path, 'the home page')}",
                hint="the link is wrong or its page is broken: see the app's log of that minute",
            )
            for answer in asked
            if answer.dead
        ]
        + [
            Finding(
                id="nav.astray",
                place=address,
                expected="an address that leads to the app for everybody",
                observed=f"it leads to the computer of whoever clicks it, {where}",
                hint="an address of a developer's machine was left in the page, or in a variable of the live service",
            )
            for address, where in crawled.astray.items()
        ],
        expected=f"{len(asked)} links that answer",
    )


@pytest.mark.check("access.matrix")
def test_every_path_opens_to_whom_it_must(
    check: Check,
    run: Run,
    target: Target,
    user_agent: str,
    crawled: Crawl,
    crawl_now: Callable[[], Crawl],
    session_of: Callable[[str], Path],
) -> None:
    base = str(run.base_url)
    sessions: dict[str, Mapping[str, str]] = {matrix.NOBODY: {}}
    sessions |= {role: cookies_of(session_of(role), base) for role in target.lesser_roles}

    def look(found: Crawl) -> matrix.Matrix:
        with check.step(f"Try every path as {', '.join(sessions)}"):
            return in_thread(
                matrix.ask_matrix(base, user_agent, target.access, target.login.path, found.answers, sessions)
            )

    tried = matrix.settled(crawled, crawl_now, look)
    check.examined(tried.size, "paths x roles")
    check.attempts = tried.attempts
    check.attach_text("Who opens what", tried.table())
    findings, untried = matrix.judge(tried)
    check.no_findings(findings, expected="every path open to exactly those whom target.toml opens it to")
    for role in target.lesser_roles:
        if role not in target.access.roles:
            raise CouldNotTell(
                f"what the role {role} may open",
                "[access.roles] in target.toml says nothing of it",
                f"declare it; what it opens now: {role} = {tried.opened(role)}",
                cause=Cause.CONFIGURATION,
            )
    if untried:
        raise CouldNotTell(
            "every pattern of [access] tried with a path",
            f"without a path, or put off: {', '.join(untried)}",
            "add a path of that pattern to access.paths, or take the pattern out; HTTP 429: run again",
            cause=Cause.CONFIGURATION,
        )


@pytest.mark.check("access.writes")
def test_writing_is_refused_to_whom_it_must(
    check: Check,
    run: Run,
    target: Target,
    user_agent: str,
    crawled: Crawl,
    session_of: Callable[[str], Path],
    allowed: Callable[[str], None],
) -> None:
    allowed("write_probe")
    base, access = str(run.base_url), target.access
    routes = writes.routes(base, access, crawled.answers.values())
    sessions = {role: cookies_of(session_of(role), base) for role in (writes.ADMIN, *target.lesser_roles)}

    async def probe() -> dict[tuple[str, str], writes.Reply]:
        async with open_client(base, user_agent) as client:
            senders = []
            for role, cookies in sessions.items():
                session, token = await with_token(client, target.login.home, cookies)
                senders.append(writes.Sender(role, session.cookies, token))
            stranger = await open_form(client, target.login.path)
            senders.append(writes.Sender(matrix.NOBODY, stranger.session.cookies, stranger.token))
            if target.csrf:
                senders.append(writes.Sender(writes.FORGED, senders[0].cookies, None))
            return await writes.send(client, routes, senders)

    with check.step(f"Send {len(routes)} writing forms for a record that does not exist"):
        replies = in_thread(probe())
    check.examined(len(replies), "routes x roles")
    check.attach_text(
        "Replies", "\n".join(f"{role:>22}  POST {route}: {reply}" for (route, role), reply in replies.items())
    )
    findings, unproven = writes.judge_writes(replies, access.writes)
    check.no_findings(findings, expected="writing refused to every role that target.toml does not let in")
    if unproven:
        raise CouldNotTell(
            "an answer that tells a guarded route from an unguarded one",
            "; ".join(unproven),
            "HTTP 429, 502, 503, 504 or no answer: run again; else the form's token was not accepted, or the route is "
            "gone: look at access.writes in target.toml",
            cause=Cause.CONFIGURATION,
        )


def _told(crawled: Crawl) -> str:
    lines = [
        f"{answer}  {path}  ({crawled.linked.get(path, 'home')})" for path, answer in crawled.answers.items()
    ]
    lines += [f"not followed for the word {word!r}: {path}" for path, word in crawled.skipped.items()]
    if crawled.left_out:
        lines.append(f"{crawled.left_out} more links were left out: there are too many")
    return "\n".join(lines)
