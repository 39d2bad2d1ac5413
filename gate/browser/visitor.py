"""One person at one browser: opens pages, clicks what they read, under the page guard, with steps and pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import BrowserContext, Error, Page
from playwright.sync_api import Locator as Element

from gate.browser import locate
from gate.browser.guard import Glance, PageGuard
from gate.browser.problems import HANGS
from gate.browser.settling import NAVIGATION_S, PATIENCE_S, SETTLED_S, Settling
from gate.browser.wording import translated
from gate.recorder import Check
from gate.results import Failed
from gate.services.reach import still_answers
from gate.target import Locator, Proof, Target
from gate.values import normal

T = TypeVar("T")

_GIVEN_UP_AFTER_S = 1.0

_MESSAGES = """() => [...document.querySelectorAll(
    '[role=alert],[role=status],[class*=error],[class*=alert],[class*=flash],[class*=invalid],[class*=message],[class*=toast]')]
  .filter(e => e.offsetParent || e.getClientRects().length)
  .map(e => e.innerText.trim()).filter(t => t && t.length < 300)"""


class Visitor:
    """A guarded page in a context of its own.

    Raises Failed for what the app does wrong, CouldNotTell when the browser itself fails.
    """

    def __init__(self, context: BrowserContext, base_url: str, target: Target, check: Check) -> None:
        context.set_default_timeout(check.patience.of(PATIENCE_S) * 1000)
        context.set_default_navigation_timeout(check.patience.of(NAVIGATION_S) * 1000)
        self.context = context
        self.base_url = base_url
        self.target = target
        self.check = check
        # Who waits for a page by name gives up first, and tells more.
        self.guard = PageGuard(
            context,
            base_url,
            target.guard,
            lambda: self._navigation_ms() / 1000 + _GIVEN_UP_AFTER_S,
            lambda asked: self.check.patience.hung(self.check.id, asked),
        )
        self.page = self._new_page()
        self._agent: str = self.page.evaluate("navigator.userAgent")
        self._first = self.page
        check.on_trouble.append(self.picture)

    def handed_to(self, check: Check) -> Visitor:
        """The same person at the same page, going on for another check."""
        for page in self.context.pages:
            if page is not self._first:
                page.close()
        self.page, self.check = self._first, check
        self.context.set_default_timeout(check.patience.of(PATIENCE_S) * 1000)
        self.context.set_default_navigation_timeout(check.patience.of(NAVIGATION_S) * 1000)
        self.guard.begin()
        check.on_trouble.append(self.picture)
        return self

    def _new_page(self) -> Page:
        page = self.context.new_page()
        if (banner := self.target.guard.dismiss) is not None:
            page.add_locator_handler(locate.button(page, banner), lambda button: button.click())
        return page

    def visit(self, path: str) -> Glance:
        """Open a path of the app (or a full URL of its own origin)."""
        url = urljoin(self.base_url + "/", path)
        with self._waiting(f"{path} to open", asks=f"GET {urlsplit(url).path}"):
            self.page.goto(url, wait_until="load", timeout=self._navigation_ms())
        return self.look()

    def require_answers(self) -> None:
        """Raise Blocked where this page's form was sent by another check, and not answered."""
        self.check.patience.require(self.check.id, asks=f"POST {urlsplit(self.page.url).path}")

    def follow(self, clicks: Sequence[Locator]) -> Glance:
        """Click these in order, as a person goes through menus; the last one leads to the page."""
        for where in clicks:
            self.click(where)
        return self.look()

    def click(self, where: Locator) -> None:
        """Click what a person reads as `where` and wait for the page it may lead to, also in a new tab.

        A path, such as /envios, is gone to.
        """
        if where.text and where.text.startswith("/"):
            self.visit(where.text)
            return
        for last in (False, True):
            with self._guarded():
                found = locate.to_click(self.page, where, self.settling())
            try:
                with self._waiting(f"{where} to be clickable"):
                    self._click(found)
                break
            except Failed:
                if last or found.element.count():
                    raise  # else a script drew it anew under the click
        self.wait_for_page()

    def _click(self, found: locate.Found) -> None:
        if found.new_tab:
            with self.context.expect_page() as opened:
                found.element.click(force=found.still)
            self.page = opened.value
        else:
            found.element.click(force=found.still)

    def clickable(self, where: Locator) -> Element:
        """The link or button; raises Failed naming the nearest ones, or what the guard saw first."""
        with self._guarded():
            return locate.clickable(self.page, where, self.settling())

    def field(self, where: Locator) -> Element:
        """The form field; raises Failed naming the nearest ones, or what the guard saw first."""
        with self._guarded():
            return locate.field(self.page, where, self.settling())

    def fields(self, wheres: Sequence[Locator], kind: str = "field") -> dict[Locator, Element]:
        """Those of these form fields that one look tells, for a page that stays as it is while they are filled in."""
        found = locate.at_once(self.page, kind, wheres)
        return {where: one.element for where, one in zip(wheres, found, strict=True) if one}

    def wait_for_page(self) -> None:
        """Wait until the current document is loaded."""
        with self._waiting("the page to load"):
            self.page.wait_for_load_state("load", timeout=self._navigation_ms())

    def look(self) -> Glance:
        """Read the page and let the guard judge it."""
        self.wait_for_page()
        self._once_more_if_throttled()
        for attempt in (1, 2):
            try:
                glance = self.guard.look(self.page)
                break
            except Error as error:
                # A script may navigate once more right after load; the page it leads to is the one to read.
                if attempt == 2 or "Execution context was destroyed" not in str(error):
                    raise
                self.wait_for_page()
        self.guard.judge()
        return glance

    def until(
        self, holds: Callable[[], bool], patience_s: float = PATIENCE_S, settle_s: float | None = None
    ) -> bool:
        """Whether `holds` becomes true: polled while the page is busy, and `settle_s` more once it is idle."""
        settling = self.settling(patience_s, settle_s)
        while not holds():
            if settling.over():
                return False
            self.page.wait_for_timeout(40)
        return True

    def settling(self, patience_s: float = PATIENCE_S, settle_s: float | None = None) -> Settling:
        """The waiting that begins now; how long an idle page is waited for may be left to the run's patience."""
        settle_s = self.check.patience.for_an_idle_page(SETTLED_S) if settle_s is None else settle_s
        return Settling(self.idle, patience_s, settle_s, lambda: self.guard.broken(self.page.url))

    def comes_to(self, read: Callable[[], T | None]) -> T | None:
        """What `read` comes to give, with the patience of `until`; None when it gives nothing."""
        seen: list[T] = []

        def reads() -> bool:
            if (value := read()) is not None:
                seen.append(value)
            return bool(seen)

        return seen[0] if self.until(reads) else None

    def shows(self, proof: Proof, seen: Glance | None = None) -> bool:
        """Whether the page, which showed what was `seen`, comes to show what proves it to be the right one."""
        return (seen is not None and seen.proves(proof)) or self.until(lambda: self.shows_now(proof))

    def text(self) -> str:
        """Visible text of the page, blanks normalised."""
        try:
            return normal(self.page.evaluate("() => document.body ? document.body.innerText : ''"))
        except Error:
            return ""

    def links(self) -> list[tuple[str, str]]:
        """Address and text of every link of the page as it is drawn, also in closed menus."""
        with suppress(Error):
            return [
                (href, text)
                for href, text in self.page.evaluate(
                    "() => [...document.querySelectorAll('a[href]')].map(e => [e.href, e.innerText])"
                )
            ]
        return []

    def messages(self) -> str:
        """What the app itself says went wrong or right, joined."""
        with suppress(Error):
            return normal(" / ".join(dict.fromkeys(self.page.evaluate(_MESSAGES))))[:300]
        return ""

    def idle(self) -> bool:
        """Whether nothing of this context is under way."""
        return not self.guard.in_flight

    def picture(self) -> None:
        """Attach a screenshot of the page as it is now."""
        with suppress(Error):
            image = self.page.screenshot(type="jpeg", quality=70, timeout=3000)
            self.check.attach_image(urlsplit(self.page.url).path or "page", image)

    def shows_now(self, proof: Proof) -> bool:
        """Whether the page shows the proof at this moment."""
        with suppress(Error):
            if proof.heading:
                wanted = normal(proof.heading)
                return any(normal(text) == wanted for text in self.page.locator(_HEADINGS).all_inner_texts())
            if proof.title:
                return normal(self.page.title()) == normal(proof.title)
            if proof.text:
                return normal(proof.text) in self.text()
            if proof.element:
                return locate.candidates(self.page, proof.element).count() > 0
        return False

    def _navigation_ms(self) -> float:
        # A page over its budget is wrong anyway: no need to see how much over.
        enough_s = min(NAVIGATION_S, self.target.guard.budget_ms / 1000 + 2)
        return self.check.patience.of(enough_s) * 1000

    @contextmanager
    def _waiting(self, what: str, asks: str = "") -> Iterator[None]:
        """A wait for the app. One that hangs is waited for once: what is learnt here shortens every later wait."""
        self.check.patience.require(self.check.id, asks=asks)
        began = time.monotonic()
        try:
            with translated(what):
                yield
        except Failed as failure:
            awaited = self.guard.awaited_pages
            if not awaited:
                raise
            waited_s = time.monotonic() - began
            answers = still_answers(self.base_url, self.target.login.path, self._agent)
            self.check.patience.hung(self.check.id, *awaited, altogether=not answers)
            self.guard.give_up_pages()
            raise Failed(
                f"an answer to {' and '.join(awaited)}",
                f"{' and '.join(awaited)} not answered within {waited_s:.0f} s, while GET {self.target.login.path} "
                f"is {'answered' if answers else 'not answered either'}",
                HANGS,
            ) from failure

    def _once_more_if_throttled(self) -> None:
        """A page that was refused with 429 is opened once more after the pause that the app asks for."""
        pause_s = self.guard.throttled()
        if pause_s is None:
            return
        with self.check.step(f"HTTP 429, wait {pause_s:.0f} s and open the page once more"):
            self.check.attempts += 1
            self.page.wait_for_timeout(pause_s * 1000)
            with self.guard.not_excusing_429(), self._waiting("the page to load"):
                self.page.reload(wait_until="load", timeout=self._navigation_ms())

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """An element missing from a page that answered an error is the error's fault: name that."""
        try:
            yield
        except Failed:
            with suppress(Error):
                self.guard.look(self.page)
            self.guard.judge()
            raise


_HEADINGS = "h1, h2, h3, [role=heading], legend, caption"
