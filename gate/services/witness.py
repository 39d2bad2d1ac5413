"""The second witness of a record: its row in Postgres, read by a connection that can only read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from gate.results import Cause, CouldNotTell
from gate.services.postgres import CONNECT_S, HINTS, STATEMENT_S, reason_of
from gate.settings import Settings
from gate.target import Database, SyncLog, Target

DATABASE_URL = "GATE_DATABASE_URL"
# What is wrong with the address or the role is for the adopter to mend; a server that does not answer is not.
_ELSEWHERE = ("refused", "timeout", "full")

Row = dict[str, Any]
_Connection = psycopg.Connection[Row]


class WhereToLook(Protocol):
    """What the witness needs to know of a run."""

    @property
    def target(self) -> Target:
        """The application under test."""

    @property
    def settings(self) -> Settings:
        """The gate's own variables."""


@dataclass(frozen=True)
class Table:
    """A table as it was found: `others` are schemas with a table of the same name."""

    schema: str
    name: str
    others: tuple[str, ...]


class Witness:
    """Reads rows of the records' table; raises CouldNotTell when the database does not answer."""

    def __init__(self, connection: _Connection, database: Database) -> None:
        self._connection = connection
        self._database = database
        self.table = self._find(database.table)

    def rows(self, number: str, schema: str | None = None) -> list[Row]:
        """The rows with this number, columns by name; in the record's own schema or another one."""
        return self._where(self._database.number, number, schema)

    def marked(self, column: str, mark: str, schema: str | None = None) -> list[Row]:
        """The rows whose `column` holds `mark` anywhere in its text."""
        return self._ask(
            sql.SQL("SELECT * FROM {} WHERE position(%s in {}::text) > 0").format(
                self._named(schema), sql.Identifier(column)
            ),
            mark,
        )

    def newest(self, log: SyncLog) -> Any:
        """The greatest value of the log's growing column, None when it is empty."""
        query = sql.SQL("SELECT max({}) AS newest FROM {}").format(
            sql.Identifier(log.newest), self._beside(log.table)
        )
        return self._ask(query)[0]["newest"]

    def logged_after(self, log: SyncLog, newest: Any) -> list[Row]:
        """The log's rows above `newest`, oldest first."""
        column, table = sql.Identifier(log.newest), self._beside(log.table)
        if newest is None:
            return self._ask(sql.SQL("SELECT * FROM {} ORDER BY {}").format(table, column))
        query = sql.SQL("SELECT * FROM {} WHERE {} > %s ORDER BY {}").format(table, column, column)
        return self._ask(query, newest)

    def _where(self, column: str, value: str, schema: str | None) -> list[Row]:
        query = sql.SQL("SELECT * FROM {} WHERE {}::text = %s").format(
            self._named(schema), sql.Identifier(column)
        )
        return self._ask(query, value)

    def _named(self, schema: str | None) -> sql.Composable:
        return sql.Identifier(schema or self.table.schema, self.table.name)

    def _beside(self, table: str) -> sql.Composable:
        return sql.Identifier(self.table.schema, table)

    def _find(self, name: str) -> Table:
        """The table of this name in the declared schema, else in the search path, else the only one."""
        found = self._ask(
            "SELECT n.nspname AS schema, pg_table_is_visible(c.oid) AS visible"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relname = %s AND c.relkind IN ('r', 'p', 'v', 'm')"
            " AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')"
            " ORDER BY n.nspname",
            name,
        )
        names = [str(row["schema"]) for row in found]
        visible = [str(row["schema"]) for row in found if row["visible"]]
        wanted = self._database.schema_name
        if wanted is None:
            wanted = visible[0] if visible else names[0] if len(names) == 1 else None
        if wanted not in names:
            readable = ", ".join(names) or "no schema"
            raise CouldNotTell(
                f"one readable table {name!r}" + (f" in the schema {wanted!r}" if wanted else ""),
                f"the role of {DATABASE_URL} can read one in: {readable}",
                "correct [database] table and schema in target.toml, or grant the role SELECT on it",
                cause=Cause.CONFIGURATION,
            )
        return Table(str(wanted), name, tuple(one for one in names if one != wanted))

    def _ask(self, query: str | sql.Composable, *values: object) -> list[Row]:
        try:
            return self._connection.execute(query, values).fetchall()  # type: ignore[arg-type]
        except psycopg.Error as error:
            raise CouldNotTell(
                "the database to answer the gate's question",
                " ".join(str(error).split())[:300],
                "correct [database] in target.toml, or what the role may read",
                cause=Cause.CONFIGURATION,
            ) from None


@contextmanager
def open_witness(run: WhereToLook, candidate: str | None = None) -> Iterator[Witness]:
    """Connect as the gate's own role, read only; raises CouldNotTell when that is not possible.

    `candidate` is the URL of the database of a candidate that runs on this machine, to look there instead: its schema
    is found, not declared.
    """
    database = run.target.database
    assert database is not None
    if candidate:
        database = database.model_copy(update={"schema_name": None})
    url = candidate or run.settings.get(DATABASE_URL)
    if url is None:
        raise CouldNotTell(
            "a connection that may read the records' table",
            f"{DATABASE_URL} is not set",
            "make a role that can only SELECT and set it, or name the check in not_proven with a reason",
            cause=Cause.CONFIGURATION,
        )
    try:
        connection = psycopg.connect(
            re.sub(r"^postgres(ql)?\+\w+:", "postgresql:", url),
            connect_timeout=CONNECT_S,
            tcp_user_timeout=STATEMENT_S * 1000,
            application_name="release-gate",
            autocommit=True,
            row_factory=dict_row,
        )
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        reason = reason_of(said)
        raise CouldNotTell(
            f"{DATABASE_URL} to connect",
            said[:300],
            HINTS[reason],
            cause=Cause.THIRD_PARTY if reason in _ELSEWHERE else Cause.CONFIGURATION,
        ) from None
    with connection:
        # As statements: a connection pooler refuses them as startup options.
        connection.execute(f"SET statement_timeout = '{STATEMENT_S}s'")
        connection.execute("SET default_transaction_read_only = on")
        yield Witness(connection, database)
