"""Which rows of a panel are data, where target.toml does not say, and which charts are drawn."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from gate.browser import locate
from gate.browser.launch import launched
from gate.browser.panels import DEFAULT_ROWS, marks_of

HEADING = "<tr><th>Client</th><th>Total</th></tr>"
DATA = "<tr><td>a</td><td>12</td></tr>"
BAR = "c.getContext('2d').fillRect(5, 5, 40, 40)"
# The script may not read what it holds, as with WebGL.
CLOSED = "c.getContext('bitmaprenderer')"
COPIED = f"const d = c.cloneNode(); d{BAR[1:]}; {CLOSED}.transferFromImageBitmap(await createImageBitmap(d))"
CANVAS = "<canvas id=c width=80 height=60 style='border: 1px solid'></canvas>"
SVG = "<svg xmlns='http://www.w3.org/2000/svg' width='80' height='60'><rect width='40' height='40'/></svg>"
PLOT = f"data:image/svg+xml,{SVG}"


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with launched() as browser:
        yield browser.new_page()


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        (HEADING, 0),
        (HEADING + DATA, 1),
        (DATA + DATA, 2),
        (f"<thead>{HEADING}</thead>{DATA}", 1),
        (f"<thead>{HEADING}</thead>", 0),
        ("<tr><th scope=row>a</th><td>12</td></tr>", 1),
        (f"<thead>{HEADING}</thead><tr><td colspan=2>No data</td></tr>", 0),
        ("<tr><td>No data</td></tr>", 0),
        ("<thead><tr><th>Client</th></tr></thead><tr><td>a</td></tr>", 1),
        ("<thead><tr><th>Client</th></tr></thead><tr><th>Client</th></tr>", 0),
    ],
)
def test_which_rows_are_data(page: Page, table: str, rows: int) -> None:
    page.set_content(f"<table>{table}</table>")
    assert locate.candidates(page, DEFAULT_ROWS).count() == rows


@pytest.mark.parametrize(
    ("chart", "script", "drawn"),
    [
        (CANVAS, BAR, True),
        (CANVAS, "", False),
        (CANVAS, COPIED, True),
        (CANVAS, CLOSED, False),
        (f"<div>{CANVAS}</div>", BAR, True),
        (f"<div>{CANVAS}</div>", "", False),
        ("<svg><rect width=9 height=9 /></svg>", "", True),
        ("<svg></svg>", "", False),
        (f'<img src="{PLOT}">', "", True),
        ("<img src='data:image/png,none'>", "", False),
    ],
)
def test_which_charts_are_drawn(page: Page, chart: str, script: str, drawn: bool) -> None:
    page.set_content(f"<main>{chart}</main>")
    page.evaluate(f"async () => {{ const c = document.querySelector('canvas'); {script} }}")
    assert (marks_of(page.locator("main > *")) > 0) is drawn
