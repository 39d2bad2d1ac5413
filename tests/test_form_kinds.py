"""Every kind of field, menu, step and search that target.toml can describe, on a page that has it."""

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pydantic import SecretStr

from gate.browser import forms, mail, shipments
from gate.browser.launch import launched
from gate.browser.login import sign_in
from gate.browser.visitor import Visitor
from gate.recorder import Check
from gate.redact import Scrubber
from gate.results import CouldNotTell, Failed
from gate.settings import Account
from gate.target import Environment, Locator, Mail, Query, Shipment, Target
from gate.values import Entry, entries

# What a form holds is shown as JSON, so that a test can compare it with what was typed.
SAVE = """<script>
function save(form) {
  const said = {};
  for (const [name, value] of new FormData(form)) said[name] =
    value instanceof File ? `${value.name} ${value.type}` : value;
  document.body.innerHTML = `<p role=status>Saved as N-1</p><pre>${JSON.stringify(said)}</pre>`;
}
</script>"""
KINDS = f"""{SAVE}<form onsubmit="save(this); return false">
<label>Text <input name=text></label> <label>Number <input name=number type=number step=any></label>
<label>Date <input name=date type=date></label> <label>Notes <textarea name=notes></textarea></label>
<label>Country <select name=country onchange="more()"><option value=''>Choose<option value=pe>Peru
<option value=cl>Chile</select></label>
<label>City <select name=city></select></label>
<div>Carrier</div><div><input role=combobox aria-label=Carrier name=carrier oninput="suggest(this)">
<ul role=listbox></ul></div>
<fieldset><legend>Fragile</legend><label><input type=radio name=fragile value=y>Yes</label>
<label><input type=radio name=fragile value=n>No</label></fieldset>
<fieldset><legend>Insured</legend><label><input type=radio name=insured value=y>Yes</label>
<label><input type=radio name=insured value=n>No</label></fieldset>
<p><label><input type=radio name=paid value=y>Yes</label> <label><input type=radio name=paid value=n>No</label></p>
<label><input type=checkbox name=express value=on>Express</label>
<label>Guide <input type=file name=guide></label> <label>Photo <input type=file name=photo></label>
<button>Save</button></form>
<script>
function more() {{ fetch('/cities').then(r => r.json()).then(all =>
  document.querySelector('[name=city]').innerHTML = all.map(c => `<option>${{c}}`).join('')); }}
function suggest(box) {{ fetch('/carriers?q=' + box.value).then(r => r.json()).then(all => {{
  const list = box.nextElementSibling;
  list.innerHTML = all.map(c => `<li role=option>${{c}}</li>`).join('');
  [...list.children].forEach(li => li.onclick = () => {{ box.value = li.innerText; list.innerHTML = ''; }}); }}); }}
</script>"""
STEPS = f"""{SAVE}<form onsubmit="if (confirm('Sure?')) save(this); return false">
<div id=one><label>Text <input name=text></label> <button type=button onclick="go()">Next</button></div>
<div id=two hidden><label>Notes <textarea name=notes></textarea></label>
<button type=button onclick="ask.showModal()">Save</button></div>
<dialog id=ask><p>Save it?</p><button>Yes, save</button></dialog><p role=alert></p></form><script>
function go() {{
  const bad = document.querySelector('[name=text]').value.length < 3;
  document.querySelector('[role=alert]').innerText = bad ? 'Too short' : '';
  if (!bad) {{ one.hidden = true; two.hidden = false; }}
}}</script>"""
TYPING = """<input placeholder=Search oninput="later()"><ul></ul><script>
let wait; const all = ['N-1', 'N-2'];
function draw(q) { const hits = all.filter(n => n.includes(q));
  document.querySelector('ul').innerHTML = hits.map(n => `<li><a href=#>${n}</a></li>`).join('') || 'Nothing found'; }
function later() { const q = document.querySelector('input').value; clearTimeout(wait);
  wait = setTimeout(() => fetch('/cities').then(() => draw(q)), 150); }
draw('');
</script>"""
MENUS = """<nav><button onclick="sub.hidden = !sub.hidden">Reports</button>
<div id=sub hidden><a href=/there>Monthly</a></div>
<style>.drop a { display: none } .drop:hover a { display: inline }</style>
<div class=drop><span>Stock</span> <a href=/there>Crates</a></div>
<aside><details><summary>More</summary><a href=/there>Routes</a></details></aside>
<div role=tablist><button role=tab onclick="pane.innerHTML = '<h1>Arrived</h1>'">History</button></div></nav>
<div id=pane></div>"""
RECORD = """<h1>Parcel N-1</h1><dl><dt>Mail address<dd>ADDRESS</dl><div id=out></div>
<button onclick="if (confirm('Send?')) out.innerText = 'Sent to ADDRESS'">Send now</button>
<button onclick="box.showModal()">Write</button><dialog id=box><label>To <input id=to></label>
<label>Message <textarea id=message></textarea></label>
<button onclick="out.innerText = `Sent to ${to.value}: ${message.value}`; box.close()">Send</button></dialog>"""
LOGIN = "<form method=post action=/in>User <input name=u> <input name=p type=password><button>Enter</button></form>"
PAGES = {
    "/kinds": KINDS,
    "/steps": STEPS,
    "/typing": TYPING,
    "/menus": MENUS,
    "/there": "<h1>Arrived</h1>",
    "/record": RECORD.replace("ADDRESS", "qa@example.com"),
    "/other-record": RECORD.replace("ADDRESS", "customer@example.com"),
    "/login": LOGIN,
    "/in": "<label>Branch <select onchange='go.disabled = false'><option>Choose<option>Lima</select></label>"
    "<button id=go disabled onclick=\"location = '/there'\">Go on</button>",
}


class App(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path, _, query = self.path.partition("?")
        if path == "/paged":
            at = int(query.partition("page=")[2] or 1)
            rows = "".join(f"<li><a href=#>N-{at * 10 + rank}</a></li>" for rank in range(3))
            on = f"<a href='/paged?page={at + 1}'>Older</a>" if at < 3 else ""
            self._send(f"<form><input name=q placeholder=Search></form><ul>{rows}</ul>{on}")
        elif path in ("/cities", "/carriers"):
            self._send(json.dumps(["Ica", "Lima"] if path == "/cities" else ["Andes Cargo", "Andes Air"]))
        else:
            self._send(PAGES[path])

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.do_GET()

    def _send(self, body: str) -> None:
        content = f"<!doctype html><meta charset=utf-8>{body}".encode() if "<" in body else body.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html" if "<" in body else "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), App) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as one:
        yield one


@pytest.fixture
def at(browser: Browser, url: str, tmp_path: Path) -> Iterator[Callable[[str], Visitor]]:
    contexts = []

    def open_one(path: str) -> Visitor:
        contexts.append(browser.new_context(base_url=url))
        one = Visitor(contexts[-1], url, _target(), Check("x", tmp_path, Scrubber([])))
        one.visit(path)
        return one

    yield open_one
    for context in contexts:
        context.close()


def _target() -> Target:
    login = {
        "path": "/login",
        "user": {"name": "u"},
        "password": {"name": "p"},
        "submit": "Enter",
        "then": ["Lima", "Go on"],
        "proof": {"heading": "Arrived"},
    }
    without = dict.fromkeys(("panels", "shipment", "pdf", "mail"), "none")
    return Target.model_validate({"schema": 1, "name": "Kinds", "login": login, "without": without})


def _shipment(fields: dict[str, Any], **more: Any) -> tuple[Shipment, dict[str, Entry]]:
    described = {
        "open": ["New"],
        "submit": "Save",
        "number": {"pattern": r"N-\d+"},
        "tag": next(iter(fields)),
        "fields": fields,
        "query": {"open": ["List"], "field": {"placeholder": "Search"}, "empty": "Nothing found"},
        "cleanup": {"cancel": "Cancel", "proof": "Cancelled"},
        **more,
    }
    shipment = Shipment.model_validate(described)
    return shipment, entries(shipment.fields, "gate-1", dt.date(2026, 3, 30))


def _saved(visitor: Visitor) -> dict[str, str]:
    said: dict[str, str] = json.loads(visitor.page.locator("pre").inner_text())
    return said


@pytest.mark.parametrize(
    ("closed", "left"),
    [
        ("", ["text", "country", "fragile", "express"]),
        ("text.readOnly = true", ["country", "fragile", "express"]),
        (
            "for (const e of document.querySelectorAll('fieldset, select')) e.disabled = true",
            ["text", "express"],
        ),
    ],
)
def test_of_a_form_what_can_be_changed(at: Callable[[str], Visitor], closed: str, left: list[str]) -> None:
    _, typed = _shipment(
        {
            "text": {"label": "Text", "value": "for {run}"},
            "country": {"label": "Country", "kind": "select", "value": "Peru"},
            "fragile": {"label": "Fragile", "kind": "radio", "value": "No"},
            "express": {"label": "Express", "kind": "checkbox", "value": True},
            "colour": {"label": "Colour", "value": "red"},
            "size": {"label": "Size", "kind": "radio", "value": "Large"},
        }
    )
    visitor = at("/kinds")
    visitor.page.evaluate(f"() => {{ const text = document.querySelector('[name=text]'); {closed} }}")
    assert [one.name for one in forms.changeable(visitor, list(typed.values()))] == left


def test_every_kind_of_field(
    at: Callable[[str], Visitor], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photo.png").write_bytes(b"a picture of one's own")
    shipment, typed = _shipment(
        {
            "text": {"label": "Text", "value": "for {run}"},
            "number": {"label": "Number", "kind": "number", "value": 12.5},
            "date": {"label": "Date", "kind": "date", "value": "{today+2}"},
            "notes": {"label": "Notes", "kind": "textarea", "value": "two\nlines"},
            "country": {"label": "Country", "kind": "select", "value": "Peru"},
            "city": {"label": "City", "kind": "select", "value": "Lima"},
            "carrier": {"label": "Carrier", "kind": "select", "value": "Andes Air"},
            "fragile": {"label": "Fragile", "kind": "radio", "value": "No"},
            "insured": {"label": "Insured", "kind": "radio", "value": "Yes"},
            "paid": {"at": {"name": "paid"}, "kind": "radio", "value": "No", "detail": False},
            "express": {"label": "Express", "kind": "checkbox", "value": True},
            "guide": {"label": "Guide", "kind": "file", "value": "guide-{run}.pdf"},
            "photo": {"label": "Photo", "kind": "file", "value": "photo.png"},
        }
    )
    visitor = at("/kinds")
    assert shipments.create(visitor, shipment, typed)[0] == "N-1"
    assert _saved(visitor) == {
        "text": "for gate-1",
        "number": "12.5",
        "date": "2026-04-01",
        "notes": "two\nlines",
        "country": "pe",
        "city": "Lima",
        "carrier": "Andes Air",
        "fragile": "n",
        "insured": "y",
        "paid": "n",
        "express": "on",
        "guide": "guide-gate-1.pdf application/pdf",
        "photo": "photo.png image/png",
    }


STEPPED = {
    "text": {"label": "Text", "value": "for {run}"},
    "notes": {"label": "Notes", "kind": "textarea", "value": "second step", "step": 2},
}


def test_a_form_in_steps_with_a_drawn_and_a_native_dialog(at: Callable[[str], Visitor]) -> None:
    shipment, typed = _shipment(STEPPED, steps=["Next", "Save"], submit="Yes, save")
    visitor = at("/steps")
    assert shipments.create(visitor, shipment, typed)[0] == "N-1"
    assert _saved(visitor) == {"text": "for gate-1", "notes": "second step"}


def test_a_refusal_in_an_early_step(at: Callable[[str], Visitor]) -> None:
    shipment, typed = _shipment(STEPPED, steps=["Next", "Save"], submit="Yes, save")
    wrong = entries({"text": shipment.fields["text"].model_copy(update={"value": "x"})}, "", dt.date.today())
    refusal = shipments.send_invalid(at("/steps"), shipment, typed | wrong, "Too short")
    assert refusal.told
    assert refusal.number is None


def test_a_step_that_nothing_leads_to() -> None:
    with pytest.raises(ValueError, match="'notes' stands in a step"):
        _shipment(STEPPED)


def test_a_search_while_one_types(at: Callable[[str], Visitor]) -> None:
    shipment, _ = _shipment(STEPPED, steps=["Next"])
    visitor = at("/typing")
    found = shipments.search(visitor, shipment.query, "N-2", "N-2")
    assert (found.hit, found.says_empty) == (True, False)
    # The list still shows it when the typing ends: what is there before the answer does not count.
    found = shipments.search(visitor, shipment.query, "none", "N-2")
    assert (found.hit, found.says_empty) == (False, True)


@pytest.mark.parametrize(("number", "hit"), [("N-12", True), ("N-31", True), ("N-99", False)])
def test_a_list_in_pages(at: Callable[[str], Visitor], number: str, hit: bool) -> None:
    query = Query.model_validate(
        {"open": ["/paged"], "field": {"placeholder": "Search"}, "empty": "Nothing found", "next": "Older"}
    )
    visitor = at("/there")
    visitor.follow(query.open)
    assert shipments.search(visitor, query, "N", number).hit is hit


@pytest.mark.parametrize(
    "clicks",
    [["Reports", "Monthly"], ["Stock", "Crates"], ["More", "Routes"], ["History"], ["/there"]],
    ids="/".join,
)
def test_ways_through_a_navigation(at: Callable[[str], Visitor], clicks: list[str]) -> None:
    visitor = at("/menus")
    visitor.follow([Locator(text=word) for word in clicks])
    assert visitor.page.locator("h1").inner_text() == "Arrived"


def test_a_branch_is_chosen_after_the_password(at: Callable[[str], Visitor]) -> None:
    visitor = at("/there")
    assert sign_in(visitor, visitor.target.login, Account("admin", "a", SecretStr("made-up"))).signed_in


HERE = Environment(mail_to=("qa@example.com",))


def _mail(**keys: Any) -> Mail:
    return Mail.model_validate({"subject": "Parcel {number}", "sent": "Sent to {to}", **keys})


def test_a_mail_from_a_drawn_dialog_with_a_message(at: Callable[[str], Visitor]) -> None:
    described = _mail(
        open="Write", to="To", submit="Send", fields={"message": {"label": "Message", "value": "by {run}"}}
    )
    further = entries(described.fields, "gate-1", dt.date.today())
    visitor = at("/record")
    mail.send(visitor, described, "qa@example.com", HERE, "N-1", {}, further)
    assert "Sent to qa@example.com: by gate-1" in visitor.text()


def test_a_mail_of_one_click_goes_only_to_the_address_that_the_record_shows(
    at: Callable[[str], Visitor],
) -> None:
    described = _mail(open="Send now", address="mail")
    _, typed = _shipment(
        {"mail": {"label": "Mail address", "value": "qa@example.com"}, **STEPPED}, steps=["Next"], tag="text"
    )
    visitor = at("/record")
    mail.send(visitor, described, "qa@example.com", HERE, "N-1", typed, {})
    assert "Sent to qa@example.com" in visitor.text()
    elsewhere = at("/other-record")
    with pytest.raises(CouldNotTell, match=r"customer@example\.com"):
        mail.send(elsewhere, described, "qa@example.com", HERE, "N-1", typed, {})
    assert "Sent to" not in elsewhere.text()


def test_a_choice_that_is_not_offered(at: Callable[[str], Visitor]) -> None:
    shipment, typed = _shipment(
        {
            "text": {"label": "Text", "value": "{run}"},
            "country": {"label": "Country", "kind": "select", "value": "Bolivia"},
        }
    )
    with pytest.raises(Failed, match="'Peru', 'Chile'"):
        shipments.create(at("/kinds"), shipment, typed)
