"""What a browser was told about cookies, and what it made of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Error, Response

from gate.browser.visitor import Visitor


def set_cookie_lines(visitor: Visitor) -> Callable[[], list[str]]:
    """Listen from now on; the call that is returned gives every Set-Cookie line of the app's answers so far."""
    heard: list[Response] = []
    visitor.context.on("response", lambda response: heard.append(response))

    def lines() -> list[str]:
        said = []
        for response in heard:
            if response.url.startswith(visitor.base_url):
                with suppress(Error):
                    said += response.header_values("set-cookie")
        return said

    return lines


def expiry_of(state: str, name: str, at: float) -> float | None:
    """Seconds that a stored session's cookie had to live at the time `at`; None for as long as the browser."""
    stored = json.loads(Path(state).read_text(encoding="utf-8"))["cookies"]
    ends = next((float(one["expires"]) for one in stored if one["name"] == name), -1.0)
    return None if ends < 0 else ends - at
