"""A browser context that only reads: what could write is held back before it leaves the machine."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Route

from gate.denylist import denied

_READING = ("GET", "HEAD", "OPTIONS")


class ReadOnly:
    """Lets only reading requests of a context through, but for the sign-in.

    `held_back` tells what was not sent, as "POST /path". With `deny`, a link whose address says that it
    writes (see gate.denylist) is held back as well.
    """

    def __init__(self, context: BrowserContext, *, deny: bool = False, extra: Sequence[str] = ()) -> None:
        self.held_back: list[str] = []
        self._deny, self._extra, self._signing_in = deny, tuple(extra), False
        context.route("**/*", self._judge)

    @contextmanager
    def signing_in(self) -> Iterator[None]:
        """While the sign-in form is sent, its POST may pass."""
        self._signing_in = True
        try:
            yield
        finally:
            self._signing_in = False

    def _judge(self, route: Route) -> None:
        request = route.request
        leads_on = request.resource_type in ("document", "xhr", "fetch")
        writes = request.method not in _READING
        listed = self._deny and leads_on and denied(request.url, self._extra)
        if self._signing_in or not (writes or listed):
            route.continue_()
            return
        said = f"{request.method} {urlsplit(request.url).path}"
        if said not in self.held_back:
            self.held_back.append(said)
        route.abort("blockedbyclient")
