"""Starting the browser outside pytest, and the options that every context of the gate has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from gate import __version__
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


def context_options(
    base_url: str | None, run_id: str, browser_version: str, language: str = "es", timezone: str | None = None
) -> dict[str, Any]:
    """The app's language and time zone, and a User-Agent that names the gate and the run."""
    zone = {"timezone_id": timezone} if timezone else {}
    engine = f"AppleWebKit/537.36 Chrome/{browser_version} Safari/537.36"
    return {
        **zone,
        "base_url": base_url,
        "locale": language,
        "user_agent": f"Mozilla/5.0 (X11; Linux x86_64) {engine} release-gate/{__version__} ({run_id})",
    }
