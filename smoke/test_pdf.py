"""Generación de PDF: the shipment's document opens, holds its facts and no other's, and looks as it must."""

from collections.abc import Callable, Iterator

import pytest

from gate.browser import document
from gate.browser.document import Document, Fetched
from gate.fixtures.people import SignedIn
from gate.recorder import Check
from gate.records import CreatedShipment
from gate.results import Finding
from gate.target import Pdf, Target

pytestmark = [pytest.mark.preflight, pytest.mark.smoke, pytest.mark.postdeploy]
LEAST_INK = 0.001  # share of dark pixels below which a page is blank
BROKEN = "look at pdf_template.html and the code that fills it in"


@pytest.mark.check("pdf.generated")
def test_the_document_of_the_shipment(
    check: Check,
    target: Target,
    signed_in: SignedIn,
    new_shipment: Callable[..., CreatedShipment],
) -> None:
    made = new_shipment()
    visitor = signed_in("admin", made.url)
    assert target.pdf is not None
    fetched = document.fetch(visitor, target.pdf)
    check.expect(
        fetched.status == 200,
        expected="the document",
        observed=f"HTTP {fetched.status} at {fetched.url}",
        hint="look in the app's log for that minute",
    )
    with check.step("Read the PDF"):
        pdf = document.read(fetched.body)
    for number, picture in enumerate(pdf.pictures, 1):
        check.attach_image(f"page {number}", picture, kind="pdf_page")
    check.examined(len(pdf.pages), "pages")
    findings = [
        *_wrong_text(target, pdf, made),
        *_wrong_form(target.pdf, pdf),
        *_too_much(target.pdf, fetched),
    ]
    check.no_findings(findings, expected=f"a whole PDF with the facts of {made.number}")


def _wrong_text(target: Target, pdf: Document, made: CreatedShipment) -> Iterator[Finding]:
    assert target.pdf is not None
    assert target.shipment is not None
    for part, words in pdf.lacks(target.pdf, made.facts):
        yield _finding("text", "document", f"{part} = {words!r}", f"no {words!r} in its text, for {part}")
    if others := pdf.others(target.pdf, target.shipment.number.pattern, made.number):
        yield _finding(
            "other", "document", f"no number but {made.number}", f"it names {', '.join(others[:3])}"
        )


def _wrong_form(wanted: Pdf, pdf: Document) -> Iterator[Finding]:
    for number, page in enumerate(pdf.pages, 1):
        if page.ink < LEAST_INK or not page.text.strip():
            yield _finding("blank", f"page {number}", "something on it", "a blank page")
    if not 1 <= len(pdf.pages) <= wanted.max_pages:
        yield _finding("pages", "document", f"1 to {wanted.max_pages} pages", f"{len(pdf.pages)} pages")
    if pdf.missing_fonts:
        yield _finding(
            "fonts",
            ", ".join(pdf.missing_fonts),
            "every font embedded, or one that every reader has",
            "neither: on another computer the text looks different or is unreadable",
        )


def _too_much(wanted: Pdf, fetched: Fetched) -> Iterator[Finding]:
    weight = len(fetched.body) / 1024
    if weight > wanted.max_kb:
        yield _finding("size", "document", f"at most {wanted.max_kb} KiB", f"{weight:.0f} KiB")
    if fetched.took_ms > wanted.within_ms:
        yield _finding("time", "document", f"within {wanted.within_ms} ms", f"{fetched.took_ms} ms")


def _finding(kind: str, place: str, expected: str, observed: str) -> Finding:
    return Finding(id=f"pdf.{kind}", place=place, expected=expected, observed=observed, hint=BROKEN)
