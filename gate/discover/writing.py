"""What was found, as sections of target.toml."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from playwright.sync_api import Error

from gate.browser import document
from gate.discover.draft import Draft
from gate.discover.explorer import Explorer
from gate.discover.form import Form
from gate.discover.listing import Listing
from gate.discover.samples import Words, words_in
from gate.results import CheckStopped

VERSION_PATHS = ("/version", "/api/version", "/health", "/healthz")
MARK = "gate-[0-9a-f]{10}-[a-z]+"


def write_head(draft: Draft, base_url: str, name: str, language: str, roles: Mapping[str, str]) -> None:
    """Name, roles and the one environment that is known."""
    head = draft.section(
        "",
        "A first description of this app, by `python -m gate discover`. What ends in `# ?` was guessed: look at",
        "it, correct it, remove the mark. Then: python -m gate doctor --base-url ...",
    )
    head.put("schema", 1)
    head.put("name", name)
    head.put(
        "language", language.split("-")[0] if language else "es", None if language else "the pages do not say"
    )
    head.put("timezone", "UTC", "the app's own, such as America/Lima: it decides which day is today")
    head.put("roles", dict(roles))
    parts = urlsplit(base_url)
    local = parts.hostname in ("127.0.0.1", "localhost")
    place = draft.section(
        f"[environments.{'local' if local else 'staging'}]",
        'What may be done here: "create", "edit", "cancel", "mail", "sync". Nothing until you say so.',
    )
    place.put("urls", [f"{parts.scheme}://{parts.hostname}:*" if local else base_url])
    place.put("allow", [])


def write_records(
    draft: Draft,
    explorer: Explorer,
    form: Form | None,
    tag: str | None,
    listing: Listing,
    language: str = "",
) -> dict[str, str]:
    """[shipment] and [pdf]; returns the capabilities that were not found, with the reason."""
    without = {
        "mail": "not described yet"
        + (f": the record's page offers {listing.mail!r}; see docs/target.md" if listing.mail else "")
    }
    if form is None or tag is None or not form.fields:
        without["shipment"] = (
            "no form of a new record was found"
            if form is None
            else "no field of the form can carry the run's id"
        )
        without["pdf"] = "no record was found"
        return without
    own = words_in(language)
    _shipment(draft, form, tag, listing, own)
    _fields(draft, form)
    query = draft.section("[shipment.query]")
    for key in ("open", "field", "submit"):
        query.put(key, listing.query.get(key), listing.notes.get(f"query.{key}"))
    if "open" not in listing.query:
        query.put("open", form.open[:-1] or form.open, "no list was found")
    if not listing.query.get("field"):
        query.put("field", own.search, listing.notes.get("query.field") or "no search box was seen")
    query.put(
        "empty",
        listing.query.get("empty") or "what the list says when nothing is found",
        listing.notes.get("query.empty") or (None if listing.query.get("empty") else "not seen"),
    )
    cleanup = draft.section("[shipment.cleanup]", "How a record that the gate created is put out of the way.")
    seen = listing.cleanup.get("cancel")
    cleanup.put(
        "cancel",
        seen or own.cancel,
        listing.notes.get("cleanup.cancel")
        if seen
        else listing.notes.get("cleanup.none", "no such button was seen"),
    )
    cleanup.put("confirm", listing.cleanup.get("confirm"))
    cleanup.put("in_list", listing.cleanup.get("in_list"))
    cleanup.put("removes", listing.cleanup.get("removes"))
    cleanup.put(
        "proof",
        listing.cleanup.get("proof") or own.cancelled,
        listing.notes.get("cleanup.proof") or "what is shown afterwards was not seen",
    )
    without |= _pdf(draft, explorer, listing)
    return without


def _shipment(draft: Draft, form: Form, tag: str, listing: Listing, own: Words) -> None:
    section = draft.section("[shipment]", *[f"? not described: {left}" for left in form.left])
    section.put("open", form.open)
    section.put("submit", form.submit or own.save, None if form.submit else "no button was seen")
    number = dict(listing.number)
    number.pop("column", None)
    if "pattern" in number:
        section.put("number", {key: number[key] for key in ("after", "pattern") if key in number})
    elif "field" in number:
        form.fields[number["field"]].entry["value"] = "{run}"
        section.put("number", {"field": number["field"], "pattern": MARK})
    else:
        section.put(
            "number",
            {"field": tag, "pattern": MARK},
            listing.notes.get("number") or "no number was recognised: the marked field stands for it",
        )
    if "pattern" not in number:
        section.put("saved_shows", "list")
    section.put("tag", number.get("field", tag))
    required = [name for name, one in form.fields.items() if one.seen["required"]]
    if 0 < len(required) < len(form.fields):
        section.put("minimal", required, "proves that these are enough", off=True)


def _fields(draft: Draft, form: Form) -> None:
    section = draft.section(
        "[shipment.fields]", "`value` is typed, `shown` is what the record's page then says."
    )
    order = ("label", "at", "kind", "value", "shown", "shown_at", "detail")
    for name, one in form.fields.items():
        entry = {key: one.entry[key] for key in order if key in one.entry}
        section.put(name, entry, "; ".join(one.unsure) or None)


def _pdf(draft: Draft, explorer: Explorer, listing: Listing) -> dict[str, str]:
    if not listing.pdf.get("open"):
        return {"pdf": "the record's page links to no PDF"}
    section = draft.section("[pdf]")
    section.put("open", listing.pdf["open"])
    contains, pages, unsure = ["{number}"], 1, None
    try:
        answer = explorer.visitor.context.request.get(listing.pdf["href"])
        pages = max(1, len(document.read(answer.body()).pages))
    except (Error, CheckStopped) as error:
        unsure = f"it could not be read: {' '.join(str(error).split())[:80]}"
    section.put("contains", contains, unsure or "name the fields it must show too, such as {destinatario}")
    section.put("max_pages", pages)
    return {}


def write_rest(draft: Draft, explorer: Explorer, without: Mapping[str, str], left: Sequence[str]) -> None:
    """[version] where the app says its commit, what it has not, and what was left alone."""
    origin = explorer.visitor.base_url
    for path in VERSION_PATHS:
        try:
            answer = explorer.visitor.context.request.get(
                urljoin(origin, path), max_redirects=0, timeout=5000
            )
            said: Any = json.loads(answer.text()) if answer.ok else None
        except (Error, ValueError):
            continue
        key = next(
            (
                one
                for one in ("commit", "sha", "revision", "git_sha")
                if isinstance(said, dict) and said.get(one)
            ),
            None,
        )
        if key:
            version = draft.section("[version]")
            version.put("path", path)
            version.put("key", key)
            break
    section = draft.section(
        "[without]", "What this app does not have, with the reason. Describe it instead if it does."
    )
    for capability, reason in without.items():
        section.put(capability, reason, "is that so?")
    if left:
        draft.section("", "Left alone, or different per role:", *[f"  {line}" for line in left])
