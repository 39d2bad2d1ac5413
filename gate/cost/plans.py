"""What a statement does when it runs: Postgres' own account of it, asked for once more (EXPLAIN ANALYZE)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.abc import Query

from gate.cost.statement_log import Statement

LIMIT_MS = 20_000
_PLANNED = re.compile(r"\(*\s*(select|with|insert|update|delete|merge|values|table|declare)\b", re.IGNORECASE)
# Also what functions read that the statement calls: no plan shows their inside.
_READ = "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_xact_user_tables"
_JOINS = ("Nested Loop", "Hash Join", "Merge Join")


@dataclass(frozen=True)
class Plan:
    """What one run of a statement did. `rows`: see rows_of. `lines` is the plan, one node a line."""

    rows: int
    ms: float
    lines: str


@contextmanager
def replaying(url: str, first_schema: str | None) -> Iterator[psycopg.Connection]:
    """A connection as the app's own role that finds its tables, and leaves nothing behind."""
    with psycopg.connect(url, autocommit=True) as connection:
        own = [
            str(name)
            for (name,) in connection.execute(
                "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema' "
                "ORDER BY nspname = %s DESC, nspname = 'public'",
                [first_schema or ""],
            )
        ]
        # The app may name its schema when it connects, which no log tells.
        path = sql.SQL(", ").join(map(sql.Identifier, own))
        connection.execute(sql.SQL("SET search_path = {}").format(path))
        connection.execute("SET max_parallel_workers_per_gather = 0")
        connection.execute("SET jit = off")
        connection.execute(sql.SQL("SET statement_timeout = {}").format(sql.Literal(LIMIT_MS)))
        yield connection


def plan_of(connection: psycopg.Connection, statement: Statement) -> Plan | None:
    """Run it once more and take it back; None for what has no plan, or cannot be run by itself."""
    if not _PLANNED.match(statement.sql):
        return None
    explain = f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.with_values()}"
    try:
        with connection.transaction(force_rollback=True):
            before = _read(connection)
            # Sent as it stands: a % in it is no placeholder where no values are given.
            told = connection.execute(cast(Query, explain.encode())).fetchone()
            read = _read(connection) - before
    except psycopg.Error:
        return None
    assert told is not None
    root: Mapping[str, Any] = told[0][0]
    return Plan(
        max(rows_of(root["Plan"]), read),
        round(float(root["Execution Time"]), 2),
        "\n".join(_lines(root["Plan"], 0)),
    )


def _read(connection: psycopg.Connection) -> int:
    """Rows that this session has read, as far as it has not yet handed them in: only a difference says something."""
    told = connection.execute(_READ).fetchone()
    assert told is not None
    return int(told[0])


def rows_of(node: Mapping[str, Any]) -> int:
    """Rows read from tables, or gone through its largest join, whichever is more.

    A join of everything with everything reads each table once and still goes through the product of both.
    """
    nodes = list(_nodes(node))
    read = sum(
        _gone_through(one) for one in nodes if "Relation Name" in one and one["Node Type"] != "ModifyTable"
    )
    joined = max((_gone_through(one) for one in nodes if one["Node Type"] in _JOINS), default=0)
    return max(read, joined)


def _gone_through(node: Mapping[str, Any]) -> int:
    removed = sum(value for key, value in node.items() if key.startswith("Rows Removed by"))
    return int((node.get("Actual Rows", 0) + removed) * node.get("Actual Loops", 0))


def _nodes(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield node
    for below in cast(Sequence[Mapping[str, Any]], node.get("Plans", ())):
        yield from _nodes(below)


def _lines(node: Mapping[str, Any], depth: int) -> Iterator[str]:
    where = f" on {node['Relation Name']}" if "Relation Name" in node else ""
    by = f" by {node['Index Name']}" if "Index Name" in node else ""
    loops = f", {node['Actual Loops']:g} times" if node.get("Actual Loops", 1) != 1 else ""
    yield f"{'  ' * depth}{node['Node Type']}{where}{by}: {_gone_through(node)} rows gone through{loops}"
    for below in node.get("Plans", ()):
        yield from _lines(below, depth + 1)
