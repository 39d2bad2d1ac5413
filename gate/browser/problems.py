"""What no page may show, in words: what was expected instead, and where to look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from gate.results import Failed

HANGS = "what does this request wait for: a database, another service, a lock?"


@dataclass(frozen=True)
class Problem:
    """Something a page must not show. `kind` is status, silence, script, request, text or budget."""

    kind: str
    url: str
    detail: str

    def __str__(self) -> str:
        return f"{self.detail} at {path_of(self.url)}"


def failure(problems: Sequence[Problem]) -> Failed:
    """The first of them as what failed, with some of the others; there is at least one."""
    first, *others = problems
    more = "".join(f"; also {problem}" for problem in others[:3])
    return Failed(f"{_EXPECTED[first.kind]} on every page", f"{first}{more}", _HINTS[first.kind])


def path_of(url: str) -> str:
    """The path of an address; the root's where it has none."""
    return urlsplit(url).path or "/"


_EXPECTED = {
    "status": "a status below 400",
    "silence": "an answer",
    "request": "every request of the page's own origin answered",
    "script": "no uncaught JavaScript error",
    "text": "no error box and no traceback",
    "budget": "the time budget kept",
}
_HINTS = {
    "silence": HANGS,
    "status": "look in the app's log for that path at that minute",
    "request": "open the page with the browser's network panel; a file may be missing from this deploy",
    "script": "open the page with the browser's console; the script of this deploy is broken",
    "text": "look in the app's log; if this text is harmless name it with a reason in [guard.ignore]",
    "budget": "look for a slow query; the budget is guard.budget_ms in target.toml",
}
