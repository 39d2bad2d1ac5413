"""Starting the browser outside pytest."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from gate.browser.executable import find_browser, launch_arguments


@contextmanager
def launched(named: str | None = None) -> Iterator[Browser]:
    """A headless browser: the one `named` by hand, else the one found. Raises BrowserNotFound."""
    found = find_browser(named)
    with sync_playwright() as playwright:
        path = str(found.path) if found.path else None
        browser = playwright.chromium.launch(executable_path=path, args=launch_arguments())
        try:
            yield browser
        finally:
            browser.close()
