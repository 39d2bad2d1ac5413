"""The sync, started on its page as a person does, and what the app says of it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gate.browser.dialogs import confirming
from gate.browser.shipments import DOCUMENT
from gate.browser.visitor import Visitor
from gate.results import Failed
from gate.target import Sync
from gate.values import normal

_SETTLED_S = 1.0


@dataclass(frozen=True)
class Synced:
    """What the app said of one sync: its words, and the counts in them by group of sync.done."""

    said: str
    counts: dict[str, int]


def run_sync(visitor: Visitor, sync: Sync) -> Synced:
    """Start the sync on its page, which is open, and wait for the app's word on it.

    Raises Failed when the app reports an error, says nothing in time, or says something else.
    """
    done = re.compile(sync.done)
    error = normal(sync.error) if sync.error else None

    def told() -> bool:
        text = visitor.text()
        return done.search(text) is not None or (error is not None and error in text)

    with visitor.check.step("Run the sync"), confirming(visitor):
        visitor.page.set_default_navigation_timeout(sync.within_s * 1000)
        before = visitor.page.evaluate(DOCUMENT)
        visitor.click(sync.submit)
        # A page that came as the answer says it all; one that stayed may still be waiting for its own script.
        answered = visitor.page.evaluate(DOCUMENT) != before
        visitor.until(told, sync.within_s, settle_s=_SETTLED_S if answered else sync.within_s)
        visitor.look()
    found = done.search(visitor.text())
    if found is None:
        said = visitor.messages() or visitor.text()[:200]
        reported = error is not None and error in visitor.text()
        raise Failed(
            f"a sync that ends with {sync.done!r}",
            f"the app reports: {said}" if reported else f"the page says: {said}",
            "look at the files behind the links first, then at the code that reads them and at Graph's answers"
            if reported
            else "look in the app's log; if its wording was changed on purpose, change sync.done",
        )
    return Synced(found.group(0), {name: _number(text) for name, text in found.groupdict().items()})


def _number(text: str | None) -> int:
    return int(re.sub(r"\D", "", text or "") or 0)
