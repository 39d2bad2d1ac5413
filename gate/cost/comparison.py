"""All panels of the base and of the change side by side: what is wrong, and what could not be compared. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from gate.cost.panel import PanelCost, judged, judged_in_all
from gate.results import Failed, Finding
from gate.target import Panel

Costs = Mapping[str, PanelCost | Failed]
_UNOPENED = "panels.unopened"


@dataclass(frozen=True)
class Comparison:
    """`findings` by panel, those of all together under "". `examined` are the statements of the panels that were held
    against the base or a budget; `uncompared` says of a panel why the base gives no measure for it."""

    findings: Mapping[str, list[Finding]]
    examined: int
    uncompared: Mapping[str, str]

    @property
    def unopened(self) -> set[str]:
        """The panels that do not open on the change."""
        return {name for name, found in self.findings.items() if any(one.id == _UNOPENED for one in found)}


def compared(
    panels: Iterable[Panel],
    before: Costs,
    after: Costs,
    in_all: tuple[int, int],
    factor: float,
    place: Callable[[str], str | None],
) -> Comparison:
    """Hold each panel's cost against the base's and its own budget; what one cost, or why it did not open, by its id.

    A panel that does not open on the base is new, or is mended by the change: that is no reason against the change,
    and nothing is said for it either. `in_all` are the rows read on the base and on the change, which compare only
    where the same panels were opened.
    """
    findings: dict[str, list[Finding]] = {}
    uncompared: dict[str, str] = {}
    examined = 0
    for panel in panels:
        was, now = before[panel.id], after[panel.id]
        if isinstance(was, Failed):
            uncompared[panel.id] = f"on the base {was.observed}"
        if isinstance(now, Failed):
            findings[panel.id] = [_unopened(panel.id, now)]
            continue
        known = None if isinstance(was, Failed) else was
        if known or panel.max_statements or panel.max_rows:
            examined += now.statements
        if wrong := judged(panel, known, now, factor, place):
            findings[panel.id] = wrong
    if not findings and not uncompared and (wrong := judged_in_all(*in_all, factor)):
        findings[""] = wrong
    return Comparison(findings, examined, uncompared)


def _unopened(panel: str, stop: Failed) -> Finding:
    return Finding(id=_UNOPENED, place=panel, expected=stop.expected, observed=stop.observed, hint=stop.hint)


def table(before: Costs, after: Costs) -> str:
    """Before and after for people: one line for each panel."""
    return "\n".join(
        f"{name}: {_told(now)} ({_told_of_the_base(before[name])})" for name, now in after.items()
    )


def _told_of_the_base(was: PanelCost | Failed) -> str:
    return f"not compared: on the base {was.observed}" if isinstance(was, Failed) else f"base: {_told(was)}"


def _told(cost: PanelCost | Failed) -> str:
    if isinstance(cost, Failed):
        return f"did not open: {cost.observed}"
    return f"{cost.statements} statements, {cost.rows} rows, {cost.took_ms} ms"
