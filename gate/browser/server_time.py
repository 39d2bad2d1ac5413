"""How much of a panel's time was the server's, and which of the two is over its budget."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gate.results import Finding
from gate.target import Panel


@dataclass(frozen=True)
class Served:
    """One answer of the server: the path, and the milliseconds from the request to the answer's first byte.

    The way over the network and back is in it. `kind` is page or data; `ended` is False where no answer has come.
    """

    path: str
    ms: int
    kind: str = "page"
    ended: bool = True


def slowest(served: Sequence[Served], kind: str) -> Served | None:
    """The one of this kind that the server took longest for."""
    return max((one for one in served if one.kind == kind), key=lambda one: one.ms, default=None)


def over_budget(panel: Panel, took_ms: int, served: Sequence[Served]) -> list[Finding]:
    """What is over its budget: the server for each of its answers, the page as a whole. Pure."""
    findings = []
    for kind in ("page", "data"):
        one = slowest(served, kind)
        if one and panel.server_ms and one.ms > panel.server_ms:
            took = f"took {one.ms}" if one.ended else f"had not answered after {one.ms}"
            findings.append(
                Finding(
                    id="panels.server",
                    place=panel.id,
                    expected=f"the server's answer within {panel.server_ms} ms",
                    observed=f"the server {took} of {panel.server_ms} ms for {one.path}",
                    hint="look at the queries behind that path; the page itself is not what waits",
                )
            )
    if took_ms > panel.budget_ms:
        servers = sum(one.ms for kind in ("page", "data") if (one := slowest(served, kind)))
        findings.append(
            Finding(
                id="panels.budget",
                place=panel.id,
                expected=f"the page within {panel.budget_ms} ms",
                observed=f"the page took {took_ms} of {panel.budget_ms} ms; {_told(served) or 'of the server nothing'}",
                hint="look for a slow query"
                if servers * 2 > took_ms
                else "the server was quick: look at the page's scripts and at what it loads",
            )
        )
    return findings


def times(panel: Panel, took_ms: int, served: Sequence[Served]) -> str:
    """One line of evidence: the page's time and the server's, each against its budget."""
    budget = f" (of {panel.server_ms} ms)" if panel.server_ms else ""
    return f"{panel.id}: page {took_ms} of {panel.budget_ms} ms; {_told(served) or 'server not measured'}{budget}"


def _told(served: Sequence[Served]) -> str:
    parts = []
    for kind in ("page", "data"):
        if one := slowest(served, kind):
            ms = f"{one.ms} ms" if one.ended else f"{one.ms} ms without an answer"
            parts.append(f"{ms} for {one.path}")
    return f"the server {' and '.join(parts)}" if parts else ""
