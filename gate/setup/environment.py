"""Creates .venv and installs the pinned requirements: `python3 -m gate.setup.environment`, run by make.

It runs on the system's Python before anything is installed: standard library only.
"""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

from gate.setup.progress import complain, say
from gate.setup.system_packages import PackagesUnavailable, install_packages

OLDEST = (3, 11)
ENVIRONMENT = Path(".venv")
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")


class SetupFailed(Exception):
    """The environment cannot be made. The message says what is wrong and what to do."""


def main() -> int:
    """0 when .venv stands with everything in it; 1 after one line that says what is missing."""
    try:
        _create()
        _install()
    except SetupFailed as failure:
        complain(str(failure))
        return 1
    except KeyboardInterrupt:
        complain("interrupted; `make` goes on where this stopped")
        return 130
    return 0


def _create() -> None:
    if _environment_works():
        return
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
        _install_venv()
    say(f"creating {ENVIRONMENT} with Python {'.'.join(map(str, sys.version_info[:3]))}")
    # In a process of its own: this one may have been started before ensurepip was installed.
    done = _run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)])
    if done.returncode != 0:
        raise SetupFailed(f"{ENVIRONMENT} could not be created: {_last_line(done)}")


def _environment_works() -> bool:
    python = ENVIRONMENT / "bin" / "python"
    probe = f"import pip, sys; sys.exit(sys.version_info < {OLDEST})"
    return python.exists() and _run([str(python), "-c", probe]).returncode == 0


def _install_venv() -> None:
    package = f"python3.{sys.version_info.minor}-venv"
    try:
        install_packages([package], "Python's venv module, which Debian and Ubuntu ship apart")
    except PackagesUnavailable as reason:
        raise SetupFailed(
            f"Python's venv module is missing and could not be installed ({reason}): "
            f"install {package} yourself (apt install {package}), "
            "or name a Python that has it: make PYTHON=/path/to/python3"
        ) from None


def _install() -> None:
    say("installing the pinned requirements")
    python = str(ENVIRONMENT / "bin" / "python")
    listed = [argument for name in REQUIREMENTS for argument in ("-r", name)]
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]
    if _install_with_uv(python, pip, listed):
        return
    done = _run([*pip, *listed])
    if done.returncode != 0:
        raise SetupFailed(
            f"the requirements could not be installed: {_last_line(done)}. "
            "Is the package index within reach (see `pip config list`)?"
        )


def _install_with_uv(python: str, pip: list[str], listed: list[str]) -> bool:
    """Whether uv, some seven times as fast as pip, did the work.

    uv does not read pip's configuration: where that names an index of its own, or where uv reaches none, pip
    does it.
    """
    configured = _run([python, "-m", "pip", "config", "list"]).stdout
    if re.search(r"\.(index-url|no-index)=", configured):
        return False
    pin = re.search(r"^uv==\S+", Path(REQUIREMENTS[0]).read_text(encoding="utf-8"), re.MULTILINE)
    if pin is None or _run([*pip, pin.group()]).returncode != 0:
        return False
    uv = str(ENVIRONMENT / "bin" / "uv")
    # The system's certificates, as pip takes them: behind a company's proxy uv's own would not do.
    install = [uv, "pip", "install", "--quiet", "--system-certs", "--compile-bytecode", "--python", python]
    return _run([*install, *listed]).returncode == 0


def _run(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _last_line(done: subprocess.CompletedProcess[str]) -> str:
    lines = [line.strip() for line in (done.stderr + done.stdout).splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR:")]
    return (errors or lines or [f"exit status {done.returncode}"])[-1]


if __name__ == "__main__":
    sys.exit(main())
