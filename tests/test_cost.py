"""What a panel costs the database: the log, the plans, the comparison, and where a statement stands. No app runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from gate.cost.comparison import compared, table
from gate.cost.panel import PanelCost, Query, cost_of, judged, judged_in_all, plans, shortened
from gate.cost.plans import Plan, rows_of
from gate.cost.source_place import finder
from gate.cost.statement_log import Statement, shape, statements
from gate.repo.python_source import parse
from gate.results import Failed
from gate.target import Panel

LOG = """\
gate|candidate|LOG:  execute <unnamed>: ~
\t    SELECT estado
\t    FROM envios WHERE id = $1 AND nota = $2
gate|base|LOG:  statement: SELECT 'of the base'
gate|base|DETAIL:  Parameters: $1 = 'of the base'
gate|candidate|DETAIL:  Parameters: $1 = '7', $2 = 'it''s
\ttwo lines, $1 = ''x'''
gate|candidate|LOG:  statement: BEGIN
gate|candidate|LOG:  execute _pg3_0/C_1: SELECT 2; ~
gate|candidate|LOG:  statement: SET search_path TO x
gate|candidate|LOG:  statement: select pg_catalog.version()
gate|candidate|LOG:  statement: ~
gate|candidate|LOG:  duration: 3 ms
gate||LOG:  checkpoint starting: time
gate|candidate|ERROR:  relation "x" does not exist at character 15
gate|candidate|STATEMENT:  SELECT * FROM x
gate|candidate|LOG:  execute <unnamed>: SELECT $1::int
gate|candidate|DETAIL:  Parameters: $1 = NULL
""".replace("~", "")  # a blank at the end of a line is there


def test_the_statements_of_one_database_without_the_housekeeping() -> None:
    assert statements(LOG, "candidate") == [
        Statement(
            "SELECT estado\n    FROM envios WHERE id = $1 AND nota = $2",
            ((1, "'7'"), (2, "'it''s\ntwo lines, $1 = ''x'''")),
        ),
        Statement("SELECT 2;"),
        Statement("SELECT $1::int", ((1, "NULL"),)),
    ]
    assert [one.sql for one in statements(LOG, "base")] == ["SELECT 'of the base'"]
    assert statements(LOG, "other") == []


@pytest.mark.parametrize(
    ("sql", "values", "sent"),
    [
        ("SELECT $1, $2", ((1, "'a'"), (2, "NULL")), "SELECT 'a', NULL"),
        ("SELECT '$1', \"$1\", $1", ((1, "'a'"),), "SELECT '$1', \"$1\", 'a'"),
        ("SELECT 'it''s $1', $11", ((1, "'a'"), (11, "'b'")), "SELECT 'it''s $1', 'b'"),
        ("SELECT $1", ((1, "'$2'"), (2, "'b'")), "SELECT '$2'"),
        ("SELECT $3", (), "SELECT $3"),
    ],
)
def test_parameters_written_in(sql: str, values: tuple[tuple[int, str], ...], sent: str) -> None:
    assert Statement(sql, values).with_values() == sent


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("SELECT a FROM t WHERE id = $1", "select a\n from t where id = 12;", True),
        ("SELECT a FROM t WHERE n = 'it''s'", "SELECT a FROM t WHERE n = %(name)s", True),
        ("SELECT a::int FROM t WHERE id = :id", "SELECT a::int FROM t WHERE id = 1.5", True),
        ("SELECT a FROM t WHERE id IN (1, 2, 3)", "SELECT a FROM t WHERE id IN (%s)", True),
        ("SELECT a FROM t1", "SELECT a FROM t2", False),
        ("SELECT a::int FROM t", "SELECT a::text FROM t", False),
    ],
)
def test_statements_that_differ_in_their_values_alone_are_alike(one: str, other: str, alike: bool) -> None:
    assert (shape(one) == shape(other)) == alike


def scan(rows: float, loops: int = 1, removed: int = 0) -> dict[str, Any]:
    return {
        "Node Type": "Seq Scan",
        "Relation Name": "t",
        "Actual Rows": rows,
        "Actual Loops": loops,
        "Rows Removed by Filter": removed,
    }


def over(kind: str, rows: float, *below: Mapping[str, Any], **more: int) -> dict[str, Any]:
    return {"Node Type": kind, "Actual Rows": rows, "Actual Loops": 1, "Plans": list(below), **more}


@pytest.mark.parametrize(
    ("plan", "rows"),
    [
        (scan(2000), 2000),
        (scan(5, removed=1995), 2000),
        (scan(10, loops=12), 120),
        (over("Sort", 2000, scan(2000)), 2000),  # sorting reads nothing more
        (over("Hash Join", 2000, scan(2000), over("Hash", 50, scan(50))), 2050),
        (over("Nested Loop", 100_000, scan(2000), over("Materialize", 50, scan(50))), 100_000),
        (over("Nested Loop", 3, scan(10), scan(10), **{"Rows Removed by Join Filter": 97}), 100),
        (over("Function Scan", 12), 0),
        ({"Node Type": "Seq Scan", "Relation Name": "t"}, 0),  # never executed
    ],
)
def test_rows_read_or_gone_through_a_join(plan: Mapping[str, Any], rows: int) -> None:
    assert rows_of(plan) == rows


def plan(rows: int) -> Plan:
    return Plan(rows, 1.0, f"Seq Scan on t: {rows} rows gone through")


def test_a_few_runs_stand_for_all_of_the_same_statement() -> None:
    asked = []

    def plan_of(statement: Statement) -> Plan | None:
        asked.append(statement)
        return plan(int(statement.parameters[0][1])) if statement.parameters else None

    sent = [Statement("SELECT $1", ((1, str(n)),)) for n in range(101)]
    cost = cost_of([*sent, Statement("COPY t TO STDOUT")], 40, plan_of)
    assert [one.parameters[0][1] for one in asked if one.parameters] == ["0", "50", "100"]
    assert (cost.statements, cost.rows, cost.took_ms) == (102, 101 * 50, 40)
    assert [(one.sql, one.count, one.plan is None) for one in cost.queries] == [
        ("SELECT $1", 101, False),
        ("COPY t TO STDOUT", 1, True),
    ]
    assert "no plan" in plans(cost)


def costs(count: int, rows: int, sql: str = "SELECT 1 FROM t") -> PanelCost:
    return PanelCost((Query("SELECT who", 1, 1, plan(1)), Query(sql, count, rows, plan(rows))), 5)


def a_panel(**budget: int) -> Panel:
    return Panel.model_validate({"id": "ventas", "open": ["Ventas"], "heading": "Ventas", **budget})


@pytest.mark.parametrize(
    ("before", "after", "budget", "said"),
    [
        (costs(1, 2000), costs(1, 2000), {}, []),
        (costs(1, 2000), costs(4, 3200), {}, []),  # 2 x 1.5 + 3 = 6 statements, 2001 x 1.5 + 200 rows
        (costs(1, 2000), costs(6, 2000), {}, ["ventas: 7 statements (base: 2); 6 times: SELECT 1 FROM t"]),
        (
            costs(1, 2000),
            costs(1, 3300),
            {},
            ["ventas: 3301 rows (base: 2001); 3300 of them by: SELECT 1 FROM t"],
        ),
        (
            costs(10, 100),
            costs(10, 100),
            {"max_statements": 10},
            ["ventas: 11 statements (base: 11); 10 times: SELECT 1 FROM t"],
        ),
        (costs(1, 2000), costs(1, 2000), {"max_rows": 2001, "max_statements": 2}, []),
        (
            None,
            costs(1, 9000),
            {"max_rows": 5000},
            ["ventas: 9001 rows; 9000 of them by: SELECT 1 FROM t"],
        ),
        (None, costs(50, 9000), {}, []),  # a new panel without a budget of its own
    ],
)
def test_worse_than_the_base_or_over_the_budget(
    before: PanelCost | None, after: PanelCost, budget: dict[str, int], said: list[str]
) -> None:
    found = judged(a_panel(**budget), before, after, 1.5, lambda sql: "ventas.py:7")
    assert [one.observed for one in found] == said
    assert all(one.place == "ventas.py:7" for one in found)


def test_where_it_stands_is_said_only_where_it_is_known() -> None:
    (found,) = judged(a_panel(), costs(1, 10), costs(1, 9000), 1.5, lambda sql: None)
    assert found.place == "ventas"
    assert "is not known" in found.hint


@pytest.mark.parametrize(("before", "after", "wrong"), [(1000, 1700, 0), (1000, 1701, 1), (0, 200, 0)])
def test_rows_of_all_panels_together(before: int, after: int, wrong: int) -> None:
    assert len(judged_in_all(before, after, 1.5)) == wrong


NO_LINK = Failed("a link 'New'", "no such link")
OTHER = Panel(id="other", open=("O",), heading="O")


@pytest.mark.parametrize(
    ("before", "after", "budget", "wrong", "examined", "uncompared"),
    [
        # Both open everywhere: the whole is compared too.
        (costs(1, 10), costs(1, 10), {}, {""}, 4, set()),
        # New, or mended: neither it nor the whole has a measure.
        (NO_LINK, costs(40, 9000), {}, set(), 2, {"ventas"}),
        # Its own budget holds all the same.
        (NO_LINK, costs(40, 9000), {"max_rows": 10_000}, set(), 43, {"ventas"}),
        (NO_LINK, costs(40, 9000), {"max_rows": 5000}, {"ventas"}, 43, {"ventas"}),
        # What the change does not show is the change's, whatever the base shows.
        (costs(1, 10), NO_LINK, {}, {"ventas"}, 2, set()),
        (NO_LINK, NO_LINK, {}, {"ventas"}, 2, {"ventas"}),
    ],
)
def test_what_the_base_cannot_measure_is_told_and_blames_nobody(
    before: PanelCost | Failed,
    after: PanelCost | Failed,
    budget: dict[str, int],
    wrong: set[str],
    examined: int,
    uncompared: set[str],
) -> None:
    seen = compared(
        [a_panel(**budget), OTHER],
        {"ventas": before, "other": costs(1, 10)},
        {"ventas": after, "other": costs(1, 10)},
        (1000, 100_000),
        1.5,
        lambda sql: None,
    )
    assert (set(seen.findings), seen.examined, set(seen.uncompared)) == (wrong, examined, uncompared)


def test_a_table_for_people() -> None:
    said = table(
        {"ventas": costs(1, 10), "new": NO_LINK, "old": costs(1, 10)},
        {"ventas": costs(2, 20), "new": costs(1, 10), "old": NO_LINK},
    )
    assert said == (
        "ventas: 3 statements, 21 rows, 5 ms (base: 2 statements, 11 rows, 5 ms)\n"
        "new: 2 statements, 11 rows, 5 ms (not compared: on the base no such link)\n"
        "old: did not open: no such link (base: 2 statements, 11 rows, 5 ms)"
    )
    assert shortened("SELECT\n  " + "x" * 300).endswith("...")
    assert len(shortened("x" * 300)) == 160


SOURCE = b'''
LIST = """
    SELECT id, name
    FROM clients WHERE id = %(id)s
"""
def panel(kind):
    db.rows("SELECT count(*) FROM orders WHERE kind = %s AND day > :day::date", kind)
    db.rows(f"SELECT total FROM {kind}_totals ORDER BY total")
    db.rows("SELECT amount FROM invoices" + (" WHERE kind = %s" if kind else ""))
    db.rows("SELECT " + kind)
'''


@pytest.mark.parametrize(
    ("sent", "place"),
    [
        ("SELECT id, name\n    FROM clients WHERE id = $1", "panel.py:3"),
        ("SELECT count(*) FROM orders WHERE kind = $1 AND day > $2::date", "panel.py:7"),
        ("select total from ventas_totals order by total", "panel.py:8"),
        ("SELECT amount FROM invoices WHERE kind = $1", "panel.py:9"),
        ("SELECT count(*) FROM orders WHERE kind = 'a' AND day > '2026-01-01'::date", "panel.py:7"),
        ("SELECT nothing FROM anywhere", None),
        ("SELECT x", None),
    ],
)
def test_where_a_statement_stands_in_the_source(sent: str, place: str | None) -> None:
    find = finder(parse({"panel.py": SOURCE, "tests/test_panel.py": b'X = "SELECT nothing FROM anywhere"'}))
    assert find(sent) == place
