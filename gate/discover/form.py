"""The form of a new record: found behind what reads like "new", its fields named, choices made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Error

from gate.denylist import denied
from gate.discover import samples
from gate.discover.explorer import Described, Explorer, Survey, identifier
from gate.discover.pages import NEW, Page

NEW_PATH = re.compile(r"/(nuev[oa]|new|create|add|crear|alta|agregar)/?$", re.IGNORECASE)
RECORD = re.compile(r"env[ií]o|shipment|pedido|order|gu[ií]a|despacho|entrega|delivery|remito", re.IGNORECASE)
_SAVE = re.compile(r"^(guardar|save|crear|create|registrar|grabar|submit|enviar|aceptar)$", re.IGNORECASE)
MOST_FORMS = 12


@dataclass
class Form:
    """The form of a new record: how it is reached, and its fields as surveyed and described."""

    page: Page
    open: list[Described]
    form: dict[str, Any]
    submit: Described | None = None
    fields: dict[str, FoundField] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)

    @property
    def score(self) -> int:
        """How likely it is the record that matters."""
        passwords = any(one["kind"] == "password" for one in self.form["fields"])
        name = f"{self.page.name} {self.open[-1]}"
        return len(self.form["fields"]) + 8 * bool(RECORD.search(name)) - 100 * passwords


@dataclass
class FoundField:
    """One field: what target.toml will say of it, and why parts of that are not sure."""

    entry: dict[str, Any]
    seen: dict[str, Any]
    unsure: list[str] = field(default_factory=list)
    options: list[str] = field(default_factory=list)


def find_form(explorer: Explorer, home: str, pages: Sequence[Page], landing: Survey) -> Form | None:
    """Open every link that reads like "new" and keep the form that is most likely the record's."""
    found: list[Form] = []
    tried: set[str] = set()
    for page in [Page([], landing), *pages]:
        seen = page.survey
        if seen is None:
            continue
        own = [one for one in seen["forms"] if one["method"] != "get" and not one["dialog"]]
        if page.open and own and NEW.search(page.name):
            found.append(Form(page, list(page.open), max(own, key=lambda one: len(one["fields"]))))
        for link in seen["links"]:
            said = f"{link['text']} {link['title']}"
            leads = NEW.search(said) or (link["href"] and NEW_PATH.search(urlsplit(link["href"]).path))
            target = link["href"] or f"{page.name}: {said}"
            if not leads or target in tried or link["posts"] or link["row"] or len(tried) >= MOST_FORMS:
                continue
            if denied(said) or (link["href"] and denied(link["href"])):
                continue
            tried.add(target)
            if (form := _open_form(explorer, home, page, link)) is not None:
                found.append(form)
    return max(found, key=lambda one: one.score, default=None)


def _open_form(explorer: Explorer, home: str, page: Page, link: dict[str, Any]) -> Form | None:
    here = explorer.follow(home, page.open) if page.open else explorer.open(home)
    if here is None:
        return None
    again = next(
        (one for one in here["links"] if (one["href"], one["text"]) == (link["href"], link["text"])), None
    )
    way = explorer.clickable(again) if again else None
    if way is None:
        return None
    seen = explorer.follow(home, [*page.open, way])
    forms = [one for one in seen["forms"] if one["method"] != "get"] if seen else []
    if not forms:
        return None
    return Form(page, [*page.open, way], max(forms, key=lambda one: len(one["fields"])))


def describe_form(explorer: Explorer, home: str, form: Form) -> None:
    """With the form open again: name every field, choose what can be chosen, note what cannot."""
    seen = explorer.follow(home, form.open)
    assert seen is not None
    form.form = max(
        (one for one in seen["forms"] if one["method"] != "get"), key=lambda one: len(one["fields"])
    )
    radios: set[str] = set()
    own = samples.words_in(seen["language"])
    for one in form.form["fields"]:
        if one["readonly"] or one["kind"] == "file" or (one["kind"] == "radio" and one["name"] in radios):
            if one["kind"] == "file":
                form.left.append(f"{one['label'] or one['name']}: a file to attach")
            continue
        if one["kind"] == "radio":
            radios.add(one["name"])
            same = [other for other in form.form["fields"] if other["name"] == one["name"]]
            label = one["group"] or one["name"]
            entry = {"label": label, "kind": "radio", "value": (same[1] if len(same) > 1 else one)["label"]}
            form.fields[_key(form, one)] = FoundField(entry, one, options=[other["label"] for other in same])
            continue
        where = explorer.field(one)
        if where is None:
            form.left.append(f"{one['label'] or one['name'] or one['css']}: nothing visible names it")
            continue
        entry = {"label": where} if isinstance(where, str) else {"at": where}
        kind = samples.kind_of(one)
        if kind != "text":
            entry["kind"] = kind
        found = FoundField(entry, one)
        if kind == "select":
            _choose(explorer, one, found)
        else:
            value, unsure = samples.sample(one, own)
            alike = sum(str(other.entry["value"]).startswith(str(value)) for other in form.fields.values())
            entry["value"] = f"{value} {alike + 1}" if alike and value == own.text else value
            found.unsure += [unsure] if unsure else []
        if "value" in entry:
            form.fields[_key(form, one)] = found
        else:
            form.left.append(f"{one['label'] or one['name']}: it offers nothing to choose")
    submits = sorted(form.form["submits"], key=lambda one: (not _SAVE.match(one["text"]), len(one["text"])))
    form.submit = next((way for one in submits if (way := explorer.clickable(one))), None)


def _choose(explorer: Explorer, one: dict[str, Any], found: FoundField) -> None:
    """Choose the first real option, as what follows may depend on it; options may come by a script."""
    element = explorer.visitor.page.locator(f"[data-gate='{one['mark']}']")
    options: list[dict[str, str]] = []

    def offered() -> bool:
        options[:] = element.evaluate(
            "e => e.disabled ? [] : [...e.options].slice(0, 60)"
            ".map(o => ({ label: o.label.replace(/\\s+/g, ' ').trim(), value: o.value }))"
        )
        return samples.choice(options) is not None

    try:
        explorer.visitor.until(offered)
        found.options = [option["label"] for option in options]
        chosen = samples.choice(options)
        if chosen is None:
            return
        found.entry["value"] = chosen
        if not one["multiple"]:
            element.select_option(value=next(o["value"] for o in options if o["label"] == chosen), force=True)
            explorer.visitor.until(explorer.visitor.idle)
    except Error:
        found.unsure.append("choosing it did not work")


def choose_tag(form: Form) -> str | None:
    """Let the best field carry the run's id; its name, or None."""
    ranked = sorted(form.fields, key=lambda name: -samples.carries_the_mark(form.fields[name].seen))
    if not ranked or not samples.carries_the_mark(form.fields[ranked[0]].seen):
        return None
    entry = form.fields[ranked[0]].entry
    if "{run}" not in str(entry["value"]):
        entry["value"] = "{run}"
    return ranked[0]


def _key(form: Form, one: dict[str, Any]) -> str:
    name = (
        identifier(one["group"] or one["label"] or one["name"] or "field")
        if one["kind"] == "radio"
        else identifier(one["label"] or one["placeholder"] or one["name"] or "field")
    )
    while name in form.fields:
        name += "_2"
    return name
