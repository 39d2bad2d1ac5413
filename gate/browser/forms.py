"""Filling in a form, field by field, whatever HTML the field is made of."""

from __future__ import annotations

import base64
import mimetypes
from collections.abc import Iterable, Sequence
from pathlib import Path

from playwright.sync_api import FilePayload
from playwright.sync_api import Locator as Element

from gate.browser.visitor import Visitor
from gate.browser.wording import translated
from gate.results import Failed
from gate.target import Locator
from gate.values import Entry, normal

# What a select offers; null where a script draws another list in its place.
_OPTIONS = """all => all.slice(0, 1).map(e => e.tagName === 'SELECT' && e.getClientRects().length
  ? [...e.options].map(o => ({label: o.label.trim(), value: o.value})) : null)"""
_OPEN = "e => !e.matches(':disabled') && !e.readOnly"
_TYPED = ("text", "textarea", "number", "date")


def fill_in_all(visitor: Visitor, entries: Iterable[Entry]) -> None:
    """Fill in one field after the other; raises Failed when a field or a choice is not there.

    The fields are looked for together, and again after each choice: it may have changed the rest of the form.
    """
    left, found = list(entries), dict[Locator, Element]()
    while left:
        if not found:
            found = visitor.fields([entry.field.where for entry in left if entry.field.kind != "radio"])
        entry = left.pop(0)
        fill_in(visitor, entry, found.pop(entry.field.where, None))
        if entry.field.kind not in _TYPED:
            found = {}


def changeable(visitor: Visitor, entries: Sequence[Entry]) -> list[Entry]:
    """Those whose field one look at the form finds, and finds open to a person."""
    radios = {one.name: Locator(label=str(one.typed)) for one in entries if one.field.kind == "radio"}
    there = set[Locator]()
    for kind, wheres in (
        ("field", [one.field.where for one in entries if one.name not in radios]),
        ("radio", list(radios.values())),
    ):
        found = visitor.fields(wheres, kind)
        there |= {where for where, element in found.items() if element.evaluate(_OPEN)}
    return [one for one in entries if radios.get(one.name, one.field.where) in there]


def fill_in(visitor: Visitor, entry: Entry, element: Element | None = None) -> None:
    """Type or choose one value, in the `element` where it is known; raises Failed when field or choice is missing."""
    with translated(f"{entry.field.where} to be filled in"):
        _fill_in(visitor, entry, element)


def _fill_in(visitor: Visitor, entry: Entry, element: Element | None) -> None:
    if entry.field.kind == "radio":
        _choose_radio(visitor, entry)
        return
    element = element or visitor.field(entry.field.where)
    if entry.field.kind == "file":
        element.set_input_files(_file(str(entry.typed)))
    elif entry.field.kind == "checkbox":
        element.set_checked(bool(entry.typed))
    elif entry.field.kind == "date" and element.get_attribute("type") != "date":
        # A drawn calendar reads its field when a key is let go, and closes when the field is left.
        element.fill(str(entry.typed))
        element.press("End")
        element.press("Tab")
    elif entry.field.kind == "select":
        choose(visitor, element, entry.field.where, str(entry.typed))
    else:
        element.fill(str(entry.typed))


def _choose_radio(visitor: Visitor, entry: Entry) -> None:
    wanted, where = str(entry.typed), entry.field.where
    group, buttons = _group(visitor, where), "input[type=radio], [role=radio]"
    if where.name and not where.role:
        buttons = f'input[type=radio][name="{where.name}"]'
    elif group is None and (radio := visitor.fields([said := Locator(label=wanted)], "radio").get(said)):
        radio.check()
        return
    scope = group or visitor.page.locator("body")
    radios = scope.locator(buttons).and_(visitor.page.get_by_role("radio", name=wanted, exact=True))
    if not radios.count():
        radios = scope.locator(buttons).and_(visitor.page.get_by_label(wanted))
    if not radios.count():
        visitor.field(Locator(label=wanted))
    radios.first.check()


def _group(visitor: Visitor, where: Locator) -> Element | None:
    """What holds the radio buttons of one question: two questions may offer the same answers."""
    said = where.label or where.text
    page = visitor.page
    groups = page.get_by_role("group", name=said, exact=True).or_(
        page.get_by_role("radiogroup", name=said, exact=True)
    )
    return groups.first if said and groups.count() else None


# One white point.
_PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGP4DwABAQEAsTj2FAAAAABJRU5ErkJggg=="
)
_PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
)


def _file(name: str) -> Path | FilePayload:
    """The file of that name in the working directory, else a small one whose kind its name tells."""
    if (own := Path(name)).is_file():
        return own
    kind = mimetypes.guess_type(name)[0] or "text/plain"
    content = {"image/png": _PNG, "application/pdf": _PDF}.get(kind, f"{name}\n".encode())
    return {"name": own.name, "mimeType": kind, "buffer": content}


def choose(visitor: Visitor, element: Element, where: Locator, choice: str) -> None:
    """Choose by the text a person reads, else by value. Options that a script fetches are waited for, and where
    a script draws the list (Select2 and its like) the drawn one is used.

    Raises Failed when the select does not come to offer the choice.
    """
    wanted = normal(choice)
    chosen: list[str] = []
    labels: list[str] = []

    def offered() -> bool:
        answers: list[list[dict[str, str]] | None] = element.evaluate_all(_OPTIONS)
        options = answers[0] if answers else []
        if options is None:
            return True
        labels[:] = [option["label"] for option in options]
        chosen.extend(o["value"] for o in options if wanted in (normal(o["label"]), o["value"]))
        return bool(chosen)

    if not visitor.until(offered):
        visitor.guard.judge()
        raise Failed(
            f"the choice {wanted!r} in {where}",
            f"it offers {', '.join(map(repr, labels[:8])) or 'nothing'}",
            "if a script fetches the choices, look at that request; else the data of this place lacks it",
        )
    if chosen:
        element.select_option(value=chosen[0])
    else:
        _choose_drawn(visitor, element, where, wanted)


# The widget that a script draws in place of a select: beside it, whatever the library.
_WIDGETS = ".select2-container, .selectize-control, .ts-wrapper, .chosen-container, .choices, [role=combobox]"
_SEARCHES = ".select2-drop input, .select2-search__field, .chosen-search input, .choices__input--cloned"
_CHOICES = "[role=option], .select2-results li, .chosen-results li, .ts-dropdown .option, .choices__list--dropdown div"


def _choose_drawn(visitor: Visitor, element: Element, where: Locator, wanted: str) -> None:
    """As a person: open the drawn list, type into its search box if it has one, click the choice."""
    page = visitor.page
    beside = element.locator("xpath=..").locator(_WIDGETS).filter(visible=True)
    (beside.first if beside.count() else element).click()
    search = page.locator(_SEARCHES).filter(visible=True)
    if search.count():
        search.last.fill(wanted)
    elif element.evaluate("e => e.tagName === 'INPUT'"):
        element.fill(wanted)
    listed = page.locator(_CHOICES).filter(visible=True)

    def rank() -> int | None:
        names = [normal(name) for name in listed.all_inner_texts()]
        return names.index(wanted) if wanted in names else None

    if not visitor.until(lambda: rank() is not None):
        visitor.guard.judge()
        raise Failed(
            f"the choice {wanted!r} in {where}",
            f"its drawn list offers {', '.join(map(repr, listed.all_inner_texts()[:8])) or 'nothing'}",
            "if a script fetches the choices, look at that request; else the data of this place lacks it",
        )
    listed.nth(rank() or 0).click()
