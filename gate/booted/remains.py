"""What still runs of a version of the app that was started here, and its folder: ended and removed."""

from __future__ import annotations

import contextlib
import shutil
import signal
from pathlib import Path

import psutil

_ORDERLY_S = 3.0


def clear(folder: Path) -> None:
    """End every process of `folder` and remove it; nothing happens where there is neither."""
    processes = _of(folder)
    for one in processes:
        with contextlib.suppress(psutil.Error):
            one.send_signal(
                signal.SIGQUIT
            )  # Postgres and gunicorn end at once, and clear up after themselves
    _, alive = psutil.wait_procs(processes, _ORDERLY_S)
    for one in {*alive, *_of(folder)}:
        with contextlib.suppress(psutil.Error):
            one.kill()
    shutil.rmtree(folder, ignore_errors=True)


def _of(folder: Path) -> list[psutil.Process]:
    """Those whose command line names something of the folder, as Postgres's does, or whose home lies there."""
    found = []
    for one in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = [*one.cmdline(), f"{one.environ().get('HOME', '')}/"]
            if any(f"{folder}/" in word or word == str(folder) for word in words):
                found.append(one)
    return found
