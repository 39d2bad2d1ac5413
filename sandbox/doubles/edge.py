"""The edge double: what stands between the network and the app on a host, where overload and swaps show.

It hands every request on to the app, unless its behaviour says otherwise.
"""

import asyncio
import re
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy

import httpx
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp

from sandbox.doubles.double import Double

_OF_THE_WIRE = frozenset({"host", "connection", "content-length", "transfer-encoding"})


@dataclass(frozen=True)
class EdgeBehaviour:
    """Switches of the edge. The defaults hand everything on.

    `refuses`: nothing listens at the address. `hangs_at`: once a path that matches was asked for, it accepts
    and never answers again. `bad_gateway`: the first so many requests are answered 502. `old_commit`: the first
    so many reads of `version` name the commit before. `pages` are the paths that count for the rest: of them
    every `unavailable_every`-th is answered 503, every `throttled_every`-th 429 with `retry_after`.
    """

    refuses: bool = False
    hangs_at: str = ""
    bad_gateway: int = 0
    old_commit: int = 0
    pages: str = r".*"
    unavailable_every: int = 0
    throttled_every: int = 0
    retry_after: int = 1
    version: str = "/version"


class EdgeDouble(Double):
    """The edge in front of the app at `app_url`; `before` is the commit of the version that ran before."""

    def __init__(self, app_url: str, before: str, behaviour: EdgeBehaviour) -> None:
        super().__init__()
        self._app_url, self._before, self._behaviour = app_url, before, behaviour
        self._seen = self._pages = self._versions = 0
        self._hangs = False
        # Cookies are the visitors' own: none is kept here.
        nobodys = CookieJar(DefaultCookiePolicy(allowed_domains=[]))
        self._http = httpx.AsyncClient(timeout=120, trust_env=False, cookies=nobodys)
        self._app = self.build([], {})

    @property
    def app(self) -> ASGIApp:
        return self._app

    def restore(self) -> None:
        self._seen = self._pages = self._versions = 0
        self._hangs = False

    async def answering(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        behaviour = self._behaviour
        self._seen += 1
        self._hangs = self._hangs or bool(re.fullmatch(behaviour.hangs_at or r"(?!)", request.url.path))
        if self._hangs:
            await asyncio.sleep(3600)
        if self._seen <= behaviour.bad_gateway:
            return PlainTextResponse("Bad Gateway", 502)
        if request.url.path == behaviour.version:
            self._versions += 1
            if self._versions <= behaviour.old_commit:
                return JSONResponse({"app": "envios", "commit": self._before})
        if request.method == "GET" and re.fullmatch(behaviour.pages, request.url.path):
            self._pages += 1
            if behaviour.unavailable_every and self._pages % behaviour.unavailable_every == 0:
                return PlainTextResponse("Service Unavailable", 503)
            if behaviour.throttled_every and self._pages % behaviour.throttled_every == 0:
                return PlainTextResponse(
                    "Too Many Requests", 429, {"Retry-After": str(behaviour.retry_after)}
                )
        return await self._handed_on(request)

    async def _handed_on(self, request: Request) -> Response:
        headers = [(name, value) for name, value in request.headers.items() if name not in _OF_THE_WIRE]
        path = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        # The app builds its own addresses from the host that the visitor asked for.
        sent = self._http.build_request(
            request.method,
            f"{self._app_url}{path}",
            headers=[*headers, ("host", request.headers["host"])],
            content=await request.body(),
        )
        got = await self._http.send(sent)
        answer = Response(got.content, got.status_code)
        answer.raw_headers = [
            (name.lower(), value)
            for name, value in got.headers.raw
            if name.lower()
            not in (b"connection", b"transfer-encoding", b"content-length", b"content-encoding")
        ]
        answer.raw_headers.append((b"content-length", str(len(got.content)).encode()))
        return answer
