"""Generación de PDF: the shipment's document opens, holds its facts, and has no blank page."""

from collections.abc import Callable

import pytest

from gate.browser import document
from gate.fixtures import SignedIn
from gate.recorder import Check
from gate.records import CreatedShipment
from gate.results import Finding
from gate.target import Target
from gate.values import fill, normal

pytestmark = [pytest.mark.smoke, pytest.mark.postdeploy]
LEAST_INK = 0.001  # share of dark pixels below which a page is blank


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
    fetched = document.fetch(visitor, target.pdf.open)
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
    facts = {"number": made.number, **{name: entry.shown for name, entry in made.entries.items()}}
    findings = [
        Finding(
            id="pdf.blank",
            place=f"page {number}",
            expected="something on it",
            observed="a blank page",
            hint=BROKEN,
        )
        for number, page in enumerate(pdf.pages, 1)
        if page.ink < LEAST_INK or not page.text.strip()
    ]
    findings += [
        Finding(id="pdf.text", place=part, expected=repr(wanted), observed="not in its text", hint=BROKEN)
        for part in target.pdf.contains
        if (wanted := normal(fill(part, facts))) not in pdf.text
    ]
    if not 1 <= len(pdf.pages) <= target.pdf.max_pages:
        findings.append(
            Finding(
                id="pdf.pages",
                place="document",
                expected=f"1 to {target.pdf.max_pages} pages",
                observed=f"{len(pdf.pages)}",
                hint=BROKEN,
            )
        )
    check.no_findings(findings, expected=f"a whole PDF with the facts of {made.number}")


BROKEN = "look at pdf_template.html and the code that fills it in"
