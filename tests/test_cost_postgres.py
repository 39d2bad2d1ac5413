"""The cost of statements as a real Postgres counts it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from gate.booted.postgres import Server, server
from gate.cost.counters import rows_read
from gate.cost.plans import plan_of, replaying
from gate.cost.statement_log import Statement, statements

CANARY = "GATE_CANARY"
TABLES = """
CREATE SCHEMA app;
CREATE TABLE app.orders AS SELECT n AS id, n % 10 AS kind FROM generate_series(1, 1000) AS n;
CREATE TABLE app.kinds AS SELECT n AS id FROM generate_series(0, 9) AS n;
CREATE FUNCTION app.counted(wanted int) RETURNS bigint LANGUAGE plpgsql AS
$$ BEGIN RETURN (SELECT count(*) FROM app.orders WHERE kind = wanted); END $$;
"""


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    """A server of this module alone, whose folder the user may open that it runs as."""
    with tempfile.TemporaryDirectory(prefix="cp-") as folder, pytest.MonkeyPatch.context() as patch:
        Path(folder).chmod(0o755)
        patch.setenv(CANARY, "x")
        with server(Path(folder) / "pg") as one:
            yield one


@pytest.fixture(scope="module")
def url(running: Server) -> str:
    """A database with a thousand rows, measured from now on."""
    owner = running.create_database("shop")
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(TABLES)
    running.measure(["shop"])
    return owner


def test_nobody_comes_in_without_a_password_and_no_secret_is_in_it(running: Server, url: str) -> None:
    way = urlsplit(url).query
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(f"postgresql://postgres@/shop?{way}")
    with psycopg.connect(url) as owner, pytest.raises(psycopg.errors.InsufficientPrivilege):
        owner.execute("COPY app.kinds FROM PROGRAM 'env'")
    with psycopg.connect(running.superuser) as superuser:
        superuser.execute("CREATE TEMP TABLE said (line text)")
        superuser.execute("COPY said FROM PROGRAM 'env'")
        names = {line.partition("=")[0] for (line,) in superuser.execute("SELECT line FROM said")}
    assert "PATH" in names
    assert CANARY not in names


@pytest.mark.parametrize(
    ("sql", "values", "rows"),
    [
        ("SELECT * FROM orders WHERE kind = $1", ((1, "'3'"),), 1000),
        ("SELECT * FROM orders, kinds", (), 10_000),
        ("SELECT counted(id) FROM kinds", (), 10_010),  # also what the function reads
        ("DECLARE c CURSOR FOR SELECT * FROM orders", (), 1000),
        ("UPDATE orders SET kind = 0", (), 1000),
        ("SELECT 100 % 7 LIMIT $1", ((1, "'5'"),), 0),
    ],
)
def test_rows_of_a_statement(url: str, sql: str, values: tuple[tuple[int, str], ...], rows: int) -> None:
    with replaying(url, "app") as connection:
        for _ in range(2):  # the second time counts the same: nothing was changed, nothing adds up
            plan = plan_of(connection, Statement(sql, values))
            assert plan is not None
            assert plan.rows == rows
        left = connection.execute("SELECT count(*) FROM orders WHERE kind = 0").fetchone()
    assert left == (100,)


@pytest.mark.parametrize(
    "sql", ["COPY orders TO STDOUT", "SELECT * FROM nowhere", "VACUUM", "TRUNCATE orders"]
)
def test_what_cannot_be_run_by_itself_has_no_plan(url: str, sql: str) -> None:
    with replaying(url, None) as connection:
        assert plan_of(connection, Statement(sql)) is None
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (1000,)


def test_the_log_and_the_counters_tell_what_an_app_did(running: Server, url: str) -> None:
    with psycopg.connect(running.superuser_of("shop"), autocommit=True) as connection:
        connection.execute("SELECT pg_stat_reset()")
    since = running.log.stat().st_size
    with psycopg.connect(url, autocommit=True) as app:
        app.execute("SELECT id FROM app.orders WHERE kind = %s AND id::text <> %s", (3, "it's")).fetchall()
        app.execute("SELECT count(*) FROM app.kinds").fetchall()
        sent = statements(running.log.read_bytes()[since:].decode(), "shop")
        assert rows_read(running.superuser_of("shop")) == 1010
        with pytest.raises(psycopg.OperationalError):  # counted in because it was ended
            app.execute("SELECT 1")
    assert [one.sql for one in sent] == [
        "SELECT id FROM app.orders WHERE kind = $1 AND id::text <> $2",
        "SELECT count(*) FROM app.kinds",
    ]
    assert sent[0].parameters == ((1, "'3'"), (2, "'it''s'"))
