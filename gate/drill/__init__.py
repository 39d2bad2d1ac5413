"""The drill: every fault of the embedded staging against the suite. Who caught it, with which verdict, how soon?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from gate.drill.faults import EXIT_CODES, ROOT, Fault, chosen, faults
from gate.drill.runs import Outcome, Runs, judge
from gate.drill.told import caught, listing, slow_ones, summary

__all__ = ["EXIT_CODES", "Fault", "Outcome", "chosen", "drill", "faults", "judge", "list_faults"]


def drill(
    names: Sequence[str] = (),
    *,
    stage: str | None = None,
    check: str | None = None,
    jobs: int = 1,
    out: Console | None = None,
    root: Path = ROOT,
) -> int:
    """Run the named faults, or all, `jobs` at a time, and print what became of each as it ends.

    The healthy runs are measured first, each alone. Ctrl-C ends every run that was begun. Returns 0 when every
    fault was caught as it must be. Reports go to reports/drill/, one folder for each fault.
    """
    out = out or Console(highlight=False)
    wanted = chosen(names, stage, faults(root), check)
    folder = root / "reports" / "drill" / f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    runs, healthy = Runs(), dict[str, Outcome]()
    outcomes: list[tuple[Fault, Outcome]] = []
    pool = ThreadPoolExecutor(jobs, thread_name_prefix="drill")
    try:
        for needed in dict.fromkeys(fault.stage for fault in wanted):
            with out.status(f"{needed} without a fault"):
                seen = healthy[needed] = judge(needed, None, folder / f"healthy-{needed}", root, runs)
            out.print(f"{needed} without a fault: {seen.verdict}, {seen.seconds:.1f} s", soft_wrap=True)
            if seen.exit_code:
                out.print(f"  {escape(seen.reason)}", soft_wrap=True)
        with out.status(f"0/{len(wanted)}") as status:
            begun = {
                pool.submit(judge, fault.stage, fault.name, folder / fault.name, root, runs): fault
                for fault in wanted
            }
            for number, done in enumerate(as_completed(begun), 1):
                fault, seen = begun[done], done.result()
                outcomes.append((fault, seen))
                out.print(caught(f"{number:>3}/{len(wanted)}", fault, seen), soft_wrap=True)
                status.update(f"{number}/{len(wanted)}")
    except KeyboardInterrupt:
        out.print("interrupted; so far:")
    finally:
        runs.end()
        pool.shutdown(cancel_futures=True)
    for line in (*summary(outcomes, healthy), *slow_ones(outcomes, healthy, jobs)):
        out.print(line, soft_wrap=True)
    missed = [fault for fault, seen in outcomes if not seen.proves(fault)]
    sick = [one for one in healthy.values() if one.exit_code]
    out.print(
        f"{len(outcomes) - len(missed)} of {len(wanted)} faults were caught as they must be; {folder}",
        soft_wrap=True,
    )
    return 1 if missed or sick or len(outcomes) < len(wanted) else 0


def list_faults(*, stage: str | None = None, check: str | None = None) -> int:
    """Print every fault by stage, of one stage or one check if given; returns 0."""
    out = Console(highlight=False)
    for line in listing(chosen((), stage, faults(ROOT), check), out.width):
        out.print(line, soft_wrap=True)
    return 0
