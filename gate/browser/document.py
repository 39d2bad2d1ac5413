"""The shipment's PDF: opened as a person does, then fetched whole and read."""

from __future__ import annotations

import ctypes
import io
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

import pypdfium2 as pdfium
import pypdfium2.raw as raw
from playwright.sync_api import Download, Error, Page, Response

from gate import numbers
from gate.browser import locate
from gate.browser.dialogs import confirming
from gate.browser.settling import PATIENCE_S
from gate.browser.visitor import Visitor
from gate.results import Failed
from gate.target import Pdf
from gate.values import fill, normal

# The fonts that every reader of PDF has (ISO 32000-1, 9.6.2.2), and the names that they also go by.
_STANDARD = re.compile(
    r"(Helvetica|Courier|Arial|CourierNew)(New)?([-,](Bold)?(Oblique|Italic)?)?$"
    r"|Times(NewRoman)?(PS)?(MT)?([-,](Roman|(Bold)?(Italic)?))?$|Symbol$|ZapfDingbats$"
)

_SETTLED_S = 1.5  # a page that asks now and then whether it is ready is not yet settled
PATIENCE_MS = 30_000  # how long the last byte is waited for: how long it may take is for the check to say


@dataclass(frozen=True)
class Fetched:
    """A document as the server sent it. `took_ms` is from request to last byte."""

    url: str
    status: int
    content_type: str
    body: bytes
    took_ms: int


@dataclass(frozen=True)
class PdfPage:
    """One page: its text, and the share (0..1) of its sampled pixels that are not background."""

    text: str
    ink: float


@dataclass(frozen=True)
class Document:
    """A PDF that opened. `missing_fonts` are the fonts its text uses that are neither embedded nor standard."""

    pages: tuple[PdfPage, ...]
    pictures: tuple[bytes, ...]
    missing_fonts: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Text of all pages, blanks normalised."""
        return normal(" ".join(page.text for page in self.pages))

    def lacks(self, wanted: Pdf, facts: Mapping[str, str]) -> list[tuple[str, str]]:
        """The parts of pdf.contains that its text does not hold, each with what it stands for here."""
        parts = [(part, normal(fill(part, facts))) for part in wanted.contains]
        return [(part, words) for part, words in parts if words not in self.text]

    def others(self, wanted: Pdf, pattern: str, number: str) -> list[str]:
        """The numbers of other records in its text; none where pdf.only_its_number does not hold."""
        return sorted(numbers.all_in(pattern, self.text) - {number}) if wanted.only_its_number else []


def fetch(visitor: Visitor, wanted: Pdf) -> Fetched:
    """Click the link or button of a document and fetch what it leads to through the signed-in session.

    A browser may show, download or drop a PDF, and a script may fetch it: the click proves that a person gets one,
    the bytes come from the same address; where a POST made it, from the browser itself. Raises Failed when the
    click leads to no document.
    """
    answers: list[Response] = []
    downloads: list[Download] = []
    before = visitor.context.pages
    href = visitor.clickable(wanted.open).get_attribute("href")
    patience = max(PATIENCE_S, wanted.within_ms / 1000)

    def keep(response: Response) -> None:
        if response.request.is_navigation_request() or _is_pdf(response):
            answers.append(response)

    def note(download: Download) -> None:
        downloads.append(download)

    def watch(page: Page) -> None:
        page.on("download", note)

    def came() -> bool:
        return bool(downloads) or any(_is_pdf(one) or one.status >= 400 for one in answers)

    visitor.context.on("response", keep)
    visitor.context.on("page", watch)
    watch(visitor.page)
    began = time.monotonic()
    try:
        with visitor.check.step(f"Click {wanted.open}"), confirming(visitor):
            visitor.clickable(wanted.open).click(no_wait_after=True)
            if (then := wanted.then) is not None:
                ready = visitor.until(
                    lambda: locate.candidates(visitor.page, then).count() > 0, patience, settle_s=patience
                )
                if ready and not came():
                    visitor.clickable(then).click(no_wait_after=True)
            visitor.until(came, patience, settle_s=_SETTLED_S)
            took = (time.monotonic() - began) * 1000
            made = _made_by_post(visitor, answers, downloads, int(took))
    finally:
        visitor.context.remove_listener("response", keep)
        visitor.context.remove_listener("page", watch)
        visitor.page.remove_listener("download", note)
    for page in visitor.context.pages:
        if page not in before:
            page.close()
    visitor.guard.judge()
    if made:
        return made
    opened = next((one.url for one in answers if _is_pdf(one)), answers[-1].url if answers else None)
    url = opened or (
        urljoin(visitor.page.url, href) if href and not href.startswith(("#", "javascript:")) else None
    )
    if url is None:
        raise Failed(f"{wanted.open} leads to a document", "the click sent no request", "see the screenshot")
    with visitor.check.step("Fetch the document"):
        try:
            began = time.monotonic()
            answer = visitor.context.request.get(url, timeout=PATIENCE_MS)
            body = answer.body()
            took = (time.monotonic() - began) * 1000
        except Error as error:
            raise Failed(
                "the document to be sent whole", normal(str(error))[:200], "see the app's log"
            ) from None
    return Fetched(answer.url, answer.status, answer.headers.get("content-type", ""), body, int(took))


def _made_by_post(
    visitor: Visitor, answers: list[Response], downloads: list[Download], took_ms: int
) -> Fetched | None:
    """What the browser got for a POST, or made itself: it cannot be asked for again by its address."""
    posted = next((one for one in answers if _is_pdf(one) and one.request.method == "POST"), None)
    drawn = next((one for one in downloads if one.url.startswith(("blob:", "data:"))), None)
    if posted is None and (drawn is None or any(_is_pdf(one) for one in answers)):
        return None
    url, status = (posted.url, posted.status) if posted else (drawn.url if drawn else "", 200)
    kept = downloads[0] if downloads else None
    try:
        body = kept.path().read_bytes() if kept else posted.body() if posted else b""
        if (
            posted and not kept and not body.startswith(b"%PDF-")
        ):  # a viewer's own page: the form is sent again
            asked = posted.request
            headers = {"content-type": asked.headers.get("content-type", "")}
            again = visitor.context.request.post(
                url, data=asked.post_data_buffer or b"", headers=headers, timeout=PATIENCE_MS
            )
            status, body = again.status, again.body()
    except Error as error:
        raise Failed("the document to be sent whole", normal(str(error))[:200], "see the app's log") from None
    return Fetched(url, status, "application/pdf", body, took_ms)


def read(body: bytes) -> Document:
    """Open a PDF; raises Failed when the bytes are none or are cut off."""
    if not body.startswith(b"%PDF-"):
        raise Failed(
            "a PDF", f"{len(body)} bytes beginning {body[:24]!r}", "the app sent something else; see its log"
        )
    if b"%%EOF" not in body[-2048:]:
        raise Failed("a complete PDF", f"{len(body)} bytes without an end mark", "the answer was cut off")
    try:
        pdf = pdfium.PdfDocument(io.BytesIO(body))
    except pdfium.PdfiumError as error:
        raise Failed("a PDF that opens", str(error), "the generator wrote a broken file") from None
    pages, pictures = [], []
    missing: set[str] = set()
    for page in pdf:
        missing |= _missing_fonts(page)
        image = page.render(scale=1.3).to_pil().convert("L")
        darkness = image.histogram()
        pages.append(
            PdfPage(page.get_textpage().get_text_range(), sum(darkness[:200]) / max(1, sum(darkness)))
        )
        buffer = io.BytesIO()
        image.save(buffer, "PNG", optimize=True)
        pictures.append(buffer.getvalue())
    return Document(tuple(pages), tuple(pictures), tuple(sorted(missing)))


def _missing_fonts(page: pdfium.PdfPage) -> set[str]:
    """Names of the fonts that a reader would have to guess."""
    missing = set()
    for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT,)):
        font = raw.FPDFTextObj_GetFont(item.raw)
        if font and raw.FPDFFont_GetIsEmbedded(font) == 0:
            length = raw.FPDFFont_GetBaseFontName(font, None, 0)
            buffer = ctypes.create_string_buffer(length)
            raw.FPDFFont_GetBaseFontName(font, buffer, length)
            missing.add(buffer.value.decode("utf-8", "replace"))
    return {name for name in missing if not _STANDARD.match(name)}


def _is_pdf(response: Response) -> bool:
    return "application/pdf" in response.headers.get("content-type", "")
