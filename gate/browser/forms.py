"""Filling in a form, field by field, whatever HTML the field is made of."""

from __future__ import annotations

from playwright.sync_api import Locator as Element

from gate.browser.visitor import Visitor
from gate.results import Failed
from gate.target import Locator
from gate.values import Entry, normal

_OPTIONS = "e => [...e.options].map(o => ({label: o.label.trim(), value: o.value}))"


def fill_in(visitor: Visitor, entry: Entry) -> None:
    """Type or choose one value; raises Failed when the field or the choice is not there."""
    if entry.field.kind == "radio":
        _choose_radio(visitor, entry)
        return
    element = visitor.field(entry.field.where)
    if entry.field.kind == "checkbox":
        element.set_checked(bool(entry.typed))
    elif entry.field.kind == "select":
        choose(visitor, element, entry.field.where, str(entry.typed))
    else:
        element.fill(str(entry.typed))


def _choose_radio(visitor: Visitor, entry: Entry) -> None:
    wanted = str(entry.typed)
    radios = visitor.page.get_by_role("radio", name=wanted, exact=True)
    if not radios.count():
        radios = visitor.page.locator("input[type=radio]").and_(visitor.page.get_by_label(wanted))
    if not radios.count():
        visitor.field(Locator(label=wanted))
    radios.first.check()


def choose(visitor: Visitor, element: Element, where: Locator, choice: str) -> None:
    """Choose by the text a person reads, else by value. Options that a script fetches are waited for.

    Raises Failed when the select does not come to offer the choice.
    """
    wanted = normal(choice)
    chosen: list[str] = []

    def offered() -> bool:
        for option in element.evaluate(_OPTIONS):
            if wanted in (normal(option["label"]), option["value"]):
                chosen.append(option["value"])
                return True
        return False

    if not visitor.until(offered):
        labels = [option["label"] for option in element.evaluate(_OPTIONS)]
        visitor.guard.judge()
        raise Failed(
            f"the choice {wanted!r} in {where}",
            f"it offers {', '.join(map(repr, labels[:8])) or 'nothing'}",
            "if a script fetches the choices, look at that request; else the data of this place lacks it",
        )
    element.select_option(value=chosen[-1])
