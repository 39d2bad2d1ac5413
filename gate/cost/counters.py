"""Postgres' own counters of rows read, for everything that was done since they were set to zero."""

from __future__ import annotations

import time

import psycopg

PATIENCE_S = 5.0


def rows_read(superuser: str) -> int:
    """Rows read from the tables of a database in all. Ends the app's connections: each counts in when it is gone."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        ended = [
            pid
            for (pid, _) in connection.execute(
                "SELECT pid, pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            )
        ]
        end = time.monotonic() + PATIENCE_S
        while (
            time.monotonic() < end
            and connection.execute("SELECT 1 FROM pg_stat_activity WHERE pid = ANY(%s)", [ended]).fetchone()
        ):
            time.sleep(0.02)
        told = connection.execute(
            "SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) FROM pg_stat_user_tables"
        ).fetchone()
    assert told is not None
    return int(told[0])
