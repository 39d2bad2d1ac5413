"""The words of the drill: its list of faults and its results, as lines that cut no name at any width. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from rich.markup import escape

from gate.drill.faults import EXIT_CODES, Fault
from gate.drill.runs import Outcome

SLOW = 1.5  # times the healthy run, beyond the fault's own slowness: a broken app is judged as soon as a healthy one
_MARKS = {True: "[green]caught[/]", False: "[red]MISSED[/]"}


def listing(known: Sequence[Fault], width: int) -> Iterator[str]:
    """Every fault below its stage: name and owner on a line, then what is broken."""
    for stage in dict.fromkeys(fault.stage for fault in known):
        own = [fault for fault in known if fault.stage == stage]
        yield f"[bold]{stage}[/] ({len(own)})"
        for fault in own:
            verdict = "" if fault.verdict == "NO-GO" else f"  {fault.verdict}"
            yield f"  [bold]{fault.name}[/]  {fault.caught_by}{verdict}"
            for line in textwrap.wrap(fault.title, max(width - 6, 20), break_on_hyphens=False):
                yield f"      {escape(line)}"
        yield ""


def caught(number: str, fault: Fault, seen: Outcome) -> str:
    """One line as a run ends."""
    return f"{number} {_MARKS[seen.proves(fault)]} {fault.name:<28} {escape(seen.reason)}"


def summary(outcomes: Sequence[tuple[Fault, Outcome]], healthy: Mapping[str, Outcome]) -> Iterator[str]:
    """One line for each fault; two for one that was missed, with what was expected and what was seen."""
    longest = max((len(fault.name) for fault, _ in outcomes), default=0)
    for fault, seen in outcomes:
        ratio = _ratio(fault, seen, healthy)
        times = f"[yellow]{ratio:>4.1f}×[/]" if ratio > SLOW else f"{ratio:>4.1f}×"
        told = fault.caught_by if fault.verdict == "NO-GO" else f"{fault.caught_by}  {fault.verdict}"
        yield f"{_MARKS[seen.proves(fault)]} {fault.name:<{longest}} {seen.seconds:>6.1f} s {times}  {told}"
        if not seen.proves(fault):
            yield (
                f"       expected {fault.verdict} by {fault.caught_by} (exit {EXIT_CODES[fault.verdict]}), "
                f"[red]seen {escape(seen.verdict)} by {escape(seen.root_cause)} (exit {seen.exit_code})[/]"
            )


def slow_ones(
    outcomes: Sequence[tuple[Fault, Outcome]], healthy: Mapping[str, Outcome], jobs: int
) -> Iterator[str]:
    """Those that took long beside the healthy run and their own slowness, the longest first; else that none did."""
    ratios = {fault.name: _ratio(fault, seen, healthy) for fault, seen in outcomes}
    slow = sorted((name for name, ratio in ratios.items() if ratio > SLOW), key=lambda name: -ratios[name])
    together = f" ({jobs} at a time, the healthy run alone)" if jobs > 1 else ""
    beyond = f"{SLOW} times the healthy run beyond the fault's own slowness{together}"
    if not slow:
        yield f"none took over {beyond}"
    else:
        yield f"{len(slow)} took over {beyond}:"
        yield from (f"  {name} {ratios[name]:.1f}×" for name in slow)


def _ratio(fault: Fault, seen: Outcome, healthy: Mapping[str, Outcome]) -> float:
    usual = healthy[fault.stage].seconds
    return max(0.0, seen.seconds - fault.own_s) / usual if usual else 0.0
