"""What every double has in common: apps to serve, a request log, and two routes that only a double has."""

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.base import BaseHTTPMiddleware, RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from sandbox.doubles.requestlog import LoggedRequest, RequestLog

MAIN = "main"
Clock = Callable[[], float]
"""Seconds since the epoch; a test hands in its own instead of sleeping."""


class Double(ABC):
    """An outside service played on loopback.

    `app` is the ASGI app for in-process clients; `sandbox.doubles.serve` puts it behind a real port. Besides
    the service's own routes it answers `GET /_double/log` ({"requests": [...]}, redacted) and
    `POST /_double/reset`.
    """

    def __init__(self, clock: Clock = time.time) -> None:
        self.clock = clock
        self.log = RequestLog()

    def build(self, routes: Sequence[BaseRoute], on_error: Mapping[Any, Any]) -> ASGIApp:
        """The recorded app of `routes`; `answering` sees each request before they do."""
        own = [
            Route("/_double/log", self._show_log, methods=["GET"]),
            Route("/_double/reset", self._reset, methods=["POST"]),
        ]
        around = Middleware(BaseHTTPMiddleware, dispatch=self._dispatch)
        app = Starlette(routes=[*own, *routes], middleware=[around], exception_handlers=on_error)
        return self.log.recording(app)

    @property
    @abstractmethod
    def app(self) -> ASGIApp:
        """The service's API."""

    @property
    def requests(self) -> tuple[LoggedRequest, ...]:
        """Everything asked since the start or the last reset, oldest first, without secrets."""
        return tuple(self.log.entries)

    def reset(self) -> None:
        """Forgets all requests and returns to the state of the beginning."""
        self.log.entries.clear()
        self.restore()

    @abstractmethod
    def restore(self) -> None:
        """Puts the service's state back to what the constructor was given."""

    @abstractmethod
    async def answering(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        """Answers, or lets the routes answer, adding what the service puts on every response."""

    def apps(self) -> Mapping[str, ASGIApp]:
        """The apps that need a port each; `MAIN` is the one whose address `serve` gives out."""
        return {MAIN: self.app}

    def listening(self, addresses: Mapping[str, str]) -> None:
        """Told once, before the first request: the base URL of each of `apps()`."""

    async def _dispatch(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        if request.url.path.startswith("/_double/"):
            return await call_next(request)
        return await self.answering(request, call_next)

    async def _show_log(self, request: Request) -> Response:
        return JSONResponse({"requests": [entry.as_json() for entry in self.requests]})

    async def _reset(self, request: Request) -> Response:
        self.reset()
        return Response(status_code=204)


def http_date(seconds: float) -> str:
    """The `Date` header for a point in time, e.g. `Mon, 24 Nov 2025 12:00:00 GMT`."""
    return formatdate(seconds, usegmt=True)
