"""The reference app as Render would run it: its own environment from its own requirements, gunicorn, a log file."""

from __future__ import annotations

import platform
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from gate.repo.environment import CleanEnvironment
from gate.repo.installer import InstallFailed, InstallImpossible
from sandbox.output import Output

READY_S = 20.0
# The gate's own, so that it is to be had wherever the gate is: the app's render.yaml asks for it.
PYTHON_VERSION = platform.python_version()


class DidNotStart(Exception):
    """The app or its environment did not come up; the message ends with its own last words."""


def environment(app: Path, cache: Path) -> Path:
    """The bin folder of an environment of the app's own requirements; built once per content, in `cache`."""
    try:
        return CleanEnvironment.build(app, "requirements.txt", cache, PYTHON_VERSION).folder / "bin"
    except (InstallFailed, InstallImpossible) as error:
        said = "\n".join(error.output.strip().splitlines()[-15:])
        raise DidNotStart(f"the app's requirements could not be installed: {error}\n{said}") from None


def seed(bin_folder: Path, app: Path, env: Mapping[str, str]) -> None:
    """Create schema and data with the app's own script."""
    _run([str(bin_folder / "python"), "seed.py"], cwd=app, env=dict(env))


@contextmanager
def serving(bin_folder: Path, app: Path, env: Mapping[str, str], output: Output, port: int) -> Iterator[str]:
    """gunicorn app:app on loopback; yields its URL once it answers anything. Ended with its workers."""
    arguments = f"--access-logfile - --bind=127.0.0.1:{port}"
    process = subprocess.Popen(
        [str(bin_folder / "gunicorn"), "app:app"],
        cwd=app,
        env={**env, "GUNICORN_CMD_ARGS": arguments, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stdout is not None
    output.follow(process.stdout)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_it_answers(process, url)
        yield url
    finally:
        process.send_signal(signal.SIGQUIT)  # the quick way: nobody waits for open connections to end
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        output.end()


def free_port(wanted: int = 0) -> int:
    """A free port on loopback; raises DidNotStart when the wanted one is taken."""
    with socket.socket() as one:
        try:
            one.bind(("127.0.0.1", wanted))
        except OSError:
            raise DidNotStart(
                f"port {wanted} is taken; name another with --port, or leave it out for a free one"
            ) from None
        return int(one.getsockname()[1])


def _wait_until_it_answers(process: subprocess.Popen[bytes], url: str) -> None:
    """Any HTTP answer will do, and so does a server that gave up: what that means is for the checks to say."""
    end = time.monotonic() + READY_S
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx.get(f"{url}/healthz", timeout=READY_S, trust_env=False)
            return
        except httpx.HTTPError:
            time.sleep(0.05)


def _run(command: list[str], **options: object) -> None:
    done = subprocess.run(command, capture_output=True, text=True, **options)  # type: ignore[call-overload]
    if done.returncode:
        said = (done.stderr or done.stdout).strip()[-1500:]
        raise DidNotStart(f"{' '.join(command[:4])} failed with {done.returncode}:\n{said}")
