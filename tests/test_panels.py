"""Which rows of a panel are data, where target.toml does not say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from gate.browser import locate
from gate.browser.launch import launched
from gate.browser.panels import DEFAULT_ROWS

HEADING = "<tr><th>Client</th><th>Total</th></tr>"
DATA = "<tr><td>a</td><td>12</td></tr>"


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
