"""Many questions at once, bounded: async HTTP in a thread beside Playwright's own loop."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Coroutine, Iterable, Mapping
from dataclasses import dataclass, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import httpx

from gate.access.page import Page, read_page
from gate.access.paths import own_path
from gate.results import Cause, CouldNotTell
from gate.services.http import PASSING, is_loopback, trust_store

AT_ONCE = 6
ANSWER_S = 10.0
WHOLE_S = 15.0  # with the wait for a free connection, and every piece of the answer
ALL_S = 45.0
_PAUSES_S = (0.3, 1.0)
_ENDLESS = "it redirects without end"
_UNENDED = f"the answer does not end within {WHOLE_S:.0f} s"
_LARGEST = 512 * 1024

T = TypeVar("T")
NO_PAGE = Page("", (), (), None)


@dataclass(frozen=True)
class Answer:
    """What one GET came to, redirects within the app followed.

    `status` is 0 when nothing answered (`error` says why) and a 3xx when it led out of the app. `landed` is the
    path where it ended, `location` the address that led out. `page` is empty unless the answer is HTML.
    """

    path: str
    status: int
    landed: str
    kind: str = ""
    location: str = ""
    error: str = ""
    attempts: int = 1
    text: str = ""
    page: Page = NO_PAGE

    @property
    def good(self) -> bool:
        """Whether the app gave what was asked for."""
        return 200 <= self.status < 300

    @property
    def dead(self) -> bool:
        """Whether nothing answered, or with an error."""
        return bool(self.error) or self.status >= 400

    def asks_to_sign_in(self, login_path: str) -> bool:
        """Whether it ended at the sign-in form."""
        return (
            urlsplit(self.landed).path == urlsplit(login_path).path
            or self.page.sign_in is not None
            or self.status == 401
        )

    def __str__(self) -> str:
        if self.error:
            return self.error
        led = f" at {self.landed}" if self.landed != self.path else ""
        said = f" {self.page.title!r}" if self.page.title else f" ({self.kind})" if self.kind else ""
        return f"HTTP {self.status}{led}{said}"


def cookies_of(state: Path | str, base_url: str) -> dict[str, str]:
    """The cookies for the app that a stored browser session holds."""
    host = urlsplit(base_url).hostname or ""
    stored: list[dict[str, Any]] = json.loads(Path(state).read_text(encoding="utf-8"))["cookies"]
    return {
        one["name"]: one["value"]
        for one in stored
        if host == one["domain"].lstrip(".") or host.endswith("." + one["domain"].lstrip("."))
    }


def store_cookies(state: Path, base_url: str, cookies: Mapping[str, str]) -> None:
    """Keep cookies as a browser session that a browser can open."""
    parts = urlsplit(base_url)
    common = {"domain": parts.hostname, "path": "/", "expires": -1, "httpOnly": True, "sameSite": "Lax"}
    stored = [
        {**common, "name": name, "value": value, "secure": parts.scheme == "https"}
        for name, value in cookies.items()
    ]
    state.write_text(json.dumps({"cookies": stored, "origins": []}), encoding="utf-8")


def in_thread(work: Coroutine[Any, Any, T]) -> T:
    """Run async work to its end in a thread of its own and give its result, or raise what it raised.

    Raises CouldNotTell when it takes longer than ALL_S seconds.
    """
    outcome: list[T] = []
    trouble: list[BaseException] = []

    async def bounded() -> T:
        return await asyncio.wait_for(work, ALL_S)

    def run() -> None:
        try:
            outcome.append(asyncio.run(bounded()))
        except BaseException as error:  # handed over to the caller's thread
            trouble.append(error)

    worker = threading.Thread(target=run, name="gate-breadth")
    worker.start()
    worker.join()
    if trouble and isinstance(trouble[0], TimeoutError):
        raise CouldNotTell(
            f"all answers within {ALL_S:.0f} s",
            "the app answers too slowly for its paths to be tried",
            "look at the app's load and at slow queries, then run again",
            cause=Cause.THIRD_PARTY,
        )
    if trouble:
        raise trouble[0]
    return outcome[0]


def open_client(base_url: str, user_agent: str) -> httpx.AsyncClient:
    """A client that keeps no cookie of its own: each question says whose session it uses."""
    return httpx.AsyncClient(
        base_url=base_url,
        headers={"User-Agent": user_agent},
        timeout=ANSWER_S,
        limits=httpx.Limits(max_connections=AT_ONCE),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        trust_env=not is_loopback(base_url),
        verify=not base_url.startswith("http://") and trust_store(),
    )


def cookie_header(cookies: Mapping[str, str]) -> dict[str, str]:
    """The request header that carries these cookies; none for a stranger."""
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}


async def ask(client: httpx.AsyncClient, path: str, cookies: Mapping[str, str]) -> Answer:
    """GET `path` with these cookies. What passes (no connection, 429, 502 to 504) is tried again twice."""
    answer = Answer(path, 0, path)
    for tries, pause in enumerate((*_PAUSES_S, None), start=1):
        answer = replace(await _once(client, path, cookies), attempts=tries)
        passing = answer.status in PASSING or answer.error not in ("", _ENDLESS, _UNENDED)
        if pause is None or not passing:
            break
        await asyncio.sleep(pause)
    return answer


async def ask_all(
    base_url: str, user_agent: str, questions: Iterable[tuple[str, Mapping[str, str]]]
) -> list[Answer]:
    """One answer per (path, cookies), in their order, a few at a time."""
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(client: httpx.AsyncClient, path: str, cookies: Mapping[str, str]) -> Answer:
        async with gate:
            return await ask(client, path, cookies)

    async with open_client(base_url, user_agent) as client:
        return list(await asyncio.gather(*(one(client, path, cookies) for path, cookies in questions)))


async def _once(client: httpx.AsyncClient, path: str, cookies: Mapping[str, str]) -> Answer:
    base = str(client.base_url).rstrip("/")
    landed = path
    try:
        for _ in range(6):
            async with (
                asyncio.timeout(WHOLE_S),
                client.stream("GET", landed, headers=cookie_header(cookies)) as response,
            ):
                location = response.headers.get("location", "")
                if not response.is_redirect or not location:
                    return await _read(path, landed, response)
                onward = own_path(base, landed, location)
                if onward is None:
                    return Answer(
                        path, response.status_code, landed, location=urljoin(f"{base}{landed}", location)
                    )
                landed = onward
    except TimeoutError:
        return Answer(path, 0, landed, error=_UNENDED)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Answer(path, 0, landed, error=f"{type(error).__name__}: {error}".rstrip(": "))
    return Answer(path, 0, landed, error=_ENDLESS)


async def _read(path: str, landed: str, response: httpx.Response) -> Answer:
    kind = response.headers.get("content-type", "").split(";")[0].strip()
    answer = Answer(path, response.status_code, landed, kind)
    if kind not in ("text/html", "application/xhtml+xml"):
        return answer
    body = b""
    async for part in response.aiter_bytes():
        body += part
        if len(body) > _LARGEST:
            break
    text = body.decode(response.charset_encoding or "utf-8", "replace")
    return replace(answer, text=text, page=read_page(text))
