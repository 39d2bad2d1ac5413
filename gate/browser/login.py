"""Signing in, as a person does."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx
from playwright.sync_api import Error

from gate.browser import locate
from gate.browser.settling import PATIENCE_S
from gate.browser.visitor import Visitor
from gate.results import Cause, CouldNotTell
from gate.services.http import PASSING
from gate.services.obstacles import Asks, Obstacle, in_page, led_away
from gate.services.reach import ask
from gate.settings import Account
from gate.target import Locator, Login
from gate.values import normal


@dataclass(frozen=True)
class Attempt:
    """What came of one attempt to sign in."""

    signed_in: bool
    message: str
    url: str
    text: str = ""


# A refused sign-in may be answered with one of these; anything else of 400 and above is the app's fault.
REFUSALS = (400, 401, 403, 422, 429)
# With these it may answer who is not signed in; a page that is put off says nothing of that.
_TO_STRANGERS = (401, 403)


def sign_in(visitor: Visitor, login: Login, account: Account, password: str | None = None) -> Attempt:
    """Fill in the sign-in form and send it. `password` replaces the account's own, to try a wrong one.

    Raises Failed when the form is not there or the page is broken, CouldNotTell when single sign-on, a captcha,
    a maintenance page or a password that has to be renewed stands in the way.
    """
    check = visitor.check
    with check.step("Open the sign-in page"):
        text = normal(visitor.visit(login.path).text)
        _refuse(led_away(visitor.base_url, visitor.page.url) or in_page(_asks(visitor, text)))
    with check.step(
        f"Sign in as {account.role}" + (" with a wrong password" if password is not None else "")
    ):
        known = visitor.fields([login.user, login.password])
        (known.get(login.user) or visitor.field(login.user)).fill(account.user)
        if login.next:
            visitor.click(login.next)
            known = {}
        (known.get(login.password) or visitor.field(login.password)).fill(
            account.password.get_secret_value() if password is None else password
        )
        check.patience.require(check.id, asks=f"POST {login.path}")
        with visitor.guard.tolerating(*REFUSALS):
            visitor.click(login.submit)
            for step in login.then:
                _go_on(visitor, step)
            visitor.until(lambda: visitor.shows_now(login.proof) or bool(visitor.messages()))
            glance = visitor.look()
            inside = glance.proves(login.proof) or visitor.shows_now(login.proof)
            if not inside:
                _refuse(in_page(_asks(visitor, normal(glance.text), visitor.messages())))
    return Attempt(inside, visitor.messages(), glance.url, normal(glance.text)[:160])


def _go_on(visitor: Visitor, step: Locator) -> None:
    """A click, or a choice where a select offers what the step says."""
    said = step.text or ""
    words = re.compile(rf"^\s*{re.escape(said)}\s*$")
    selects = visitor.page.locator("select").filter(has=visitor.page.locator("option", has_text=words))
    offered = selects.filter(visible=True)

    def to_click() -> bool:
        return locate.at_once(visitor.page, "clickable", [step])[0] is not None

    visitor.until(lambda: to_click() or (bool(said) and offered.count() > 0))
    if said and offered.count() and not to_click():
        offered.first.select_option(label=said)
    else:
        visitor.click(step)


def is_signed_out(visitor: Visitor, login: Login) -> bool:
    """Whether opening the app anew asks for a password, or leads where a stranger is led; no proof of being in shows.

    Raises CouldNotTell when the stranger gets no answer.
    """
    with visitor.check.step("Open the app anew"), visitor.guard.tolerating(*_TO_STRANGERS):
        if visitor.visit(login.home).proves(login.proof):
            return False
        visitor.until(lambda: _asks(visitor).passwords > 0 or visitor.shows_now(login.proof))
        if visitor.shows_now(login.proof):
            return False
        return _asks(visitor).passwords > 0 or _where_a_stranger_is(visitor, login.home)


def _where_a_stranger_is(visitor: Visitor, home: str) -> bool:
    """A page without what proves being in may still be one for insiders: then nobody else is led there."""
    url = urljoin(visitor.base_url + "/", home)
    agent: str = visitor.page.evaluate("navigator.userAgent")
    try:
        answer = ask(url, agent, visitor.check.patience.of(PATIENCE_S), follow=True)
        trouble = f"HTTP {answer.status_code}" if answer.status_code in PASSING else ""
    except httpx.HTTPError as error:
        trouble = f"{type(error).__name__}: {error}"
    if trouble:
        raise CouldNotTell(
            f"an answer to a stranger at {url}",
            trouble,
            "run again; is the app up?",
            cause=Cause.THIRD_PARTY,
        )
    return urlsplit(visitor.page.url).path == answer.url.path


# The visible fields, names of those for a password, and whether a captcha is there.
_ASKS = """() => {
  const seen = [...document.querySelectorAll('input,select,textarea')].filter(e => e.getClientRects().length);
  return {
    fields: seen.length,
    passwords: seen.filter(e => e.type === 'password').map(e => e.name + ' ' + e.placeholder),
    captcha: !!document.querySelector("iframe[src*='recaptcha' i], iframe[src*='hcaptcha' i], "
      + "iframe[src*='challenges.cloudflare'], .g-recaptcha, .h-captcha, .cf-turnstile"),
  };
}"""


def _asks(visitor: Visitor, text: str = "", said: str = "") -> Asks:
    """What the page, which shows `text` and says `said`, asks for."""
    with suppress(Error):  # the page is just being replaced by the next one
        seen: dict[str, Any] = visitor.page.evaluate(_ASKS)
        words = f"{text[:3000]} {' '.join(seen['passwords'])}"
        return Asks(seen["fields"], len(seen["passwords"]), seen["captcha"], words, said)
    return Asks(1, 0, False, "")


def _refuse(obstacle: Obstacle | None) -> None:
    if obstacle:
        raise CouldNotTell(
            "the app's own sign-in form", obstacle.observed, obstacle.hint, cause=obstacle.cause
        )
