"""A reader at the browser: surveys pages, names what is on them so that the gate finds it again."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

from gate.browser import locate
from gate.browser.readonly import ReadOnly
from gate.browser.settling import Settling
from gate.browser.visitor import Visitor
from gate.results import CheckStopped, Failed
from gate.target import Locator

_NOT_AT_ALL = Settling(lambda: True, 0.0, 0.0)
_SURVEY = (Path(__file__).parent / "survey.js").read_text(encoding="utf-8")
Survey = dict[str, Any]
Described = str | dict[str, Any]


class Explorer:
    """One signed-in (or not yet signed-in) reader; `visitor` is its page, `readonly` its guard."""

    def __init__(self, visitor: Visitor, readonly: ReadOnly) -> None:
        self.visitor, self.readonly = visitor, readonly
        self.broken: dict[str, str] = {}

    def survey(self) -> Survey:
        """What the page holds now; waits until nothing is under way (pages drawn by scripts)."""
        self.visitor.wait_for_page()
        self.visitor.until(lambda: False, patience_s=3.0, settle_s=0.25)
        found: Survey = self.visitor.page.evaluate(_SURVEY)
        return found

    def open(self, path: str) -> Survey | None:
        """Go to a path; None, and the reason in `broken`, where the page cannot be read."""
        return self._read(path, lambda: self.visitor.visit(path))

    def follow(self, home: str, clicks: Iterable[Described]) -> Survey | None:
        """From `home`, click as a person would; None, and the reason in `broken`, where that fails."""
        ways = [as_locator(click) for click in clicks]

        def go() -> None:
            self.visitor.visit(home)
            self.visitor.follow(ways)

        return self._read(" > ".join(str(way) for way in ways), go)

    def _read(self, name: str, go: Any) -> Survey | None:
        try:
            go()
            return self.survey()
        except CheckStopped as stop:
            self.broken[name] = stop.observed
        except Error as error:
            self.broken[name] = " ".join(str(error).split())[:160]
        finally:
            self.visitor.guard.problems.clear()
        return None

    def field(self, seen: Mapping[str, Any]) -> Described | None:
        """How the gate finds this surveyed field: its label, else placeholder, name, css; else None."""
        ways = [{key: seen[key]} for key in ("label", "placeholder", "name", "css") if seen[key]]
        for way in ways:
            for nth in (None, 1, 2):
                one = {**way, "nth": nth} if nth else way
                if self._leads_to(one, seen["mark"], "field"):
                    return one["label"] if list(one) == ["label"] else one
        return None

    def clickable(self, seen: Mapping[str, Any]) -> Described | None:
        """How the gate finds this surveyed link or button: its text, else its title, else css."""
        ways: list[dict[str, Any]] = []
        text = str(seen["text"])
        if text and len(text) < 60:
            ways.append({"text": text})
        if seen.get("title"):
            ways.append({"role": "link", "name": seen["title"]})
        if seen["css"]:
            ways.append({"css": seen["css"]})
        for way in ways:
            if self._leads_to(way, seen["mark"], "clickable"):
                return way["text"] if list(way) == ["text"] else way
        return None

    def _leads_to(self, way: dict[str, Any], mark: str, what: str) -> bool:
        find = locate.field if what == "field" else locate.clickable
        try:
            element = find(self.visitor.page, as_locator(way), _NOT_AT_ALL)
            return bool(
                element.evaluate(
                    "(e, mark) => e.dataset.gate === mark || !!e.closest(`[data-gate='${mark}']`)"
                    " || !!e.querySelector(`[data-gate='${mark}']`)",
                    mark,
                )
            )
        except (Failed, Error):
            return False


def as_locator(way: Described) -> Locator:
    """As target.toml would be read."""
    return Locator(text=way) if isinstance(way, str) else Locator(**way)


def identifier(text: str) -> str:
    """A TOML key or panel id from what a person reads."""
    import unicodedata

    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    return name if name[:1].isalpha() else f"p_{name}".rstrip("_")
