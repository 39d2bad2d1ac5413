"""Through the described app with a browser that cannot write: is everything where target.toml says?"""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from playwright.sync_api import Error
from playwright.sync_api import Locator as Element

from gate import numbers
from gate.browser import login, shipments
from gate.browser.forms import fill_in
from gate.browser.panels import open_panel
from gate.browser.readonly import ReadOnly
from gate.browser.visitor import Visitor
from gate.doctor.trouble import Trouble
from gate.results import CheckStopped
from gate.settings import Account
from gate.target import Locator, Panel, Shipment, Target
from gate.values import Entry, entries, fill, normal

_KIND = """e => {
  if (e.tagName === 'SELECT') return 'select';
  if (e.tagName === 'TEXTAREA') return 'textarea';
  const known = ['number', 'date', 'radio', 'checkbox', 'file'];
  return known.includes(e.type) ? e.type : 'text';
}"""
_LABELS = """() => [...new Set([...document.querySelectorAll('dt,th,label,strong,b,td:first-child')]
  .filter(e => e.getClientRects().length).map(e => e.innerText.trim().replace(/[\\s:*]+$/, ''))
  .filter(t => t && t.length < 60))]"""
# What a person types into a text field may as well stand in one of these kinds.
_TYPED = {"text", "textarea", "number", "date"}


class Walk:
    """One walk of one role; what it found wrong is in `troubles`, how much it found in `found`."""

    def __init__(
        self, visitor: Visitor, readonly: ReadOnly, target: Target, file: str, pictures: Path
    ) -> None:
        self.visitor, self.readonly, self.target, self.file = visitor, readonly, target, file
        self.pictures = pictures
        self.troubles: list[Trouble] = []
        self.found = 0

    def sign_in(self, account: Account, key: str = "login") -> bool:
        """Find the form's fields, sign in; False when nobody is in."""
        form = self.target.login
        if not self.holds(f"{key}.path", lambda: self.visitor.visit(form.path)):
            return False
        if key == "login":
            self.holds("login.user", lambda: self.visitor.field(form.user))
            if not form.next:
                self.holds("login.password", lambda: self.visitor.field(form.password))
                self.holds("login.submit", lambda: self.visitor.clickable(form.submit))
            if self.troubles:
                return False

        def enter() -> None:
            with self.readonly.signing_in():
                attempt = login.sign_in(self.visitor, form, account)
            if not attempt.signed_in:
                headings = self.visitor.page.locator("h1, h2, h3").all_inner_texts()
                raise CheckStopped(
                    f"{form.proof} after signing in as {account.role}",
                    f"at {attempt.url} there is no {form.proof}; headings: {_listed(headings)}; "
                    f"the page says: {attempt.message or self.visitor.text()[:160]!r}",
                    "if a sign-in by hand works with this account, login.proof describes the wrong page; "
                    "else renew the account's variables",
                )

        return self.holds(f"{key}.proof", enter)

    def panels(self) -> None:
        """Open every panel by clicking; heading, rows and chart as described."""
        for panel in self.target.panels:
            key = f"panels.{panel.id}"
            if not self._clicks(f"{key}.open", panel.open):
                self._home()
                continue
            if not self.holds(key, partial(self._panel, panel)):
                self._home()

    def shipment(self, token: str) -> None:
        """The form of a new record, filled in and never sent; the list; one record that is there already."""
        described = self.target.shipment
        if described is None:
            return
        self._home()
        if self._clicks("shipment.open", described.open):
            today = dt.datetime.now(self.target.zone).date()
            filled_in = entries(described.fields, token, today)
            for rank, step in enumerate((None, *described.steps)):
                if step and not self._clicks(f"shipment.steps[{rank - 1}]", [step]):
                    break
                for name, entry in filled_in.items():
                    if entry.field.step == rank + 1:
                        self._form_field(f"shipment.fields.{name}", entry)
            self.holds("shipment.submit", lambda: self.visitor.clickable(described.submit))
        self._home()
        if self._clicks("shipment.query.open", described.query.open):
            self._list(described)

    def holds(self, key: str, action: Callable[[], object]) -> bool:
        """Do `action`; what stops it becomes a trouble with a picture of the page."""
        try:
            action()
        except CheckStopped as stop:
            ours = type(stop) is CheckStopped
            reason = stop.observed if ours else f"{stop.expected}: {stop.observed}"
            self._add(key, reason, stop.hint)
        except Error as error:
            said = " ".join(str(error).split("Call log:")[0].split())[:240]
            self._add(key, f"the browser says: {said}", "does the description fit this element?")
        else:
            self.found += 1
            return True
        return False

    def _add(self, key: str, reason: str, remedy: str, note: bool = False) -> None:
        self.visitor.guard.problems.clear()
        picture = None
        if not note:
            self.pictures.mkdir(parents=True, exist_ok=True)
            picture = (
                self.pictures / f"{len(self.troubles) + 1:02}-{re.sub(r'[^a-z0-9]+', '-', key.lower())}.jpg"
            )
            try:
                self.visitor.page.screenshot(path=picture, type="jpeg", quality=70, timeout=3000)
            except Error:
                picture = None
        self.troubles.append(Trouble(self.file, key, reason, remedy, picture, note))

    def _home(self) -> None:
        self.holds("login.home", lambda: self.visitor.visit(self.target.login.home))

    def _panel(self, panel: Panel) -> None:
        seen = open_panel(self.visitor, panel.model_copy(update={"open": ()}))
        if not seen.shown:
            raise CheckStopped(
                str(panel.proof),
                f"{seen.url} does not show {panel.proof}; its headings: {_listed(seen.headings)}",
                "correct heading or text, or the clicks in open",
            )
        if not seen.rows and not panel.empty_ok:
            raise CheckStopped(
                "figures",
                f"nothing is counted as content at {seen.url} (table rows, unless rows says otherwise)",
                "describe in rows what is content here, such as {css = '.card'}, or set empty_ok",
            )
        if seen.chart_marks == 0:
            raise CheckStopped("a drawn chart", f"no drawn {panel.chart} at {seen.url}", "correct chart")

    def _clicks(self, key: str, clicks: Sequence[Locator]) -> bool:
        for rank, where in enumerate(clicks):
            if not self.holds(f"{key}[{rank}]", partial(self.visitor.click, where)):
                return False
        return self.holds(key, self.visitor.look)

    def _form_field(self, key: str, entry: Entry) -> None:
        described = entry.field

        def try_it() -> None:
            if described.kind != "radio":
                element = self.visitor.field(described.where)
                kind = str(element.evaluate(_KIND))
                typed_alike = described.kind in _TYPED and kind in _TYPED
                if kind != described.kind and not typed_alike:
                    raise CheckStopped(
                        f"a field of kind {described.kind!r}",
                        f"{described.where} is of kind {kind!r}, not {described.kind!r}",
                        f"set kind = {kind!r}",
                    )
            if described.kind != "file":
                fill_in(self.visitor, entry)

        if self.holds(key, try_it) and described.label and described.at is None and described.kind != "radio":
            same = self.visitor.page.get_by_label(described.label, exact=True).filter(visible=True)
            if same.count() > 1:
                self._add(
                    key,
                    f"{same.count()} fields are labelled {described.label!r}; the first one is taken",
                    f"tell them apart: at = {{ label = {described.label!r}, nth = 1 }}, within or name",
                    note=True,
                )

    def _list(self, described: Shipment) -> None:
        query = described.query
        here = query.model_copy(update={"open": ()})
        box: list[Element] = []
        if not self.holds("shipment.query.field", lambda: box.append(self.visitor.field(query.field))):
            return
        if query.submit and not self.holds(
            "shipment.query.submit",
            lambda: self.visitor.clickable(query.submit),  # type: ignore[arg-type]
        ):
            return
        listed = self.visitor.text()
        address = self.visitor.page.url
        if box[0].evaluate("e => !e.form || e.form.method === 'get'"):

            def search() -> None:
                found = shipments.search(self.visitor, here, query.nonsense, query.nonsense)
                if not found.says_empty:
                    raise CheckStopped(
                        f"{query.empty!r} after a search for {query.nonsense!r}",
                        f"a search that finds nothing does not say {query.empty!r}; it says: "
                        f"{self.visitor.messages() or self.visitor.text()[-200:]!r}",
                        "copy into shipment.query.empty what the page says then",
                    )

            self.holds("shipment.query.empty", search)
        number = numbers.first_in(described.number.pattern, listed)
        if number is None:
            if wrong := numbers.only_a_part(described.number.pattern, listed):
                self._add("shipment.number.pattern", wrong.observed, wrong.hint)
                return
            self._add(
                "shipment.number.pattern",
                f"nothing on the list looks like {described.number.pattern}, so no record could be opened",
                "is the list empty here? else correct the pattern",
                note=True,
            )
            return
        self._record(described, number, address)

    def _record(self, described: Shipment, number: str, list_address: str) -> None:
        hit = fill(described.query.result, {"number": number})
        if not self.holds(
            "shipment.query.result",
            lambda: (self.visitor.visit(list_address), shipments.open_hit(self.visitor, hit)),
        ):
            return
        address = self.visitor.page.url
        for name, field in described.fields.items():
            label = field.shown_at or field.label
            if field.detail and label:
                key = f"shipment.fields.{name}.shown_at"
                self.holds(key, partial(self._shown, label))
        for key, where in (
            ("shipment.cleanup.cancel", described.cleanup.cancel),
            ("pdf.open", self.target.pdf.open if self.target.pdf else None),
            ("mail.open", self.target.mail.open if self.target.mail else None),
        ):
            if where is not None:
                self._on_record(key, where)
        mail = (
            self.target.mail
        )  # without `submit` a click on `open` would send: it was held back, and is not made
        if mail and mail.submit and self._clicks("mail.open", [mail.open]):
            if (to := mail.to) is not None:
                self.holds("mail.to", lambda: self.visitor.field(to))
            for name, field in mail.fields.items():
                self.holds(f"mail.fields.{name}", partial(self.visitor.field, field.where))
            self.holds("mail.submit", partial(self.visitor.clickable, mail.submit))
            self.holds("shipment.query.result", lambda: self.visitor.visit(address))

    def _shown(self, label: str) -> None:
        if shipments.read_detail(self.visitor, [label])[label] is not None:
            return
        labels: list[str] = self.visitor.page.evaluate(_LABELS)
        near = difflib.get_close_matches(label, labels, n=3, cutoff=0.4) or labels[:8]
        raise CheckStopped(
            f"the label {label!r}",
            f"no label {label!r} on the record's page {self.visitor.page.url}; nearest: {_listed(near)}",
            "set shown_at to the label that stands there, or detail = false",
        )

    def _on_record(self, key: str, where: Locator) -> None:
        """A record found by chance may be in a state that offers less than a new one: that is a note."""
        before = len(self.troubles)
        if not self.holds(key, lambda: self.visitor.clickable(where)) and key == "shipment.cleanup.cancel":
            seen = self.troubles.pop(before)
            self.troubles.append(
                Trouble(
                    seen.file,
                    key,
                    f"{seen.reason} (a record in another state may not offer it)",
                    seen.remedy,
                    seen.picture,
                    note=True,
                )
            )


def _listed(words: Sequence[str]) -> str:
    return ", ".join(repr(normal(word)[:60]) for word in words[:6]) or "none"
