"""What a browser was told about cookies."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from playwright.sync_api import Error, Response

from gate.browser.visitor import Visitor


def set_cookie_lines(visitor: Visitor) -> Callable[[], list[str]]:
    """Listen from now on; the call that is returned gives every Set-Cookie line of the app so far."""
    heard: list[Response] = []
    visitor.context.on("response", lambda response: heard.append(response))

    def lines() -> list[str]:
        said: list[str] = []
        for response in heard:
            if response.url.startswith(visitor.base_url):
                with suppress(Error):
                    said += response.header_values("set-cookie")
        return said

    return lines
