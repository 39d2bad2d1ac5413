"""The list of records, its search, and the page of a record that is there already."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error

from gate.browser import shipments
from gate.denylist import denied, leaves
from gate.discover import samples
from gate.discover.compare import figure, shown_like
from gate.discover.explorer import Explorer, Survey
from gate.discover.form import RECORD, Form, FoundField
from gate.discover.pages import Page
from gate.results import CheckStopped

_EDIT = re.compile(r"\b(editar|edit|modificar|change)\b", re.IGNORECASE)
_PUT_AWAY = re.compile(
    r"\b(anular|eliminar|borrar|delete|remove|void|archivar|archive|dar de baja"
    r"|cancelar (el |la )?\w+|cancel (the )?\w+"
    r"|close (?!(the )?(window|dialog|menu|panel))\w+|cerrar (?!(el |la )?(ses|ventana|men|panel))\w+)\b",
    re.IGNORECASE,
)
# Alone these may as well leave a form or a dialog.
_MAY_PUT_AWAY = re.compile(r"^\W*(cancel|cancelar|close|cerrar)\W*$", re.IGNORECASE)
_GONE = re.compile(
    r"anulad[oa]?s?|cancelad[oa]?s?|cancell?ed|\bvoid(ed)?|archivad[oa]?s?|archived|closed|cerrad[oa]?s?",
    re.IGNORECASE,
)
# The state that such a button leads to.
_AFTERWARDS = {
    "cancel": "Cancelled",
    "void": "Void",
    "archive": "Archived",
    "close": "Closed",
    "anular": "Anulado",
    "cancelar": "Cancelado",
    "archivar": "Archivado",
    "cerrar": "Cerrado",
}
_YES = re.compile(r"\b(sí|si|yes|confirm\w*|ok|aceptar|anular|eliminar|delete)\b", re.IGNORECASE)
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
    _records(explorer, seen, form, found)
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


def _records(explorer: Explorer, seen: Survey, form: Form, found: Listing) -> None:
    """Open up to five records of the list until one can be edited and cancelled; learn how it is shown."""
    table = max(seen["tables"], key=lambda one: one["rows"], default=None)
    rows = [row for row in table["first"] if any(cell["text"] for cell in row)] if table else []
    shown: dict[str, str | None] | None = None
    raw: dict[str, str | bool] = {}
    edits = [one["href"] for one in seen["links"] if one["row"] and one["href"] and _EDIT.search(_said(one))]
    # A record that is out of the way already offers neither a change nor a cancel.
    alive = [rank for rank, row in enumerate(rows) if not any(_GONE.search(cell["text"]) for cell in row)]
    for rank in (alive or range(len(rows)))[:5]:
        row = rows[rank]
        hit = next((cell["link"] for cell in row if cell["link"]), None) or next(
            cell["text"] for cell in row if cell["text"]
        )
        try:
            explorer.visitor.visit(seen["url"])
            shipments.open_hit(explorer.visitor, hit)
            record = explorer.survey()
        except (CheckStopped, Error):
            explorer.visitor.guard.problems.clear()
            continue
        if record["url"] == seen["url"]:
            continue
        _offers(explorer, record, seen, found)
        if not found.cleanup:
            _in_list(seen, found)
        if not found.cleanup:
            _perhaps(explorer, record, seen, found)
        if not raw:
            shown = _read(explorer, record, row, form, found)
            beside = edits[rank] if len(edits) == len(rows) or rank < len(edits) else None
            raw = _raw_values(explorer, record, form, beside)
        if raw and found.cleanup:
            break
    if shown is None:
        found.notes["fields"] = "no record could be opened to learn how its page shows them"
        return
    for name, one in form.fields.items():
        if shown[name] is None:
            one.entry["detail"] = False
            one.unsure.append("not seen on the record's page")
        else:
            _shown(one, raw.get(name), str(shown[name]), seen["language"])


def _read(
    explorer: Explorer, record: Survey, row: list[Any], form: Form, found: Listing
) -> dict[str, str | None]:
    """What the record's page shows for each field; sets shown_at, and where the number stands."""
    labels = {name: _shown_at(explorer, record, one) for name, one in form.fields.items()}
    wanted = sorted({label for label in labels.values() if label})
    shown = shipments.read_detail(explorer.visitor, wanted)
    column = found.number.get("column")
    if found.number.get("pattern") and column:
        behind = shipments.read_detail(explorer.visitor, [column])[column]
        if behind in [cell["text"] for cell in row]:
            found.number["after"] = column
    for name, label in labels.items():
        if label and label != form.fields[name].entry.get("label"):
            form.fields[name].entry["shown_at"] = label
    return {name: shown.get(label) if label else None for name, label in labels.items()}


def _shown(one: FoundField, raw: str | bool | None, shown: str, language: str) -> None:
    typed, yes_here = one.entry["value"], "Yes" if language.startswith("en") else "Sí"
    if raw is None:
        guess = yes_here if one.seen["kind"] == "checkbox" and shown.lower() in ("no", "yes", "sí") else None
        if (
            not isinstance(typed, bool)
            and isinstance(typed, int | float)
            and (seen := figure(shown)) is not None
        ):
            guess = shown_like(str(seen), shown, typed)
        if guess not in (None, "Sí", str(typed)):
            one.entry["shown"] = guess
        if isinstance(typed, float) or one.seen["kind"] in ("number", "date", "checkbox"):
            one.unsure.append(f"its form could not be read; the page shows such as {shown!r}")
        return
    if isinstance(raw, bool):
        words = {"unchecked": "checked", "no": yes_here, "false": "True", "0": "1", "off": "On"}
        yes = shown if raw else words.get(shown.lower())
        if not yes:
            one.entry["detail"] = False
            one.unsure.append(f"the page shows {shown!r}")
        elif yes != "Sí":
            one.entry["shown"] = yes
        return
    if not raw and not str(typed).startswith("{today"):
        return
    like = shown_like(raw, shown, typed)
    if like is None and raw != shown:
        one.unsure.append(f"its form says {raw!r}, its page {shown!r}: type how {typed!r} will be shown")
    elif like is not None and like != str(typed):
        one.entry["shown"] = like


def _raw_values(explorer: Explorer, record: Survey, form: Form, beside: str | None) -> dict[str, str | bool]:
    """The record's values as its edit form holds them: on its page itself, or behind a link to edit it.

    `beside` is the link of its row in the list.
    """
    seen: Survey | None = record
    if not _edit_form(record, form):
        link = next((one for one in record["links"] if one["href"] and _EDIT.search(_said(one))), None)
        address = link["href"] if link else beside
        seen = explorer.open(address) if address and not denied(address) else None
    edit = _edit_form(seen, form) if seen else None
    if edit is None:
        return {}
    values: dict[str, str | bool] = {}
    for name, one in form.fields.items():
        same = [other for other in edit["fields"] if other["name"] and other["name"] == one.seen["name"]]
        if not same:
            continue
        kind = one.seen["kind"]
        if kind == "radio":
            values[name] = next((other["label"] for other in same if other["checked"]), "")
        elif kind == "checkbox":
            values[name] = bool(same[0]["checked"])
        elif kind == "select":
            chosen = [o["label"] for o in same[0]["options"] if o["value"] == same[0]["value"]]
            values[name] = chosen[0] if chosen else ""
        else:
            values[name] = str(same[0]["value"])
    return values


def _said(link: dict[str, Any]) -> str:
    path = re.sub(r"[/_.-]+", " ", urlsplit(link["href"]).path)
    return f"{link['text']} {link['title']} {path}"


def _edit_form(seen: Survey, form: Form) -> dict[str, Any] | None:
    names = {one["name"] for one in form.form["fields"]}
    return next(
        (
            one
            for one in seen["forms"]
            if one["method"] != "get" and len(names & {f["name"] for f in one["fields"]}) > len(names) / 2
        ),
        None,
    )


def _shown_at(explorer: Explorer, record: Survey, one: FoundField) -> str | None:
    label = str(one.entry.get("label") or one.seen["label"] or "")
    bare = re.sub(r"\s*\([^)]*\)", "", label)
    for candidate in dict.fromkeys([label, bare]):
        if candidate and shipments.read_detail(explorer.visitor, [candidate])[candidate] is not None:
            return candidate
    near = difflib.get_close_matches(bare, record["labels"], n=1, cutoff=0.8)
    return near[0] if near else None


def _offers(explorer: Explorer, record: Survey, listed: Survey, found: Listing) -> None:
    for link in record["links"]:
        said = f"{link['text']} {link['title']} {urlsplit(link['href']).path if link['href'] else ''}"
        if link["seen"] and not found.pdf and re.search(r"\bpdf\b", said, re.IGNORECASE) and link["href"]:
            found.pdf = {"open": explorer.clickable(link), "href": link["href"]}
        if link["seen"] and not found.mail and re.search(r"correo|e-?mail", said, re.IGNORECASE):
            found.mail = link["text"]
    away = [
        one for one in record["links"] if one["seen"] and _PUT_AWAY.search(f"{one['text']} {one['title']}")
    ]
    for link in sorted(away, key=lambda one: len(one["text"]))[:1]:
        if not found.cleanup:
            found.cleanup["cancel"] = explorer.clickable(link) or link["text"]
            if link["href"]:
                found.notes["cleanup.cancel"] = (
                    "it leads to a page that asks again: name its button in confirm"
                )
            drawn = [one for one in record["links"] if one["dialog"] and _YES.search(one["text"])]
            if drawn:
                found.cleanup["confirm"] = drawn[0]["text"]
            _proof(link["text"], [record, listed], found)


def _perhaps(explorer: Explorer, record: Survey, listed: Survey, found: Listing) -> None:
    """A bare "Close" or "Cancel" of the record's own page, else which buttons there are to choose from."""
    own = [one for one in record["links"] if one["seen"] and not one["dialog"] and not one["row"]]
    buttons = [one for one in own if one["tag"] == "button" and one["text"] and not leaves(one["text"])]
    for button in buttons:
        if _MAY_PUT_AWAY.search(button["text"]) and (way := explorer.clickable(button)):
            found.cleanup["cancel"] = way
            found.notes["cleanup.cancel"] = "is this what puts a record away?"
            _proof(button["text"], [record, listed], found)
            return
    seen = ", ".join(dict.fromkeys(repr(one["text"]) for one in buttons)) or "none"
    found.notes["cleanup.none"] = f"no such button was seen; the buttons of the record's page: {seen[:200]}"


def _in_list(listed: Survey, found: Listing) -> None:
    """The button that puts a record away may stand in its row of the list."""
    button = next(
        (one for one in listed["links"] if one["row"] and _PUT_AWAY.search(f"{one['text']} {one['title']}")),
        None,
    )
    if button is None:
        return
    said = button["text"] or button["title"]
    found.cleanup.update(cancel=said, in_list=True)
    drawn = [one for one in listed["links"] if one["dialog"] and _YES.search(one["text"])]
    if drawn:
        found.cleanup["confirm"] = drawn[0]["text"]
    _proof(said, [listed], found)


def _proof(said: str, surveys: Sequence[Survey], found: Listing) -> None:
    """The state that a cancelled record shows: a word of the list that begins like the button."""
    if re.search(r"elimin|borr|delete|remove", said, re.IGNORECASE):
        english = re.search(r"delete|remove", said, re.IGNORECASE)
        found.cleanup.update(removes=True, proof="deleted" if english else "eliminado")
        found.notes["cleanup.proof"] = "what the app says after deleting was not seen"
        return
    stem = said.lower()[:4]
    for where, words in _states(surveys):
        if state := next((one for one in words if one.lower().startswith(stem)), None):
            found.cleanup["proof"] = state
            found.notes["cleanup.proof"] = f"{state!r} is {where}"
            return
    for word, state in _AFTERWARDS.items():
        if re.search(rf"\b{word}\b", said, re.IGNORECASE):
            found.cleanup["proof"] = state
    found.notes["cleanup.proof"] = "what the record, or the page, shows afterwards was not seen"


def _states(surveys: Sequence[Survey]) -> Iterator[tuple[str, list[str]]]:
    """Words of the list that may be states of a record: what it can be filtered by, and what its rows show."""
    for survey in surveys:
        fields = [one for form in survey["forms"] for one in form["fields"]]
        yield (
            "a state that the list can be filtered by",
            [option["label"] for one in fields for option in one["options"]],
        )
        rows = [row for table in survey["tables"] for row in table["first"]]
        yield (
            "what another record of the list shows",
            [cell["text"] for row in rows for cell in row if _GONE.fullmatch(cell["text"])],
        )


def _words(one: dict[str, Any]) -> str:
    return f"{one['label']} {one['name']} {one['placeholder']}"
