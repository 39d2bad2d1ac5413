"""The pages behind the navigation, reached by clicking: which of them are panels."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from gate.denylist import denied
from gate.discover.draft import Draft
from gate.discover.explorer import Described, Explorer, Survey, as_locator, identifier

MOST = 40
NEW = re.compile(
    r"^\+|\b(nuev[oa]s?|crear|agregar|añadir|alta|registrar|ingresar|new|create|add)\b", re.IGNORECASE
)


@dataclass
class Page:
    """One page of the navigation: the clicks that lead there, and what was seen (None: it does not open)."""

    open: list[Described]
    survey: Survey | None
    note: str | None = None

    @property
    def name(self) -> str:
        """What a person calls it."""
        return " > ".join(str(as_locator(click)).strip("'") for click in self.open)


def walk(
    explorer: Explorer, home: str, landing: Survey, extra: tuple[str, ...]
) -> tuple[list[Page], list[str]]:
    """Click through every entry of the navigation that only reads.

    Returns the pages, and in words what was left alone.
    """
    pages: list[Page] = []
    left: list[str] = []
    been = {_bare(landing["url"])}
    entries = [*landing["nav"]]
    if sum(entry["page"] for entry in entries) < 4:  # the start page itself may be the menu
        entries += [
            {**link, "toggle": "", "page": True}
            for link in landing["links"]
            if link["href"]
            and link["seen"]
            and link["text"]
            and link["tag"] == "a"
            and not NEW.search(link["text"])
        ]
    for entry in entries:
        word = denied(entry["text"], extra) or (denied(entry["href"], extra) if entry["href"] else None)
        if word or entry["posts"] or entry["download"]:
            left.append(f"{entry['text']} ({word or 'it may write'})")
            continue
        foreign = entry["href"] and urlsplit(entry["href"]).netloc != urlsplit(landing["url"]).netloc
        if foreign or (entry["page"] and _bare(entry["href"]) in been) or len(pages) >= MOST:
            continue
        been.add(_bare(entry["href"]) or entry["text"])
        clicks: list[Described] = ([entry["toggle"]] if entry["toggle"] else []) + [entry["text"]]
        before = len(explorer.broken)
        survey = explorer.follow(home, clicks)
        if survey is None and len(explorer.broken) > before and entry["css"]:
            clicks[-1] = {"css": entry["css"]}
            survey = explorer.follow(home, clicks)
        if survey is not None and _bare(survey["url"]) == _bare(landing["url"]):
            _come_back(explorer)
            continue  # the start page again, or a button that leads nowhere: a theme, a fold
        if survey is not None and any(
            one["kind"] == "password" for form in survey["forms"] for one in form["fields"]
        ):
            left.append(f"{entry['text']} (it asks for a password)")
            _come_back(explorer)
            continue
        note = "it opens in a new tab" if entry["blank"] else None
        if survey is None:
            note = next(reversed(explorer.broken.values()), "it does not open")
        pages.append(Page(clicks, survey, note))
        _come_back(explorer)
    return pages, left


def write_panels(draft: Draft, pages: list[Page], landing: Survey, records: Page | None) -> int:
    """A [[panels]] for every page that shows something; returns how many."""
    ids: set[str] = set()
    everywhere = set(landing["headings"])
    written = 0
    for page in pages:
        seen = page.survey
        if seen is None:
            draft.section("", f"? {page.name}: left out, since it does not open: {page.note}")
            continue
        if records is page and len(pages) > 1:
            continue
        name = identifier(page.open[-1] if isinstance(page.open[-1], str) else page.name) or "panel"
        while name in ids:
            name += "_2"
        ids.add(name)
        heading = next((one for one in seen["main"] + seen["headings"] if one not in everywhere), None)
        heading = heading or next(iter(seen["main"]), None)
        section = draft.section("[[panels]]", *([f"? {page.note}"] if page.note else []))
        section.put("id", name)
        section.put("open", page.open)
        if heading:
            section.put("heading", heading)
        else:
            new = [one for one in seen["lines"] if one not in landing["lines"] and 3 < len(one) < 60]
            if seen["title"] == landing["title"] and new:
                section.put("text", new[0], "the page has no heading; this text must prove it")
            else:
                section.put("title", seen["title"])
        _content(section, seen)
        written += 1
    return written


def _content(section: object, seen: Survey) -> None:
    from gate.discover.draft import Section

    assert isinstance(section, Section)
    rows = sum(table["rows"] for table in seen["tables"])
    if seen["charts"]:
        section.put("chart", {"css": seen["charts"][0]})
        asked = list(dict.fromkeys(seen["asked"]))
        if len(asked) == 1:
            section.put("chart_data", asked[0], "the only data that the page's scripts ask for")
    if rows:
        return
    if seen["frames"]:
        frame = seen["frames"][0]["css"]
        section.put("rows", {"frame": frame, "css": "table tr, li, p"}, "its content stands in a frame")
    elif seen["charts"]:
        section.put("rows", {"css": seen["charts"][0]})
    elif seen["listItems"]:
        section.put(
            "rows",
            {"css": "main li, main article, [class*=card], li, article"},
            "no table: lists and cards count",
        )
    else:
        section.put("empty_ok", True, "neither a table nor a list: nothing is counted here")


def _bare(url: str) -> str:
    """Without the part that only scrolls; a route of a page drawn by scripts stays."""
    return (url if "#/" in url or "#!" in url else url.partition("#")[0]).rstrip("/")


def _come_back(explorer: Explorer) -> None:
    """Close what opened in a new tab."""
    first, *others = explorer.visitor.context.pages
    for other in others:
        other.close()
    explorer.visitor.page = first
