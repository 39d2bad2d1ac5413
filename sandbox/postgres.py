"""The sandbox's database: the app's own role, and a reader for the gate's second witness."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from gate.booted.postgres import server

APP, READER = "envios", "lector"


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A running server below `folder`; yields the app's own connection URL: role and database `envios`, a password,
    a Unix socket, no port.
    """
    with server(folder) as running:
        url = running.create_database(APP)
        running.create_role(READER, str(urlsplit(url).password))
        yield url


def grant_reading(url: str, *schemas: str) -> str:
    """Let a reader SELECT in these schemas of the app's database; returns the reader's own URL."""
    with psycopg.connect(url, autocommit=True) as connection:
        for schema in schemas:
            for grant in ("USAGE ON SCHEMA {}", "SELECT ON ALL TABLES IN SCHEMA {}"):
                what = sql.SQL(grant).format(sql.Identifier(schema))
                connection.execute(sql.SQL("GRANT {} TO {}").format(what, sql.Identifier(READER)))
    return url.replace(f"//{APP}:", f"//{READER}:", 1)


def execute(url: str, statements: Sequence[LiteralString]) -> None:
    """Run statements as the role of the URL."""
    if statements:
        with psycopg.connect(url, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)
