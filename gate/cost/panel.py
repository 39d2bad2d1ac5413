"""The cost of one panel, and whether the change makes it worse. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from gate.cost.plans import Plan
from gate.cost.statement_log import Statement, shape
from gate.results import Finding
from gate.target import Panel

# Below this much more nothing is worse: a small panel may take another look-up.
SPARE_STATEMENTS, SPARE_ROWS = 3, 200
# So many runs of the same statement with other parameters stand for all of them.
SAMPLES = 3


@dataclass(frozen=True)
class Query:
    """One statement of a panel, with the values of its first run: how often it ran, rows in all, the plan of one run.

    `plan` is None where it has none.
    """

    sql: str
    count: int
    rows: int
    plan: Plan | None


@dataclass(frozen=True)
class PanelCost:
    """Everything that opening a panel sent to the database. `took_ms` is what the browser waited."""

    queries: tuple[Query, ...]
    took_ms: int

    @property
    def statements(self) -> int:
        """How many statements it ran."""
        return sum(query.count for query in self.queries)

    @property
    def rows(self) -> int:
        """How many rows they went through."""
        return sum(query.rows for query in self.queries)


def cost_of(sent: Iterable[Statement], took_ms: int, plan: Callable[[Statement], Plan | None]) -> PanelCost:
    """Group what was sent, whatever its values, and ask for the plan of a few of each."""
    alike: dict[str, list[Statement]] = {}
    for statement in sent:
        alike.setdefault(shape(statement.sql), []).append(statement)
    queries = []
    for ones in alike.values():
        plans = [found for one in _spread(ones) if (found := plan(one)) is not None]
        rows = round(fmean(one.rows for one in plans) * len(ones)) if plans else 0
        queries.append(
            Query(ones[0].sql, len(ones), rows, max(plans, key=lambda one: one.rows, default=None))
        )
    return PanelCost(tuple(queries), took_ms)


def _spread(ones: Sequence[Statement]) -> list[Statement]:
    """The first, the middle and the last."""
    return [
        ones[rank] for rank in sorted({round(n * (len(ones) - 1) / (SAMPLES - 1)) for n in range(SAMPLES)})
    ]


def judged(
    panel: Panel,
    before: PanelCost | None,
    after: PanelCost,
    factor: float,
    place: Callable[[str], str | None],
) -> list[Finding]:
    """What is wrong with a panel's cost: more than `factor` times the base's, or over its own budget.

    `before` is None for a panel that the base does not have; `place` says where a statement stands in the source.
    """
    found = []
    for what, spare, budget, key in (
        ("statements", SPARE_STATEMENTS, panel.max_statements, "count"),
        ("rows", SPARE_ROWS, panel.max_rows, "rows"),
    ):
        now = getattr(after, what)
        was = getattr(before, what) if before else None
        worse = was is not None and now > was * factor + spare
        over = budget is not None and now > budget
        if not (worse or over):
            continue
        culprit, grown = _culprit(before if worse else None, after, key)
        allowed = f"at most {budget} {what}, its budget" if over else f"about the base's {was} {what}"
        known = place(culprit.sql)
        found.append(
            Finding(
                id=f"panels.{what}",
                place=known or panel.id,
                expected=f"{panel.id}: {allowed}",
                observed=f"{panel.id}: {now} {what}"
                + (f" (base: {was})" if was is not None else "")
                + f"; {grown}: {shortened(culprit.sql)}",
                hint=HINTS[what] + ("" if known else "; where it stands in the source is not known"),
            )
        )
    return found


def judged_in_all(before: int, after: int, factor: float) -> list[Finding]:
    """The same of all panels together, by the database's own count: what no single statement could show."""
    if after <= before * factor + SPARE_ROWS:
        return []
    return [
        Finding(
            id="panels.rows_in_all",
            place="pg_stat_user_tables",
            expected=f"about the {before} rows that opening every panel reads on the base",
            observed=f"{after} rows, though no statement that could be run by itself shows it",
            hint="look for cursors, functions of the database and temporary tables in what the panels call",
        )
    ]


HINTS = {
    "statements": "is it asked once for each row? ask for all of them in one statement",
    "rows": "look at its plan below: a join without its condition, a WHERE or an index that is gone",
}


def _culprit(before: PanelCost | None, after: PanelCost, key: str) -> tuple[Query, str]:
    """The statement that grew the most, or takes the most where nothing is before it; and how."""
    was = Counter({shape(query.sql): getattr(query, key) for query in before.queries} if before else {})
    worst = max(after.queries, key=lambda query: getattr(query, key) - was[shape(query.sql)])
    if key == "count":
        return worst, f"{worst.count} times"
    each = f" in {worst.count} runs" if worst.count > 1 else ""
    return worst, f"{worst.rows} of them{each} by"


def shortened(text: str, length: int = 160) -> str:
    """A statement in one line."""
    line = " ".join(text.split())
    return line if len(line) <= length else f"{line[: length - 3]}..."


def plans(cost: PanelCost) -> str:
    """Each statement of a panel with its plan."""
    parts = []
    for query in cost.queries:
        shown = (
            f"{query.plan.ms} ms\n{query.plan.lines}" if query.plan else "no plan: it cannot be run by itself"
        )
        parts.append(f"{query.count} × {shortened(query.sql, 400)}\n{shown}")
    return "\n\n".join(parts) or "(none)"
