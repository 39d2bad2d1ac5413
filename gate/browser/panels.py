"""The panels: opened through the navigation, read as facts."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator as Element

from gate.browser import locate
from gate.browser.server_time import Served
from gate.browser.visitor import Visitor
from gate.target import Locator, Panel

# A row of one cell says that there is none, but where the table has one column alone. One of headings is no data, also
# where a table without <thead> has it in its body.
DEFAULT_ROWS = Locator(
    css="tbody tr:has(> td):has(> * + *), table:has(thead):not(:has(tr > * + *)) tbody tr:has(> td)"
)

# Share of pixels that differ from the first one, sampled; -1 where the canvas cannot be read.
_DRAWN = """e => {
  if (!(e instanceof HTMLCanvasElement)) return e.querySelectorAll('path,rect,circle,line,polyline,polygon').length;
  if (!e.width || !e.height) return 0;
  try {
    const d = e.getContext('2d').getImageData(0, 0, e.width, e.height).data;
    let n = 0;
    for (let i = 0; i < d.length; i += 4 * 13)
      if (d[i] !== d[0] || d[i + 1] !== d[1] || d[i + 2] !== d[2] || d[i + 3] !== d[3]) n++;
    return n;
  } catch { return -1; }
}"""


@dataclass(frozen=True)
class PanelFacts:
    """What one panel shows. `shown`: whether what proves it is there; `chart_marks` counts what is drawn,
    None where no chart is described; `said`: the app's own messages.

    `took_ms` is until the page was loaded or, where its figures came later, until they were there; `served` are
    the server's answers meanwhile.
    """

    url: str
    shown: bool
    headings: tuple[str, ...]
    rows: int
    took_ms: int
    chart_marks: int | None
    said: str
    served: tuple[Served, ...]


def open_panel(visitor: Visitor, panel: Panel) -> PanelFacts:
    """Go to a panel by clicking through the navigation and read it; raises Failed on a broken page."""
    first = visitor.follow(panel.open)
    shown = visitor.shows(panel.proof, first)
    rows = locate.candidates(visitor.page, panel.rows or DEFAULT_ROWS)
    waited = _waited_for(visitor, lambda: rows.count() > 0, settle_s=0.3 if panel.empty_ok else 0.6)
    marks = None
    if panel.chart:
        drawn: Element = locate.candidates(visitor.page, panel.chart).first
        waited |= _waited_for(visitor, lambda: drawn.count() > 0 and drawn.evaluate(_DRAWN) != 0)
        marks = int(drawn.evaluate(_DRAWN)) if drawn.count() else 0
    complete = time.monotonic()
    if panel.server_ms:
        # Data that nothing described here waits for is the server's time all the same.
        visitor.until(lambda: not visitor.guard.unanswered(), panel.server_ms / 1000)
    since_ms = int((time.monotonic() - complete) * 1000)
    unanswered = visitor.guard.unanswered()
    glance = visitor.look()
    return PanelFacts(
        url=glance.url,
        shown=shown,
        headings=glance.headings,
        rows=rows.count(),
        took_ms=glance.at_ms - since_ms if waited else glance.took_ms,
        chart_marks=marks,
        said=visitor.messages(),
        served=(*first.served, *glance.served, *unanswered),
    )


def _waited_for(visitor: Visitor, holds: Callable[[], bool], settle_s: float = 0.6) -> bool:
    """Whether it came, and not at once."""
    return not holds() and visitor.until(holds, settle_s=settle_s)
