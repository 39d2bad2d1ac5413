"""The browser's own dialogs: a person who means it says yes. Whoever only reads is never asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Dialog

from gate.browser.visitor import Visitor


@contextmanager
def confirming(visitor: Visitor) -> Iterator[None]:
    """While something is saved, sent or cancelled, `confirm()` of the page is answered with yes."""
    page = visitor.page
    page.on("dialog", _accept)
    try:
        yield
    finally:
        page.remove_listener("dialog", _accept)


def _accept(dialog: Dialog) -> None:
    dialog.accept()
