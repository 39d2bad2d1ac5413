"""The data of a chart: whether it came, and holds anything. A chart without any still has its axes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Error, Response

_SHOWN = 120


class Heard:
    """The newest answer to one path that a page asked for."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._answer: Response | None = None

    def hear(self, response: Response) -> None:
        """Keep it if it is one to that path."""
        if urlsplit(response.url).path == self.path:
            self._answer = response

    @property
    def came(self) -> bool:
        """Whether it was answered."""
        return self._answer is not None

    def missing(self) -> str:
        """Why there is no data, in words; an empty text where there is some."""
        if self._answer is None:
            return f"the page did not ask for {self.path}"
        said = ""
        with suppress(Error, UnicodeDecodeError):  # a body that the browser no longer has
            said = self._answer.text()
        return "" if holds_something(said) else f"{self.path} holds nothing: {said[:_SHOWN]!r}"


@contextmanager
def heard(context: BrowserContext, path: str | None) -> Iterator[Heard | None]:
    """Listens while a page is opened; None where no path is described."""
    if path is None:
        yield None
        return
    listener = Heard(path)
    context.on("response", listener.hear)
    try:
        yield listener
    finally:
        context.remove_listener("response", listener.hear)


def holds_something(text: str) -> bool:
    """Whether data is more than its frame. Of JSON with lists a list must have members; of anything else a value."""
    try:
        value = json.loads(text)
    except ValueError:
        return bool(text.strip())
    lists = list(_lists(value))
    return any(lists) if lists else any(_says(one) for one in _values(value))


def _says(value: Any) -> bool:
    return value not in (None, "") and not isinstance(value, bool)


def _lists(value: Any) -> Iterator[list[Any]]:
    if isinstance(value, list):
        yield value
    for one in value.values() if isinstance(value, dict) else ():
        yield from _lists(one)


def _values(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _values(one)
    else:
        yield value
