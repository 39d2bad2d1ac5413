"""Signing in, as a person does."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Error

from gate.browser.visitor import Visitor
from gate.results import Cause, CouldNotTell
from gate.services.obstacles import Obstacle, in_page, led_away
from gate.settings import Account
from gate.target import Login
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


def sign_in(visitor: Visitor, login: Login, account: Account, password: str | None = None) -> Attempt:
    """Fill in the sign-in form and send it. `password` replaces the account's own, to try a wrong one.

    Raises Failed when the form is not there or the page is broken, CouldNotTell when single sign-on, a captcha
    or a password that has to be renewed stands in the way.
    """
    check = visitor.check
    with check.step("Open the sign-in page"):
        text = normal(visitor.visit(login.path).text)
        _refuse(led_away(visitor.base_url, visitor.page.url) or _on_page(visitor, text))
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
        with visitor.guard.tolerating(*REFUSALS):
            visitor.click(login.submit)
            for step in login.then:
                visitor.click(step)
            visitor.until(lambda: visitor.shows_now(login.proof) or bool(visitor.messages()))
            glance = visitor.look()
            inside = glance.proves(login.proof) or visitor.shows_now(login.proof)
            if not inside:
                _refuse(_on_page(visitor, normal(glance.text)))
    return Attempt(inside, visitor.messages(), glance.url, normal(glance.text)[:160])


def is_signed_out(visitor: Visitor, login: Login) -> bool:
    """Whether opening the app anew asks for a password instead of showing what proves being in."""
    with visitor.check.step("Open the app anew"), visitor.guard.tolerating(*REFUSALS):
        if visitor.visit(login.home).proves(login.proof):
            return False
        visitor.until(lambda: bool(_asks(visitor)["names"]) or visitor.shows_now(login.proof))
        return not visitor.shows_now(login.proof)


# The visible password fields, and whether a captcha is there.
_ASKS = """() => ({
  names: [...document.querySelectorAll('input[type=password]')].filter(e => e.getClientRects().length)
    .map(e => e.name + ' ' + e.placeholder),
  captcha: !!document.querySelector("iframe[src*='recaptcha' i], iframe[src*='hcaptcha' i], "
    + "iframe[src*='challenges.cloudflare'], .g-recaptcha, .h-captcha, .cf-turnstile"),
})"""


def _asks(visitor: Visitor) -> dict[str, Any]:
    with suppress(Error):  # the page is just being replaced by the next one
        return dict(visitor.page.evaluate(_ASKS))
    return {"names": [], "captcha": False}


def _on_page(visitor: Visitor, text: str) -> Obstacle | None:
    asks = _asks(visitor)
    return in_page(len(asks["names"]), asks["captcha"], text, asks["names"])


def _refuse(obstacle: Obstacle | None) -> None:
    if obstacle:
        raise CouldNotTell(
            "the app's own sign-in form", obstacle.observed, obstacle.hint, cause=Cause.CONFIGURATION
        )
