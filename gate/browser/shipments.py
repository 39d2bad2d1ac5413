"""The shipment's pages: create, look for, read, edit, cancel."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from gate import numbers
from gate.browser import forms, locate
from gate.browser.dialogs import confirming
from gate.browser.forms import choose
from gate.browser.visitor import Visitor
from gate.results import Failed
from gate.target import Edit, Locator, Query, Shipment
from gate.values import Entry, fill, normal

# The text that stands behind a label: in a definition list, a table, a form, or "Label: value" in one line.
_BEHIND = Path(__file__).with_name("detail.js").read_text(encoding="utf-8").partition("\n")[2]


# How a page shows a text that looks like markup: as it was typed, escaped twice over, or swallowed as markup.
_ESCAPED = """(texts) => {
  const flat = t => t.normalize('NFC').replace(/\\s+/g, ' ').trim();
  const fields = [...document.querySelectorAll('input:not([type=hidden]),textarea')].map(e => e.value);
  const page = flat([document.body.innerText, ...fields].join(' '));
  // Escapers differ in how they write the quotes.
  const signs = {amp: '&', lt: '<', gt: '>', quot: '"', '#34': '"', '#x22': '"', apos: "'", '#39': "'", '#x27': "'"};
  const once = t => t.replace(/&(amp|lt|gt|quot|apos|#34|#39|#x22|#x27);/gi, (_, name) => signs[name.toLowerCase()]);
  return texts.map(t => {
    const bare = flat(new DOMParser().parseFromString(t, 'text/html').body.textContent);
    const wanted = flat(t);
    return page.includes(wanted) ? 'escaped' : once(page).includes(wanted) ? 'twice'
      : bare !== wanted && page.includes(bare) ? 'markup' : 'absent';
  });
}"""

# The document that is shown: a navigation replaces it, a script does not.
DOCUMENT = "() => performance.timeOrigin"
_MOST_PAGES = 20

_NO_CHOICE: Mapping[Locator, str] = MappingProxyType({})

# Why the browser itself would not send a form.
_OBJECTIONS = (
    "() => [...document.querySelectorAll(':invalid')].map(e => e.validationMessage || '').join(' / ')"
)


# What a row offers to see its record, in the order in which it is taken.
_SHOWS = (r"\b(ver|view|show|detalles?|details?|abrir|open)\b", r"\b(editar|edit|modificar|change)\b")

# How an app may answer a form that it refuses; anything else of 400 and above is its own fault.
REFUSALS = (400, 409, 422)


@dataclass(frozen=True)
class Refusal:
    """What came of a form that must be refused. `number` is the record that was made of it all the same."""

    told: bool
    said: str
    number: str | None


@dataclass(frozen=True)
class Search:
    """What a search shows: whether the hit is there, whether the app says that nothing was found."""

    hit: bool
    says_empty: bool
    url: str


def create(visitor: Visitor, shipment: Shipment, entries: Mapping[str, Entry]) -> tuple[str, str]:
    """Fill in and save the form that is open. Returns the new shipment's number and the URL of the page shown then.

    Raises Failed when the form is not as described, or when no number is shown after saving; CouldNotTell when the
    number goes on where its pattern ends.
    """
    fill_in_all(visitor, shipment, entries)
    with visitor.check.step("Save"), confirming(visitor):
        visitor.click(shipment.submit)
        visitor.look()
        number = _number(visitor, shipment, entries)
    if number is None:
        texts = () if shipment.number.field else _number_stands_in(visitor, shipment)
        if wrong := numbers.only_a_part(shipment.number.pattern, *texts):
            raise wrong
        raise Failed(
            f"a number like {shipment.number.pattern} after saving",
            f"the page says: {visitor.messages() or visitor.text()[:200]}",
            "the app refused the form or lost the record; see the screenshot",
        )
    if shipment.saved_shows == "list":
        said = visitor.messages() or visitor.text()[:200]
        hit, found = _list_it(visitor, shipment, number)
        if not found:
            raise Failed(
                f"{hit} in the list after saving",
                f"it is not there; after saving the app said: {said}",
                "see screenshot",
            )
        return number, open_hit(visitor, hit)
    return number, visitor.page.url


def fill_in_all(
    visitor: Visitor,
    shipment: Shipment,
    entries: Mapping[str, Entry],
    refused: Callable[[], bool] = lambda: False,
    *,
    only_there: bool = False,
) -> None:
    """Fill in the form that is open, step by step, without saving; no further than to a step that is `refused`.

    With `only_there` what the form does not have, or does not let be changed, is passed over.
    """
    with visitor.check.step(f"Fill in {len(entries)} fields"):
        for rank in range(len(shipment.steps) + 1):
            if rank:
                visitor.click(shipment.steps[rank - 1])
                visitor.look()
            if refused():
                return
            wanted = [one for one in entries.values() if one.field.step == rank + 1]
            forms.fill_in_all(visitor, forms.changeable(visitor, wanted) if only_there else wanted)


def send_invalid(visitor: Visitor, shipment: Shipment, entries: Mapping[str, Entry], message: str) -> Refusal:
    """Fill in the form that is open, which the app must refuse with `message`; read what it makes of it."""
    wanted = normal(message)

    def told() -> bool:
        return wanted in visitor.text() or wanted in normal(visitor.page.evaluate(_OBJECTIONS))

    with visitor.guard.tolerating(*REFUSALS), confirming(visitor):
        fill_in_all(visitor, shipment, entries, told)
        with visitor.check.step("Save"):
            if not told():
                visitor.click(shipment.submit)
            visitor.until(told)
            visitor.look()
    refused = told()
    number = None if refused else _read_number(visitor, shipment)
    return Refusal(refused, visitor.messages() or visitor.text()[:200], number)


def complete(visitor: Visitor, shipment: Shipment, change: Edit, entries: Mapping[str, Entry]) -> None:
    """On a record's page, open its form, fill in those of `entries` that it has, and save; it may be refused."""
    with visitor.check.step("Open the form of the shipment"):
        visitor.click(change.open)
        visitor.look()
    with visitor.guard.tolerating(*REFUSALS), confirming(visitor):
        fill_in_all(visitor, shipment, entries, only_there=True)
        with visitor.check.step("Save"):
            visitor.click(change.submit or shipment.submit)
            visitor.look()


def edit(visitor: Visitor, shipment: Shipment, change: Edit, entry: Entry) -> None:
    """On a record's page, open its form, change one field and save."""
    with visitor.check.step("Open the form of the shipment"):
        visitor.click(change.open)
        visitor.look()
    with visitor.check.step(f"Change {change.field} to {entry.typed!r} and save"), confirming(visitor):
        fill_in_all(visitor, shipment, {change.field: entry})
        visitor.click(change.submit or shipment.submit)
        visitor.look()


def search(
    visitor: Visitor, query: Query, words: str, hit: str, choices: Mapping[Locator, str] = _NO_CHOICE
) -> Search:
    """Look for `words` in the list that is open, narrowed by `choices`; `hit` is what a found record shows."""
    check = visitor.check
    narrowed = "".join(f", {where} = {value!r}" for where, value in choices.items())
    with check.step(f"Search for {words!r}{narrowed}"):
        known = visitor.fields([query.field, *choices])
        box = known.get(query.field) or visitor.field(query.field)
        box.fill(words)
        for where, value in choices.items():
            choose(visitor, known.get(where) or visitor.field(where), where, value)
            known = {}  # a choice may have drawn the rest anew
        before, drawn = visitor.page.evaluate(DOCUMENT), visitor.text()
        if query.submit:
            visitor.click(query.submit)
        else:
            box.press("Enter")
        visitor.wait_for_page()
        if (
            visitor.page.evaluate(DOCUMENT) == before
        ):  # a script draws the list anew, or has done so while one typed
            visitor.until(lambda: visitor.text() != drawn)
        empty = normal(query.empty)

        def told() -> bool:
            return empty in (text := visitor.text()) or _hits(visitor, hit, text) > 0

        visitor.until(told)
        pages = _MOST_PAGES
        while query.next and not told() and pages and locate.candidates(visitor.page, query.next).count():
            visitor.click(query.next)
            visitor.until(told)
            pages -= 1
        text = normal(visitor.look().text)
    return Search(_hits(visitor, hit, text) > 0, empty in text, visitor.page.url)


def open_hit(visitor: Visitor, hit: str) -> str:
    """Open the found record; returns its URL.

    Where the hit itself is no link, what its row offers to see it is clicked, else to change it.
    """
    with visitor.check.step(f"Open {hit}"):
        way = locate.in_row(visitor.page, hit, _SHOWS)
        if way is None:
            visitor.click(Locator(text=hit))
        else:
            way.click()
            visitor.wait_for_page()
        visitor.look()
    return visitor.page.url


def read_detail(visitor: Visitor, labels: list[str]) -> dict[str, str | None]:
    """The text behind each label of the page; None where the label is not on it."""
    found: dict[str, str | None] = visitor.page.evaluate(_BEHIND, labels)
    return {label: None if value is None else normal(value) for label, value in found.items()}


def escaping(visitor: Visitor, texts: list[str]) -> dict[str, str]:
    """How the page shows each text that looks like markup: "escaped", "twice", "markup", or "absent"."""
    found: list[str] = visitor.page.evaluate(_ESCAPED, texts)
    return dict(zip(texts, found, strict=True))


def row_of(visitor: Visitor, hit: str) -> str:
    """What the list says about the record that shows `hit`: the text of its row, else of the whole page."""
    rows = visitor.page.locator("tr, li, article, [role=row]").filter(has_text=hit).filter(visible=True)
    return normal(rows.last.inner_text()) if rows.count() else visitor.text()


def cancel(visitor: Visitor, shipment: Shipment, number: str) -> str:
    """Cancel the shipment whose page is open and read it again; returns what it shows then.

    Raises Failed when it does not come to show the declared proof.
    """
    cleanup = shipment.cleanup
    proof = fill(cleanup.proof, {"number": number})
    hit = fill(shipment.query.result, {"number": number})
    if cleanup.in_list:
        _list_it(visitor, shipment, number)
    with visitor.check.step(f"Cancel {number}"):
        with confirming(visitor):
            if cleanup.in_list:
                _click_in_row(visitor, hit, cleanup.cancel)
            else:
                visitor.click(cleanup.cancel)
            if cleanup.confirm:
                visitor.click(cleanup.confirm)
        visitor.look()
    wanted = normal(proof).casefold()
    if not visitor.until(lambda: wanted in visitor.text().casefold()):
        raise Failed(
            f"{number} shows {proof!r} after cancelling",
            visitor.messages() or "it does not",
            "see screenshot",
        )
    return proof


def _list_it(visitor: Visitor, shipment: Shipment, number: str) -> tuple[str, bool]:
    """Go to the list and look for a record there; returns what its hit shows, and whether it is there."""
    hit = fill(shipment.query.result, {"number": number})
    visitor.visit(visitor.target.login.home)
    visitor.follow(shipment.query.open)
    return hit, search(visitor, shipment.query, number, hit).hit


def _click_in_row(visitor: Visitor, hit: str, where: Locator) -> None:
    button = locate.of_row(visitor.page, hit, where)
    if button is None:
        raise Failed(
            f"{where} in the row of {hit}",
            row_of(visitor, hit)[:200],
            "see shipment.cleanup.cancel of target.toml",
        )
    button.click()
    visitor.wait_for_page()


def _hits(visitor: Visitor, hit: str, text: str) -> int:
    """How often the page, which shows `text`, shows the hit as a text of its own."""
    if normal(hit).casefold() not in text.casefold():
        return 0
    return visitor.page.get_by_text(hit, exact=True).filter(visible=True).count()


def _number(visitor: Visitor, shipment: Shipment, entries: Mapping[str, Entry]) -> str | None:
    if shipment.number.field:
        given = str(entries[shipment.number.field].typed)
        if shipment.saved_shows == "list":  # which may show other records first
            return given
        seen = visitor.until(lambda: given in f"{visitor.text()} {visitor.messages()}")
        return given if seen else None
    return visitor.comes_to(lambda: _read_number(visitor, shipment))


def _read_number(visitor: Visitor, shipment: Shipment) -> str | None:
    found = (numbers.first_in(shipment.number.pattern, text) for text in _number_stands_in(visitor, shipment))
    return next((number for number in found if number), None)


def _number_stands_in(visitor: Visitor, shipment: Shipment) -> Iterator[str]:
    """The texts of the page in which a new record's number is looked for, in order."""
    after = shipment.number.after
    yield (read_detail(visitor, [after])[after] or "") if after else visitor.text()
    yield visitor.messages()
