"""The list of records, its search, and where the number stands in it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error

from gate.discover import samples
from gate.discover.explorer import Explorer, Survey
from gate.discover.form import RECORD, Form
from gate.discover.pages import Page
from gate.discover.record_page import read_records

_NUMBER_HEAD = re.compile(
    r"n[úu]mero|number|c[óo]digo|code|gu[ií]a|tracking|referenc|\bn[°ºr]", re.IGNORECASE
)


@dataclass
class Listing:
    """The list and its search, and one record's page."""

    query: dict[str, Any] = field(default_factory=dict)
    number: dict[str, Any] = field(default_factory=dict)
    cleanup: dict[str, Any] = field(default_factory=dict)
    pdf: dict[str, Any] = field(default_factory=dict)
    mail: str | None = None
    notes: dict[str, str] = field(default_factory=dict)
    saved_shows: str | None = None


def read_list(explorer: Explorer, home: str, form: Form, pages: Sequence[Page]) -> Listing:
    """The list the form belongs to, its search, and one record that is there already."""
    found = Listing()
    page = form.page if form.page.survey and form.page.open else _list_page(form, pages)
    if page is None:
        found.notes["query"] = "no list was found"
        return found
    seen = explorer.follow(home, page.open)
    if seen is None:
        found.notes["query"] = "the list does not open a second time"
        return found
    found.query["open"] = page.open
    _search_box(explorer, home, page, seen, found)
    _number(seen, form, found)
    read_records(explorer, seen, form, found)
    return found


def _list_page(form: Form, pages: Sequence[Page]) -> Page | None:
    path = urlsplit(form.form["action"] or "").path.rstrip("/").rsplit("/", 1)[0]
    lists = [one for one in pages if one.survey and any(table["rows"] for table in one.survey["tables"])]
    near = [one for one in lists if one.survey and urlsplit(one.survey["url"]).path.rstrip("/") == path]
    return next(iter(near or [one for one in lists if RECORD.search(one.name)] or lists), None)


def _search_box(explorer: Explorer, home: str, page: Page, seen: Survey, found: Listing) -> None:
    boxes = [
        (form, one)
        for form in seen["forms"]
        if form["method"] in ("get", "script")
        for one in form["fields"]
        if one["kind"] in ("search", "text")
    ]
    if not boxes:
        found.notes["query.field"] = "no search box was seen on the list"
        return
    form, box = next(
        ((f, b) for f, b in boxes if re.search(r"search|busca|^q$", _words(b), re.IGNORECASE)), boxes[0]
    )
    found.query["field"] = explorer.field(box)
    usable = [one for one in form["submits"] if one["text"]]
    if usable and form["method"] == "get":
        found.query["submit"] = explorer.clickable(usable[0])
    element = explorer.visitor.page.locator(f"[data-gate='{box['mark']}']")
    try:
        element.fill("zz-no-such-record-zz")
        element.press("Enter")
        after = explorer.survey()
    except Error as error:
        found.notes["query.empty"] = f"a search did not work: {' '.join(str(error).split())[:80]}"
        return
    said = [
        line
        for line in after["lines"]
        if line not in seen["lines"] and "zz-no-such" not in line and len(line) < 80
    ]
    telling = [
        line for line in said if re.search(r"\b(no|ning[uú]n|sin|not|0|none|nothing)\b", line, re.IGNORECASE)
    ]
    if telling or said:
        # "0 results (30 total)": what counts other things changes.
        found.query["empty"] = re.sub(r"(?<=\w) *\(.*\d.*\)$", "", (telling or said)[0])
        if not telling:
            found.notes["query.empty"] = "this line was new after a search for nonsense"
    explorer.follow(home, page.open)


def _number(seen: Survey, form: Form, found: Listing) -> None:
    table = max(seen["tables"], key=lambda one: one["rows"], default=None)
    rows = [row for row in table["first"] if len(row) > 1] if table else []
    if not table or not rows:
        found.notes["number"] = "the list shows no records to learn their numbers from"
        return
    width = min(len(row) for row in rows)
    columns = [[row[at]["text"] for row in rows] for at in range(width)]
    heads = (table["heads"] + [""] * width)[:width]
    named = [at for at in range(width) if _NUMBER_HEAD.search(heads[at]) and all(columns[at])]
    shaped = [at for at in range(width) if all(columns[at]) and samples.number_pattern(columns[at])]
    typed = {
        str(one.entry["label"]).lower(): name for name, one in form.fields.items() if "label" in one.entry
    }
    for at in named:
        if heads[at].lower() in typed:
            found.number = {"field": typed[heads[at].lower()], "column": heads[at]}
            return
    for at in [one for one in shaped if one in named] + shaped:
        found.number = {"pattern": samples.number_pattern(columns[at]), "column": heads[at]}
        return


def _words(one: dict[str, Any]) -> str:
    return f"{one['label']} {one['name']} {one['placeholder']}"
