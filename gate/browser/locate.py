"""From what a person reads to the element on the page: labels, names, placeholders; a miss names the nearest ones."""

from __future__ import annotations

import difflib
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Error, FrameLocator, Locator, Page

from gate.browser.settling import Settling
from gate.results import Failed
from gate.target import Locator as Where

Scope = Page | Locator | FrameLocator
_CLICKABLE = ("link", "button", "menuitem", "tab", "option", "checkbox", "radio", "treeitem")
_POLL_MS = 40
_CLICKS = "e => !!e.closest('a, button, summary, [onclick], [role=link], [role=button]')"
_LINK_WORDS = """all => all.map(e => [e.innerText, e.title, e.dataset.originalTitle, e.ariaLabel,
  (e.getAttribute('href') || '').replace(/[/?=&_.-]+/g, ' ')].join(' '))"""
_FIND = Path(__file__).with_name("find.js").read_text(encoding="utf-8")
_marks = itertools.count(1)
_OPENS_A_TAB = """all => all.map(e => e.closest('a, button'))
  .map(a => !!a && (a.target || a.formTarget) === '_blank')"""

_NAMES = """() => {
  const seen = e => !!(e.offsetParent || e.getClientRects().length);
  const said = e => (e.getAttribute('aria-label') || e.innerText || e.value || e.title || '')
    .trim().replace(/\\s+/g, ' ');
  const labels = e => [...(e.labels || [])].map(l => l.innerText).join(' ').trim() || e.placeholder || e.name || '';
  return {
    clickable: [...document.querySelectorAll('a,button,summary,[role],input[type=submit]')].filter(seen).map(said),
    field: [...document.querySelectorAll('input:not([type=hidden]),select,textarea')].filter(seen).map(labels),
  };
}"""

# A label that stands beside its field without being tied to it: mark the nearest field that follows it.
_BESIDE = """(wanted) => {
  const flat = t => t.trim().replace(/\\s+/g, ' ').replace(/[\\s:*]+$/, '').toLowerCase();
  const fields = 'input:not([type=hidden]),select,textarea,[contenteditable=true]';
  for (const e of document.querySelectorAll('label,th,td,dt,span,strong,b,p,div,legend')) {
    if (flat(e.innerText || '') !== flat(wanted)) continue;
    for (let box = e, up = 0; box && up < 4; box = box.parentElement, up++) {
      const after = [...box.querySelectorAll(fields)].concat(
        box.nextElementSibling ? [...box.nextElementSibling.querySelectorAll(fields)] : [],
        box.nextElementSibling && box.nextElementSibling.matches(fields) ? [box.nextElementSibling] : []);
      const found = after.find(f => e.compareDocumentPosition(f) & Node.DOCUMENT_POSITION_FOLLOWING);
      if (found) { found.setAttribute('data-gate-beside', flat(wanted)); return flat(wanted); }
    }
  }
  return null;
}"""


@dataclass(frozen=True)
class Found:
    """An element, whether clicking it opens a new tab, and whether it is known to lie uncovered and still."""

    element: Locator
    new_tab: bool
    still: bool = False


def to_click(page: Page, where: Where, settling: Settling) -> Found:
    """A visible link, button, menu entry or tab; raises Failed with the nearest names when there is none."""
    return _find(page, where, _as_clickable, "clickable", settling)


def clickable(page: Page, where: Where, settling: Settling) -> Locator:
    """The same, where it does not matter what a click on it opens."""
    return to_click(page, where, settling).element


def field(page: Page, where: Where, settling: Settling) -> Locator:
    """A visible form field by label, placeholder or name; raises Failed with the nearest labels."""
    return _find(page, where, _as_field, "field", settling).element


def at_once(page: Page, kind: str, wheres: Sequence[Where]) -> list[Found | None]:
    """The plain ones among these, found in one look: None where it takes a closer one. Does not wait.

    `kind` is "clickable", "field" or "radio".
    """
    words = [_plain_words(where, kind) for where in wheres]
    asked = [[kind, said] for said in words if said]
    if not asked:
        return [None] * len(wheres)
    try:
        answers = iter(page.evaluate(_FIND, [asked, next(_marks)]))
    except Error:  # the page is just being replaced by the next one
        return [None] * len(wheres)
    found = (next(answers) if said else None for said in words)
    return [
        one and Found(page.locator(f'[data-gate-found="{one["mark"]}"]').first, one["new_tab"], one["still"])
        for one in found
    ]


def _plain_words(where: Where, kind: str) -> str | None:
    # Which of several is a matter of how they are counted: that is settled in one place, the closer look.
    if where.css or where.role or where.frame or where.within or where.nth is not None:
        return None
    if kind == "clickable":
        return where.text or where.label or where.name or where.placeholder
    return where.label or where.text


def candidates(page: Page, where: Where) -> Locator:
    """Every visible element that `where` describes, possibly none. Does not wait."""
    scope = _scope(page, where)
    tiers = list(_as_clickable(scope, where))
    said = where.text or where.label
    if said and not where.css:  # an empty text would be found everywhere
        tiers.append(scope.get_by_text(said, exact=False).filter(visible=True))
    return next((tier for tier in tiers if tier.count()), tiers[-1])


def button(page: Page, where: Where) -> Locator:
    """The button or link that `where` describes, whether it is there yet or not. Does not wait."""
    if where.css:
        return page.locator(where.css).first
    said = where.text or where.name or where.label or ""
    return page.get_by_role("button", name=said).or_(page.get_by_role("link", name=said)).first


def in_row(page: Page, hit: str, wanted: Sequence[str]) -> Locator | None:
    """The link of a hit's row whose text, title or address says one of `wanted` (regular expressions).

    None where the hit itself can be clicked, or where its row offers no such link.
    """
    said = page.get_by_text(hit, exact=True).filter(visible=True).first
    if not said.count() or said.evaluate(_CLICKS):
        return None
    links = _row(page, hit).locator("a[href]").filter(visible=True)
    names = links.evaluate_all(_LINK_WORDS)
    for words in wanted:
        for rank, name in enumerate(names):
            if re.search(words, name, re.IGNORECASE):
                return links.nth(rank)
    return None


def of_row(page: Page, hit: str, where: Where) -> Locator | None:
    """What `where` describes in the row of a hit, or None. Does not wait."""
    row = _row(page, hit)
    for tier in _as_clickable(row, where):
        if tier.count():
            return tier.first
    return None


def _row(page: Page, hit: str) -> Locator:
    return page.locator("tr, li, article, [role=row]").filter(has_text=hit).filter(visible=True).last


def _find(
    page: Page,
    where: Where,
    tiers: Callable[[Scope, Where], Iterator[Locator]],
    kind: str,
    settling: Settling,
) -> Found:
    """Poll the tiers until one matches. On a page that is complete and idle, waiting longer shows nothing new."""
    while True:
        if found := at_once(page, kind, [where])[0]:
            return found
        scope = _scope(page, where)
        for tier in tiers(scope, where):
            if tier.count():
                element = tier.nth(where.nth or 0)
                return Found(element, kind == "clickable" and True in element.evaluate_all(_OPENS_A_TAB))
        if kind == "field" and (wanted := where.label or where.text):
            mark = page.evaluate(_BESIDE, wanted)
            if mark:
                return Found(page.locator(f'[data-gate-beside="{mark}"]').first, False)
        if settling.over():
            raise _missing(page, where, kind)
        page.wait_for_timeout(_POLL_MS)


def _scope(page: Page, where: Where) -> Scope:
    scope: Page | FrameLocator = page.frame_locator(where.frame) if where.frame else page
    if where.within:
        return scope.locator(where.within)
    # What a drawn dialog covers cannot be clicked: while one is open it is the whole page.
    dialog = scope.locator("dialog[open], [role=dialog]:visible, [role=alertdialog]:visible")
    return dialog.last if not where.css and dialog.count() else scope


def _as_clickable(scope: Scope, where: Where) -> Iterator[Locator]:
    if where.css:
        yield scope.locator(where.css).filter(visible=True)
        return
    if where.role:
        yield scope.get_by_role(where.role, name=where.name, exact=True).filter(visible=True)  # type: ignore[arg-type]
        yield scope.get_by_role(where.role, name=where.name).filter(visible=True)  # type: ignore[arg-type]
        return
    said = where.text or where.label or where.name or where.placeholder or ""
    for exact in (True, False):
        tier = scope.locator("summary").filter(has_text=said) if not exact else None
        for role in _CLICKABLE:
            one = scope.get_by_role(role, name=said, exact=exact)  # type: ignore[arg-type]
            tier = tier.or_(one) if tier else one
        if tier:
            yield tier.filter(visible=True)
    yield scope.get_by_text(said, exact=True).filter(visible=True)
    # A button that is only an icon has its name in a tooltip.
    quoted = said.replace("\\", "\\\\").replace('"', '\\"')
    tooltip = (
        f'[title="{quoted}" i], [data-original-title="{quoted}" i], [data-bs-original-title="{quoted}" i]'
    )
    yield scope.locator(tooltip).filter(visible=True)


def _as_field(scope: Scope, where: Where) -> Iterator[Locator]:
    # Radio buttons and check boxes are often drawn over by their label: present is enough.
    if where.css:
        yield scope.locator(where.css)
        return
    if where.role:
        yield scope.get_by_role(where.role, name=where.name, exact=True)  # type: ignore[arg-type]
        return
    fillable = scope.locator("input, select, textarea, [contenteditable=true], [role=combobox]")
    said = where.label or where.text
    if said:
        yield scope.get_by_label(said, exact=True).and_(fillable)
        yield scope.get_by_label(said).and_(fillable)
    hint = where.placeholder or where.text
    if hint:
        yield scope.get_by_placeholder(hint, exact=True)
    name = where.name or where.text
    if name and '"' not in name and "\\" not in name:
        yield fillable.and_(scope.locator(f'[name="{name}"], [id="{name}"]'))


def _missing(page: Page, where: Where, kind: str) -> Failed:
    names = [name for name in dict.fromkeys(page.evaluate(_NAMES)[kind]) if name]
    wanted = where.text or where.label or where.name or where.placeholder or where.css or ""
    near = difflib.get_close_matches(wanted, names, n=3, cutoff=0.4) or names[:8]
    what = "field" if kind == "field" else "link or button"
    listed = ", ".join(repr(name[:60]) for name in near) or "nothing of that kind"
    return Failed(
        f"a {what} {where} on {page.url}",
        f"not on the page; nearest: {listed}",
        "if the app renamed it on purpose, change it in target.toml; else the page is broken",
    )
