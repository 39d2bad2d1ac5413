"""The page guard: every page that any check visits is judged, whatever the check itself looks for."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Error, Page, Request, Response, WebError

from gate.browser.problems import Problem, failure, path_of
from gate.browser.server_time import Served
from gate.target import Guard, Proof
from gate.values import normal

LONGEST_PAUSE_S = 10

# A request that the browser itself gave up (a navigation replaced it, a download began) says nothing of the app.
_OWN_ABORTS = ("net::ERR_ABORTED", "net::ERR_BLOCKED_BY_CLIENT", "NS_BINDING_ABORTED")


@dataclass(frozen=True)
class Glance:
    """What a loaded page shows: visible text, headings, the tab's title.

    In milliseconds since navigation began: `took_ms` until it was loaded, `at_ms` until it was looked at. `served`
    are the server's answers since the last look.
    """

    url: str
    text: str
    headings: tuple[str, ...]
    took_ms: int
    title: str = ""
    at_ms: int = 0
    served: tuple[Served, ...] = ()

    def proves(self, proof: Proof) -> bool:
        """Whether its heading, title or text is the one wanted; an element has to be looked for on the page."""
        if proof.heading:
            return normal(proof.heading) in self.headings
        if proof.title:
            return normal(self.title) == normal(proof.title)
        return bool(proof.text) and normal(proof.text or "") in normal(self.text)


# What Chromium gives up without telling the answer, when its type is not what the page asked for: an error page
# in place of a stylesheet, for one.
_TYPED = {"stylesheet": "css", "script": "javascript"}
_ASK_MS = 3000

_LOOK = Path(__file__).with_name("look.js").read_text(encoding="utf-8")
_DATA = ("fetch", "xhr")


class PageGuard:
    """Listens to a browser context and collects problems; `judge` raises the first one.

    A document that has not come after `waits_s()` seconds is given up, and `gave_up` hears what it was ("POST /login").
    """

    def __init__(
        self,
        context: BrowserContext,
        base_url: str,
        config: Guard,
        waits_s: Callable[[], float],
        gave_up: Callable[[str], None] = lambda asked: None,
    ) -> None:
        self.problems: list[Problem] = []
        self.pages = 0
        self.in_flight: dict[Request, float] = {}  # with the moment at which it began
        self._document = 0.0  # when the one that was looked at last began
        self._told: set[tuple[str, float]] = set()  # the server's answers to it that were told
        self._given_up: dict[str, str] = {}
        self._origin = urlsplit(base_url)[:2]
        self._config = config
        self._tolerated: frozenset[int] = frozenset()
        self._pause_s: float | None = None
        self._excuses_429 = True
        self._waits_s, self._gave_up = waits_s, gave_up
        self._of_before: frozenset[Request] = frozenset()
        context.on("response", self._response)
        context.on("weberror", self._script_error)
        context.on("request", self._request_began)
        context.on("requestfinished", self._request_ended)
        context.on("requestfailed", self._request_failed)

    def begin(self) -> None:
        """Forget what was seen so far: what was asked for earlier is no problem of the check that begins."""
        self.problems.clear()
        self.pages = 0
        self._of_before = frozenset(self.in_flight)
        self.in_flight.clear()
        self._given_up.clear()

    @contextmanager
    def tolerating(self, *statuses: int) -> Iterator[None]:
        """Statuses that are right here, such as 401 after a wrong password."""
        before, self._tolerated = self._tolerated, frozenset(statuses)
        try:
            yield
        finally:
            self._tolerated = before

    @property
    def awaited_pages(self) -> list[str]:
        """The pages that were asked for and have not come: "POST /login"; a frame within one is none."""
        return [
            _asked(request)
            for request in self.in_flight
            if request.resource_type == "document" and not _within_a_page(request)
        ]

    def broken(self, url: str) -> bool:
        """Whether the page at this address was answered with an error."""
        return any(problem.kind == "status" and problem.url == url for problem in self.problems)

    def unanswered(self) -> tuple[Served, ...]:
        """The data that the page has asked the app for and not got, with the milliseconds that it waits already."""
        now = time.monotonic()
        return tuple(
            Served(path_of(request.url), int((now - began) * 1000), "data", ended=False)
            for request, began in self.in_flight.items()
            if request.resource_type in _DATA
            and self._same_origin(request.url)
            and not self._ignored(request.url)
        )

    def give_up_pages(self) -> None:
        """Stop waiting for documents: while one does not come, the browser answers nothing about the page before."""
        for request in [one for one in self.in_flight if one.resource_type == "document"]:
            with suppress(Error):  # its page may be gone, and only Chromium can be told
                session = request.frame.page.context.new_cdp_session(request.frame.page)
                session.send("Page.stopLoading")
                session.detach()

    def throttled(self) -> float | None:
        """Seconds to wait before a page refused with 429 is asked for once more; None when none was. Told once."""
        pause_s, self._pause_s = self._pause_s, None
        return pause_s

    @contextmanager
    def not_excusing_429(self) -> Iterator[None]:
        """While a page is asked for the second time, 429 is a problem like any other status."""
        self._excuses_429 = False
        try:
            yield
        finally:
            self._excuses_429 = True

    def look(self, page: Page) -> Glance:
        """Read a loaded page and judge its text and its time."""
        raw = page.evaluate(_LOOK)
        glance = Glance(
            page.url,
            raw["text"],
            tuple(normal(heading) for heading in raw["headings"]),
            int(raw["took"]),
            raw["title"],
            int(raw["now"]),
            self._newly_served(raw),
        )
        self.pages += 1
        self._ask_again(page)
        lowered = glance.text.lower()
        for words in self._config.errors:
            at = lowered.find(words.lower())
            if at >= 0:
                self._add("text", page.url, f"the page says {normal(glance.text[at : at + 160])!r}")
        if glance.took_ms > self._config.budget_ms:
            self._add(
                "budget", page.url, f"the page took {glance.took_ms} ms (budget {self._config.budget_ms} ms)"
            )
        return glance

    def judge(self) -> None:
        """Raise Failed for the first problem seen so far."""
        if self.problems:
            raise failure(self.problems)

    def _ask_again(self, page: Page) -> None:
        """What the browser gave up for its type is fetched plainly, and told with its status."""
        while self._given_up:
            url, kind = self._given_up.popitem()
            try:
                answer = page.context.request.get(url, timeout=_ASK_MS)
            except Error:
                continue  # it says nothing now: nothing is known
            sent = answer.headers.get("content-type", "").partition(";")[0] or "no type"
            if answer.status >= 400:
                self._add("request", url, f"a {kind} of the page answered HTTP {answer.status}")
            elif _TYPED[kind] not in sent:
                self._add(
                    "request", url, f"a {kind} of the page is of the type {sent}, which the browser refuses"
                )

    def _newly_served(self, raw: dict[str, Any]) -> tuple[Served, ...]:
        """A script may show one panel after another in the same document: each look tells what is new."""
        if raw["origin"] != self._document:
            self._document, self._told = raw["origin"], set()
        new = [one for one in raw["served"] if (one["url"], one["start"]) not in self._told]
        self._told |= {(one["url"], one["start"]) for one in new}
        return tuple(
            Served(path_of(one["url"]), int(one["ms"]), one["kind"])
            for one in new
            if not self._ignored(one["url"])
        )

    def _ignored(self, text: str) -> bool:
        return any(part in text for part in self._config.ignore)

    def _add(self, kind: str, url: str, detail: str) -> None:
        if self._ignored(url) or self._ignored(detail):
            return
        problem = Problem(kind, url, detail)
        if problem not in self.problems:
            self.problems.append(problem)

    def _same_origin(self, url: str) -> bool:
        return urlsplit(url)[:2] == self._origin

    def _response(self, response: Response) -> None:
        request = response.request
        if response.status < 400 or response.status in self._tolerated or request in self._of_before:
            return
        if not self._same_origin(response.url):
            return
        if request.resource_type == "document":
            if response.status == 429 and request.method == "GET" and self._excuses_429:
                pause = response.headers.get("retry-after", "1")
                if pause.isdigit() and int(pause) <= LONGEST_PAUSE_S:
                    self._pause_s = float(pause)
                    return
            self._add("status", response.url, f"{request.method} answered HTTP {response.status}")
        elif not response.url.endswith("/favicon.ico"):
            self._add(
                "request",
                response.url,
                f"a {request.resource_type} of the page answered HTTP {response.status}",
            )

    def _request_began(self, request: Request) -> None:
        self.in_flight[request] = time.monotonic()
        if request.resource_type != "document":
            return
        with suppress(Error):
            waits_s = self._waits_s()
            request.frame.page.wait_for_timeout(waits_s * 1000)  # this handler's own time: nobody else waits
            if request in self.in_flight:
                self._add("silence", request.url, f"{request.method} not answered within {waits_s:.0f} s")
                self._gave_up(_asked(request))
                self.give_up_pages()

    def _request_ended(self, request: Request) -> None:
        self.in_flight.pop(request, None)

    def _request_failed(self, request: Request) -> None:
        self.in_flight.pop(request, None)
        failure = request.failure or "no answer"
        if not self._same_origin(request.url) or request in self._of_before:
            return
        if failure == "net::ERR_ABORTED" and request.resource_type in _TYPED:
            self._given_up[request.url] = request.resource_type
        elif failure not in _OWN_ABORTS:
            self._add("request", request.url, f"a {request.resource_type} of the page failed: {failure}")

    def _script_error(self, error: WebError) -> None:
        url = error.page.url if error.page else ""
        self._add("script", url, f"uncaught JavaScript error {normal(str(error.error))[:200]!r}")


def _within_a_page(request: Request) -> bool:
    with suppress(Error):  # the frame of a new tab may not be there yet
        return request.frame.parent_frame is not None
    return False


def _asked(request: Request) -> str:
    return f"{request.method} {path_of(request.url)}"
