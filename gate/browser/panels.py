"""The panels: opened through the navigation, read as facts."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image
from playwright.sync_api import Locator as Element

from gate.browser import locate
from gate.browser.chart_data import heard
from gate.browser.server_time import Served
from gate.browser.settling import SETTLED_S
from gate.browser.visitor import Visitor
from gate.target import Locator, Panel

# A row of one cell says that there is none, but where the table has one column alone. One of headings is no data, also
# where a table without <thead> has it in its body.
DEFAULT_ROWS = Locator(
    css="tbody tr:has(> td):has(> * + *), table:has(thead):not(:has(tr > * + *)) tbody tr:has(> td)"
)

# Shapes of an SVG, or sampled pixels of a canvas that differ from its first one; -1 where only a look can tell: an
# image, a canvas whose pixels no script may read (drawn by WebGL, or with pictures of another site).
_DRAWN = """e => {
  if (e instanceof HTMLImageElement) return e.complete && e.naturalWidth ? -1 : 0;
  const shapes = e.querySelectorAll('path,rect,circle,line,polyline,polygon').length;
  const canvases = e instanceof HTMLCanvasElement ? [e] : [...e.querySelectorAll('canvas')];
  let n = 0;
  for (const one of canvases) {
    if (!one.width || !one.height) continue;
    try {
      const d = one.getContext('2d').getImageData(0, 0, one.width, one.height).data;
      for (let i = 0; i < d.length; i += 4 * 13)
        if (d[i] !== d[0] || d[i + 1] !== d[1] || d[i + 2] !== d[2] || d[i + 3] !== d[3]) n++;
    } catch { return -1; }
  }
  return shapes + n;
}"""
_FRAME_PX = 4  # of a picture of a chart: its border is not drawn by its data


@dataclass(frozen=True)
class PanelFacts:
    """What one panel shows. `shown`: whether what proves it is there; `chart_marks` counts what is drawn,
    None where no chart is described; `said`: the app's own messages; `no_data`: why the chart has no data.

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
    no_data: str
    served: tuple[Served, ...]


def open_panel(visitor: Visitor, panel: Panel) -> PanelFacts:
    """Go to a panel by clicking through the navigation and read it; raises Failed on a broken page."""
    with heard(visitor.context, panel.chart_data) as data:
        first = visitor.follow(panel.open)
        shown = visitor.shows(panel.proof, first)
        rows = locate.candidates(visitor.page, panel.rows or DEFAULT_ROWS)
        waited = _waited_for(visitor, lambda: rows.count() > 0, settle_s=0.3 if panel.empty_ok else SETTLED_S)
        marks = None
        if panel.chart:
            drawn: Element = locate.candidates(visitor.page, panel.chart).first
            waited |= _waited_for(visitor, lambda: marks_of(drawn) > 0)
            marks = marks_of(drawn)
        if data:
            waited |= _waited_for(visitor, lambda: data.came)
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
        no_data=data.missing() if data else "",
        served=(*first.served, *glance.served, *unanswered),
    )


def marks_of(chart: Element) -> int:
    """How much is drawn in a chart, an SVG, canvas or image or what holds one: 0 when it is blank or not there."""
    if not chart.count():
        return 0
    marks = int(chart.evaluate(_DRAWN))
    if marks >= 0:
        return marks
    return _unlike_the_ground(chart.screenshot()) if chart.is_visible() else 0


def _unlike_the_ground(picture: bytes) -> int:
    """The pixels of a picture that do not have its commonest colour."""
    with Image.open(io.BytesIO(picture)) as opened:
        width, height = opened.size
        if min(width, height) <= 2 * _FRAME_PX:
            return 0
        inside = opened.convert("RGB").crop((_FRAME_PX, _FRAME_PX, width - _FRAME_PX, height - _FRAME_PX))
    pixels = inside.width * inside.height
    colours = inside.getcolors(pixels) or [(pixels, None)]
    return pixels - max(count for count, _ in colours)


def _waited_for(visitor: Visitor, holds: Callable[[], bool], settle_s: float = SETTLED_S) -> bool:
    """Whether it came, and not at once."""
    return not holds() and visitor.until(holds, settle_s=settle_s)
