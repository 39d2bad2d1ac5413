"""The panels: opened through the navigation, read as facts."""

from __future__ import annotations

from dataclasses import dataclass

from playwright.sync_api import Locator as Element

from gate.browser import locate
from gate.browser.visitor import Visitor
from gate.target import Locator, Panel

# A row of one cell says that there is none, but where the table has one column alone.
DEFAULT_ROWS = Locator(css="tbody tr:has(> * + *), table:has(thead):not(:has(tr > * + *)) tbody tr")

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
    """

    url: str
    shown: bool
    headings: tuple[str, ...]
    rows: int
    took_ms: int
    chart_marks: int | None
    said: str


def open_panel(visitor: Visitor, panel: Panel) -> PanelFacts:
    """Go to a panel by clicking through the navigation and read it; raises Failed on a broken page."""
    visitor.follow(panel.open)
    shown = visitor.shows(panel.proof)
    rows = locate.candidates(visitor.page, panel.rows or DEFAULT_ROWS)
    visitor.until(lambda: rows.count() > 0, settle_s=0.3 if panel.empty_ok else 0.6)
    marks = _chart(visitor, panel.chart) if panel.chart else None
    glance = visitor.look()
    return PanelFacts(
        glance.url, shown, glance.headings, rows.count(), glance.took_ms, marks, visitor.messages()
    )


def _chart(visitor: Visitor, where: Locator) -> int:
    drawn: Element = locate.candidates(visitor.page, where).first
    visitor.until(lambda: drawn.count() > 0 and drawn.evaluate(_DRAWN) != 0)
    return int(drawn.evaluate(_DRAWN)) if drawn.count() else 0
