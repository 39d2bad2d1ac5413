"""A document is read however the app hands it over, by a headless shell as by a full browser."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from gate.browser import document
from gate.browser.executable import launch_arguments
from gate.browser.visitor import Visitor
from gate.recorder import Check
from gate.redact import Scrubber
from gate.results import Failed
from gate.target import Locator, Pdf, Target

BROWSERS = [name for name in ("chromium-headless-shell", "chromium") if shutil.which(name)]
SAVE = """fetch('ADDRESS', {method: 'GET'}).then(r => r.blob()).then(b => {
  const a = document.createElement('a');
  a.href = window.URL.createObjectURL(b); a.download = 'N-1.pdf'; a.click(); })"""
SAVE_MADE = SAVE.replace("ADDRESS", "/made.pdf").replace("GET", "POST")
POLL = """(function ask() { fetch('/ready').then(r => r.text()).then(t => t === 'yes'
  ? document.querySelector('p').innerHTML = '<a href=/inline.pdf>Fetch it</a>' : setTimeout(ask, 700)); })()"""
WAYS = {
    "inline": '<a href="/inline.pdf">Open</a>',
    "inline in a new tab": '<a href="/inline.pdf" target="_blank" rel="noopener">Open</a>',
    "download": '<a href="/attached.pdf">Open</a>',
    "download in a new tab": '<a href="/attached.pdf" target="_blank">Open</a>',
    "download by attribute": '<a href="/inline.pdf" download>Open</a>',
    "by a script": """<button onclick="window.open('/inline.pdf')">Open</button>""",
    "after a redirect": '<a href="/moved.pdf">Open</a>',
    "by a form": '<form method="post" action="/made.pdf"><button>Open</button></form>',
    "by a form in a new tab": '<form method="post" action="/made.pdf" target="_blank"><button>Open</button></form>',
    "by a fetch": f'<button onclick="{SAVE.replace("ADDRESS", "/inline.pdf")}">Open</button>',
    "by a fetch that posts": f'<button onclick="{SAVE_MADE}">Open</button>',
    "a while later, behind a link": f'<button onclick="{POLL}">Open</button><p></p>',
}


def pdf(text: str = "Parcel N-1", font: str = "Helvetica", pages: int = 1) -> bytes:
    """A small PDF of `pages` pages that says `text` in `font`, which is not embedded."""
    stream = f"BT /F1 24 Tf 72 700 Td ({text}) Tj ET".encode()
    kids = " ".join(f"{4 + 2 * page} 0 R" for page in range(pages))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{font} >>".encode(),
    ]
    for page in range(pages):
        parts = "/Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >>"
        objects.append(f"<< {parts} /Contents {5 + 2 * page} 0 R >>".encode())
        objects.append(f"<< /Length {len(stream)} >>\nstream\n".encode() + stream + b"\nendstream")
    body = b"%PDF-1.4\n"
    offsets = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n".encode() + content + b"\nendobj\n"
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    end = f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return body + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode() + end.encode()


class _App(BaseHTTPRequestHandler):
    asked = 0

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        status, headers, body = 200, {"Content-Type": "application/pdf"}, pdf()
        if self.path.startswith("/way/"):
            way = list(WAYS.values())[int(self.path.removeprefix("/way/"))]
            headers, body = {"Content-Type": "text/html"}, f"<h1>Parcel</h1>{way}".encode()
        elif self.path == "/attached.pdf":
            headers["Content-Disposition"] = 'attachment; filename="N-1.pdf"'
        elif self.path == "/moved.pdf":
            status, headers, body = 302, {"Location": "/inline.pdf"}, b""
        elif self.path == "/ready":
            _App.asked += 1
            headers, body = {"Content-Type": "text/plain"}, b"yes" if _App.asked % 3 == 0 else b"no"
        elif self.path == "/made.pdf" and self.command != "POST":
            status, headers, body = 405, {"Content-Type": "text/plain"}, b"POST alone"
        elif self.path not in ("/inline.pdf", "/made.pdf"):
            status, headers, body = 404, {"Content-Type": "text/plain"}, b"nothing"
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), _App) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module", params=BROWSERS)
def browser(request: pytest.FixtureRequest) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        one = playwright.chromium.launch(executable_path=shutil.which(request.param), args=launch_arguments())
        yield one
        one.close()


@pytest.fixture
def visitor(browser: Browser, url: str, tmp_path: Path) -> Iterator[Callable[[str], Visitor]]:
    login = {"path": "/", "user": "U", "password": "P", "submit": "S", "proof": {"text": "Home"}}
    without = dict.fromkeys(("panels", "shipment", "pdf", "mail"), "none")
    target = Target.model_validate({"schema": 1, "name": "Mini", "login": login, "without": without})
    context = browser.new_context(base_url=url)

    def at(path: str) -> Visitor:
        one = Visitor(context, url, target, Check("pdf.generated", tmp_path, Scrubber([])))
        one.visit(path)
        return one

    yield at
    context.close()


@pytest.mark.parametrize("way", WAYS)
def test_it_is_read_however_it_is_handed_over(visitor: Callable[[str], Visitor], way: str) -> None:
    one = visitor(f"/way/{list(WAYS).index(way)}")
    then = Locator(text="Fetch it") if "later" in way else None
    fetched = document.fetch(one, Pdf(open=Locator(text="Open"), then=then, contains=("N-1",)))
    assert (fetched.status, fetched.content_type) == (200, "application/pdf")
    assert document.read(fetched.body).text == "Parcel N-1"
    one.guard.judge()


@pytest.mark.parametrize(
    ("font", "missing"),
    [
        ("Helvetica", ()),
        ("Helvetica-BoldOblique", ()),
        ("Times-Roman", ()),
        ("TimesNewRomanPS-BoldMT", ()),
        ("Arial,Bold", ()),
        ("ArialMT", ()),
        ("Courier", ()),
        ("CourierNewPSMT", ()),
        ("ZapfDingbats", ()),
        ("Gotham-Book", ("Gotham-Book",)),
        ("HelveticaNeue-Light", ("HelveticaNeue-Light",)),
    ],
)
def test_fonts_that_a_reader_would_have_to_guess(font: str, missing: tuple[str, ...]) -> None:
    assert document.read(pdf(font=font)).missing_fonts == missing


def test_pages_pictures_and_ink() -> None:
    read = document.read(pdf(pages=2))
    assert len(read.pages) == len(read.pictures) == 2
    assert all(page.ink > 0 for page in read.pages)
    assert document.read(pdf(text="")).pages[0].ink == 0


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "0 bytes"),
        (b"<html>Sign in</html>", "<html>"),
        (pdf()[:-20], "without an end mark"),
        (b"%PDF-1.4\nnothing of the kind\n%%EOF\n", "opens"),
    ],
)
def test_what_is_no_whole_pdf(body: bytes, said: str) -> None:
    with pytest.raises(Failed, match=said):
        document.read(body)
