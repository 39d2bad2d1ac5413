"""The session: who gets in, how long it lasts, how it ends, and where the sign-in may send a person."""

import datetime as dt
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gate.access.asking import cookies_of, in_thread, open_client, store_cookies
from gate.access.cookie import flags_of, wrong_with
from gate.access.paths import same_origin
from gate.access.session import carriers, lasting
from gate.access.signing_in import (
    Sent,
    is_in,
    not_by_form,
    open_form,
    return_parameter,
    send_form,
    with_return,
)
from gate.accounts import account_of, negative_account, refused
from gate.browser.login import is_signed_out, sign_in
from gate.browser.session import set_cookie_lines
from gate.browser.visitor import Visitor
from gate.fixtures.people import PlainSession, SignedIn
from gate.recorder import Check
from gate.results import Cause, CouldNotTell, Finding
from gate.run import Run
from gate.services.http import PASSING
from gate.target import Target

pytestmark = pytest.mark.postdeploy
ELSEWHERE = "elsewhere.example"
HOSTILE = (
    f"//{ELSEWHERE}/",
    f"https://{ELSEWHERE}/",
    f"/\\{ELSEWHERE}/",
    f"/\t/{ELSEWHERE}/",
)


@pytest.fixture
def admin_gets_in(session_of: Callable[[str], Path]) -> None:
    """The admin's password is known to open the door: when it does not, login.admin alone tells it."""
    session_of("admin")


@pytest.fixture
def own_session(
    run: Run, check: Check, visitor: Callable[..., Visitor], plain_session: PlainSession, admin_gets_in: None
) -> dict[str, Any]:
    """A session of the admin beside the one that the other checks share: it is examined, and ended."""

    def produce() -> dict[str, Any]:
        account, state = account_of(run, "admin"), run.private / "session-of-its-own.json"
        if session := plain_session(account):
            store_cookies(state, str(run.base_url), session.cookies)
            return {"state": str(state), "lines": session.lines, "at": time.time()}
        stranger = visitor()
        lines = set_cookie_lines(stranger)
        attempt = sign_in(stranger, run.target.login, account)
        if not attempt.signed_in:
            raise refused(run, account, attempt)
        stranger.context.storage_state(path=state)
        return {"state": str(state), "lines": lines(), "at": time.time()}

    return run.shared.get("own-session", "session.cookie", check, produce)


@pytest.fixture
def signed_out(
    run: Run, check: Check, visitor: Callable[..., Visitor], own_session: dict[str, Any]
) -> dict[str, Any]:
    """The session of its own, ended as a person ends it."""
    login = run.target.login

    def produce() -> dict[str, Any]:
        one = visitor(own_session["state"])
        one.visit(login.home)
        with check.step("Sign out"):
            one.follow(login.logout)
        out = is_signed_out(one, login)
        check.expect(
            out,
            expected="a page that asks for a password after signing out",
            observed=f"{one.page.url} opens without one: {one.text()[:160]}",
            hint="look at what signing out does to the session in this change",
        )
        return {"pages": 2}

    return run.shared.get("signed-out", "session.logout", check, produce)


@pytest.mark.check("session.survives")
def test_the_session_lasts(
    check: Check,
    run: Run,
    target: Target,
    user_agent: str,
    signed_in: SignedIn,
    session_of: Callable[[str], Path],
) -> None:
    base, login = str(run.base_url), target.login
    one = signed_in("admin")
    with check.step("Open the app in a new tab"):
        one.page = one.context.new_page()
        one.visit(login.home)
    check.expect(
        one.shows(login.proof),
        expected=f"{login.proof} in a new tab",
        observed=f"{one.page.url} says: {one.text()[:160]}",
        hint="the session does not reach a second tab",
    )
    cookies = cookies_of(session_of("admin"), base)

    async def many() -> tuple[list[bool], list[bool]]:
        async with open_client(base, user_agent) as client:
            return await lasting(client, login.home, login.path, cookies)

    with check.step("Open the app many times, in a row and at once"):
        in_a_row, together = in_thread(many())
    check.examined(2 + len(in_a_row) + len(together), "requests")
    lost = in_a_row.index(False) + 1 if False in in_a_row else 0
    check.expect(
        not lost and all(together),
        expected=f"signed in at each of {len(in_a_row)} requests in a row and {len(together)} at once",
        observed=f"asked to sign in again at request {lost}"
        if lost
        else f"asked to sign in again by {together.count(False)} of {len(together)} requests at once",
        hint="do all workers share FLASK_SECRET_KEY, and is the session kept where all of them see it?",
    )


@pytest.mark.check("session.cookie")
def test_its_cookie_is_guarded(
    check: Check, run: Run, target: Target, user_agent: str, own_session: dict[str, Any]
) -> None:
    base, login = str(run.base_url), target.login
    cookies = cookies_of(own_session["state"], base)

    async def which() -> list[str]:
        async with open_client(base, user_agent) as client:
            return await carriers(client, login.home, login.path, cookies)

    names = in_thread(which())
    findings: list[Finding] = []
    for name in names:
        flags = flags_of(own_session["lines"], name, dt.datetime.fromtimestamp(own_session["at"], dt.UTC))
        if flags:
            check.examined(1, "cookies")
            check.attach_text(f"Cookie {name}", str(flags))
            findings += wrong_with(flags, https=base.startswith("https:"))
    check.no_findings(findings, expected="HttpOnly, SameSite and, over https, Secure on the session's cookie")


@pytest.mark.check("login.unknown_user")
def test_an_unknown_user_stays_out(
    check: Check, run: Run, target: Target, visitor_again: Callable[..., Visitor], answers: None
) -> None:
    account = negative_account(run)
    wrong = f"not-{account.password.get_secret_value()}"
    known = run.shared.peek("refusal")
    stranger = visitor_again(None)
    said = known["message"] if known else sign_in(stranger, target.login, account, password=wrong).message
    _, at, domain = account.user.partition("@")
    nobody = account.__class__("nobody", f"nobody-{run.run_id}{at}{domain}", account.password)
    attempt = sign_in(stranger, target.login, nobody)
    check.examined(1, "attempts")
    check.expect(
        not attempt.signed_in and is_signed_out(stranger, target.login),
        expected="a user that does not exist is refused",
        observed=f"it signed in and led to {attempt.url}",
        hint="the app lets anybody in: look at the sign-in in this change",
    )
    told = attempt.message.replace(nobody.user, account.user)
    check.expect(
        told == said,
        expected=f"the same message as for a wrong password: {said!r}",
        observed=f"the page says {told!r}",
        hint="a different message tells strangers who has an account here",
    )


@pytest.mark.check("login.csrf")
@pytest.mark.usefixtures("admin_gets_in")
def test_a_sign_in_without_token_is_refused(
    check: Check, run: Run, target: Target, user_agent: str, answers: None
) -> None:
    base, login, account = str(run.base_url), target.login, account_of(run, "admin")

    async def attempts() -> tuple[tuple[str, ...], list[bool], int]:
        async with open_client(base, user_agent) as client:
            inside = []
            for bare in (False, True):
                opened = await open_form(client, login.path)
                tokens = opened.form.tokens
                sent = await send_form(client, opened, account, without=tokens if bare else ())
                inside.append(await is_in(client, login.home, login.path, opened.session.cookies))
            return tokens, inside, sent.status

    with check.step("Send the sign-in form as it is, and without its token"):
        tokens, (with_token, without), status = in_thread(attempts())
    check.examined(2, "attempts")
    check.attach_text("Answer", f"without {', '.join(tokens) or 'any token'}: HTTP {status}")
    check.expect(
        bool(tokens),
        expected="a hidden token against forgery in the sign-in form",
        observed="the form has none",
        hint="if this app has no CSRF protection, say why in target.toml: without.csrf = 'reason'",
    )
    if not with_token:
        raise not_by_form(login.path, "sent as it is, without a browser, it does not sign in")
    if status in PASSING:
        raise CouldNotTell(
            f"an answer of the app to the form without {', '.join(tokens)}",
            f"HTTP {status}",
            "run again; does the app let an account sign in twice within seconds?",
            cause=Cause.THIRD_PARTY,
        )
    check.expect(
        not without,
        expected=f"the sign-in refused when {', '.join(tokens)} is missing",
        observed=f"HTTP {status}, and it is signed in",
        hint="CSRF protection is switched off: look at CSRFProtect and WTF_CSRF_* in this change",
    )


@pytest.mark.check("login.redirect")
@pytest.mark.usefixtures("admin_gets_in")
def test_the_sign_in_leads_nowhere_else(
    check: Check, run: Run, target: Target, user_agent: str, answers: None
) -> None:
    base, login, account = str(run.base_url), target.login, account_of(run, "admin")

    async def attempts() -> tuple[str, dict[str, Sent], list[str]]:
        async with open_client(base, user_agent) as client:
            name, led, outside = await return_parameter(client, login.home) or "next", dict[str, Sent](), []
            for hostile in HOSTILE:
                opened = await open_form(client, with_return(login.path, name, hostile))
                led[hostile] = await send_form(client, opened, account)
                # Whom it sends elsewhere need not be in; who stays was kept only if he was let in.
                elsewhere = any(_leads_elsewhere(base, sent) for sent in led.values())
                if not elsewhere and not await is_in(client, login.home, login.path, opened.session.cookies):
                    outside.append(hostile)
            return name, led, outside

    with check.step("Sign in with addresses of another site to return to"):
        name, led, outside = in_thread(attempts())
    check.examined(len(led), "addresses")
    check.attach_text(
        "Where it led",
        "\n".join(
            f"{name}={hostile!r}: HTTP {sent.status}, {sent.location or 'nowhere'}"
            for hostile, sent in led.items()
        ),
    )
    check.no_findings(
        [
            Finding(
                id="login.open_redirect",
                place=f"{login.path}?{name}={hostile!r}",
                expected="a page of the app itself",
                observed=f"the browser is sent to {sent.location}",
                hint="only accept a path of the app itself: look at how the sign-in reads this parameter",
            )
            for hostile, sent in led.items()
            if _leads_elsewhere(base, sent)
        ],
        expected="the sign-in never leads to another site",
    )
    if outside:
        raise not_by_form(
            login.path,
            f"sent with {name}={outside[0]!r}, without a browser, it does not sign in (HTTP {led[outside[0]].status})",
        )


def _leads_elsewhere(base: str, sent: Sent) -> bool:
    return bool(sent.location) and not same_origin(base, sent.location)


@pytest.mark.check("session.logout")
def test_signing_out_ends_it(check: Check, signed_out: dict[str, Any]) -> None:
    check.examined(signed_out["pages"], "pages")


@pytest.mark.check("session.replay")
def test_a_copy_of_the_old_cookie_is_worthless(
    check: Check,
    run: Run,
    target: Target,
    user_agent: str,
    own_session: dict[str, Any],
    signed_out: dict[str, Any],
) -> None:
    base, login = str(run.base_url), target.login

    async def replay() -> bool:
        async with open_client(base, user_agent) as client:
            return await is_in(client, login.home, login.path, cookies_of(own_session["state"], base))

    check.examined(1, "requests")
    check.expect(
        not in_thread(replay()),
        expected="the old cookie worthless after signing out",
        observed="a copy of it still opens the app",
        hint="Flask's own sessions live in the cookie and do this by design; keep sessions on the server if it "
        "matters, or say why not: without.revocable_sessions = 'reason'",
    )
