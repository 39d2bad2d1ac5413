"""What puts a record away, and what the app shows afterwards, as far as a page tells it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from gate.denylist import leaves
from gate.discover.explorer import Explorer, Survey

if TYPE_CHECKING:
    from gate.discover.listing import Listing

PUTS_AWAY = re.compile(
    r"\b(anular|eliminar|borrar|delete|remove|void|archivar|archive|dar de baja"
    r"|cancelar (el |la )?\w+|cancel (the )?\w+"
    r"|close (?!(the )?(window|dialog|menu|panel))\w+|cerrar (?!(el |la )?(ses|ventana|men|panel))\w+)\b",
    re.IGNORECASE,
)
# Alone these may as well leave a form or a dialog.
_MAY_PUT_AWAY = re.compile(r"^\W*(cancel|cancelar|close|cerrar)\W*$", re.IGNORECASE)
GONE = re.compile(
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


def offered(explorer: Explorer, record: Survey, listed: Survey, found: Listing) -> None:
    """The button or link of the record's own page that says so."""
    away = [
        one for one in record["links"] if one["seen"] and PUTS_AWAY.search(f"{one['text']} {one['title']}")
    ]
    if not away:
        return
    link = min(away, key=lambda one: len(one["text"]))
    found.cleanup["cancel"] = explorer.clickable(link) or link["text"]
    if link["href"]:
        found.notes["cleanup.cancel"] = "it leads to a page that asks again: name its button in confirm"
    drawn = [one for one in record["links"] if one["dialog"] and _YES.search(one["text"])]
    if drawn:
        found.cleanup["confirm"] = drawn[0]["text"]
    _proof(link["text"], [record, listed], found)


def perhaps(explorer: Explorer, record: Survey, listed: Survey, found: Listing) -> None:
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


def in_its_row(listed: Survey, found: Listing) -> None:
    """The button that puts a record away may stand in its row of the list."""
    button = next(
        (one for one in listed["links"] if one["row"] and PUTS_AWAY.search(f"{one['text']} {one['title']}")),
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
            [cell["text"] for row in rows for cell in row if GONE.fullmatch(cell["text"])],
        )
