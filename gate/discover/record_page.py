"""The page of a record that is there already: how it shows each field, and what it offers."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from playwright.sync_api import Error

from gate.browser import shipments
from gate.denylist import denied
from gate.discover.compare import figure, shown_like
from gate.discover.explorer import Explorer, Survey
from gate.discover.form import Form, FoundField
from gate.discover.putting_away import GONE, in_its_row, offered, perhaps
from gate.results import CheckStopped

if TYPE_CHECKING:
    from gate.discover.listing import Listing

_EDIT = re.compile(r"\b(editar|edit|modificar|change)\b", re.IGNORECASE)


def read_records(explorer: Explorer, seen: Survey, form: Form, found: Listing) -> None:
    """Open up to five records of the list until one can be edited and cancelled; learn how it is shown."""
    table = max(seen["tables"], key=lambda one: one["rows"], default=None)
    rows = [row for row in table["first"] if any(cell["text"] for cell in row)] if table else []
    shown: dict[str, str | None] | None = None
    raw: dict[str, str | bool] = {}
    edits = [one["href"] for one in seen["links"] if one["row"] and one["href"] and _EDIT.search(_said(one))]
    # A record that is out of the way already offers neither a change nor a cancel.
    alive = [rank for rank, row in enumerate(rows) if not any(GONE.search(cell["text"]) for cell in row)]
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
        _document_and_mail(explorer, record, found)
        if not found.cleanup:
            offered(explorer, record, seen, found)
        if not found.cleanup:
            in_its_row(seen, found)
        if not found.cleanup:
            perhaps(explorer, record, seen, found)
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


def _document_and_mail(explorer: Explorer, record: Survey, found: Listing) -> None:
    """The links to the record's PDF and to the form that mails it."""
    for link in record["links"]:
        said = f"{link['text']} {link['title']} {urlsplit(link['href']).path if link['href'] else ''}"
        if link["seen"] and not found.pdf and re.search(r"\bpdf\b", said, re.IGNORECASE) and link["href"]:
            found.pdf = {"open": explorer.clickable(link), "href": link["href"]}
        if link["seen"] and not found.mail and re.search(r"correo|e-?mail", said, re.IGNORECASE):
            found.mail = link["text"]


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
