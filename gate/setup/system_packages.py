"""The system's own packages, through apt-get: what Debian and Ubuntu ship apart, and a browser."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence

from gate.setup.progress import say


class PackagesUnavailable(Exception):
    """apt-get could not install; the message is the reason, short enough to stand inside a sentence."""


def install_packages(packages: Sequence[str], purpose: str) -> None:
    """Install `packages`; `purpose` ("Python's venv module") is said before anything happens.

    Uses sudo only where this is not root, and says the command first. Raises PackagesUnavailable.
    """
    if not shutil.which("apt-get"):
        raise PackagesUnavailable("there is no apt-get here")
    elevate = elevation()
    apt = [*elevate, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"]
    install = ["install", "-y", "--no-install-recommends", *packages]
    say(f"{purpose}: running `{' '.join([*elevate, 'apt-get', *install])}`")
    # Lists that cannot be renewed may still hold the package: only the installation decides.
    subprocess.run([*apt, "update"], capture_output=True, check=False)
    done = subprocess.run([*apt, *install], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PackagesUnavailable(_last_error(done.stderr) or f"apt-get ended with {done.returncode}")


def elevation() -> list[str]:
    """What a command that changes the system starts with: nothing for root, else sudo.

    Raises PackagesUnavailable where there is neither.
    """
    if os.geteuid() == 0:
        return []
    if not shutil.which("sudo"):
        raise PackagesUnavailable("this is not root, and there is no sudo")
    # Nobody could answer a question for a password here: better a refusal than a hanging job.
    return ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]


def _last_error(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    named = [line[2:].strip() for line in lines if line.startswith("E:")]
    return (named or lines or [""])[0]
