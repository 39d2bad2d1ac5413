"""Signing in, as a person does."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Error

from gate.browser.visitor import Visitor
from gate.results import Cause, CouldNotTell
from gate.services.obstacles import Obstacle, in_page, led_away
from gate.settings import Account
from gate.target import Login


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
        visitor.visit(login.path)
        _refuse(led_away(visitor.base_url, visitor.page.url) or _on_page(visitor))
    with check.step(
        f"Sign in as {account.role}" + (" with a wrong password" if password is not None else "")
    ):
        visitor.field(login.user).fill(account.user)
        if login.next:
            visitor.click(login.next)
        visitor.field(login.password).fill(
            account.password.get_secret_value() if password is None else password
        )
        with visitor.guard.tolerating(*REFUSALS):
            visitor.click(login.submit)
            for step in login.then:
                visitor.click(step)
            visitor.until(lambda: visitor.shows_now(login.proof) or bool(visitor.messages()))
            visitor.look()
            if not visitor.shows_now(login.proof):
                _refuse(_on_page(visitor))
    return Attempt(visitor.shows_now(login.proof), visitor.messages(), visitor.page.url, visitor.text()[:160])


def is_signed_out(visitor: Visitor, login: Login) -> bool:
    """Whether opening the app anew asks for a password instead of showing what proves being in."""
    with visitor.check.step("Open the app anew"), visitor.guard.tolerating(*REFUSALS):
        visitor.visit(login.home)
        asked = visitor.page.locator("input[type=password]").filter(visible=True)
        visitor.until(lambda: visitor.shows_now(login.proof) or asked.count() > 0)
        return not visitor.shows_now(login.proof)


_CAPTCHA = """iframe[src*='recaptcha' i], iframe[src*='hcaptcha' i], iframe[src*='challenges.cloudflare'],
.g-recaptcha, .h-captcha, .cf-turnstile"""


def _on_page(visitor: Visitor) -> Obstacle | None:
    page = visitor.page
    try:
        passwords = page.locator("input[type=password]").filter(visible=True)
        names = [
            str(name) for name in passwords.evaluate_all("all => all.map(e => e.name + ' ' + e.placeholder)")
        ]
        return in_page(len(names), page.locator(_CAPTCHA).count() > 0, visitor.text(), names)
    except Error:  # the page is just being replaced by the next one
        return None


def _refuse(obstacle: Obstacle | None) -> None:
    if obstacle:
        raise CouldNotTell(
            "the app's own sign-in form", obstacle.observed, obstacle.hint, cause=Cause.CONFIGURATION
        )
