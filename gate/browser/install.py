"""Finds a browser, or gets one: `python -m gate.browser.install`, run by make.

Playwright's driver, which drives them all, has to start first. Then, in this order, until one opens a page:
what find_browser() finds; Playwright's headless shell, downloaded, with the libraries it lacks; the system's
package.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from gate.browser.executable import (
    PLAYWRIGHT_SHELL,
    WAYS_OUT,
    Browser,
    BrowserNotFound,
    find_browser,
    launch_arguments,
    playwright_executable,
)
from gate.inputs import InputError
from gate.settings import gate_env_file, load_settings
from gate.setup.progress import complain, say
from gate.setup.system_packages import PackagesUnavailable, elevation, install_packages

DRIVER_PACKAGE = "libatomic1"  # the library of Playwright's driver that a minimal Debian or Ubuntu lacks
DOWNLOAD_SECONDS = 60.0
START_SECONDS = 30.0
FONTS = "fonts-liberation"  # a machine without any font shows pages without any text


class DownloadFailed(Exception):
    """Playwright's browser could not be downloaded; the message is the reason."""


def main() -> int:
    """0 when a browser opens a page; 1 after one line that says why none could be had, and the ways out."""
    try:
        browser = provide_browser(load_settings(gate_env_file()).get("GATE_BROWSER"))
    except (BrowserNotFound, InputError) as failure:
        complain(str(failure))
        return 1
    except KeyboardInterrupt:
        complain("interrupted; `make` goes on where this stopped")
        return 130
    say(f"browser: {_executable(browser)} ({browser.source})")
    return 0


def provide_browser(explicit: str | None) -> Browser:
    """A browser that was seen to open a page. One named by hand is never replaced. Raises BrowserNotFound."""
    _provide_driver()
    if explicit:
        named = find_browser(explicit)
        if not opens_a_page(_executable(named)):
            raise BrowserNotFound(
                f"GATE_BROWSER names {explicit!r}, which opens no page: correct or unset it"
            )
        return named
    if browser := _working_browser():
        return browser
    ways: tuple[Callable[[], None], ...] = (
        _get_playwrights_own,
        partial(install_packages, ["chromium-headless-shell", FONTS], "a browser"),
        partial(install_packages, ["chromium", FONTS], "a browser"),
    )
    reasons: list[str] = []
    for get in ways:
        try:
            get()
        except (DownloadFailed, PackagesUnavailable) as reason:
            reasons.append(str(reason))
            continue
        if browser := _working_browser():
            return browser
        reasons.append("what was installed opens no page")
    raise BrowserNotFound(f"no browser could be had ({'; '.join(dict.fromkeys(reasons))}): {WAYS_OUT}")


def opens_a_page(executable: Path) -> bool:
    """Whether the browser starts and renders: missing libraries and stand-ins without a browser show here."""
    with tempfile.TemporaryDirectory(prefix="gate-browser-", ignore_cleanup_errors=True) as profile:
        # Playwright starts Chromium without its sandbox too; what is proven here is what the gate does.
        flags = ["--headless", "--no-sandbox", *launch_arguments(), f"--user-data-dir={profile}"]
        page = _run_bounded(
            [str(executable), *flags, "--dump-dom", "data:text/html,<p>opened"], START_SECONDS
        )
    return page is not None and page.returncode == 0 and "<p>opened</p>" in page.stdout


def _provide_driver() -> None:
    fault = _driver_fault()
    if fault is None:
        return
    try:
        install_packages([DRIVER_PACKAGE], "a library of Playwright's driver")
    except PackagesUnavailable as reason:
        raise BrowserNotFound(
            f"Playwright's driver does not start ({fault}), and {DRIVER_PACKAGE} could not be installed "
            f"({reason}): install it yourself (apt install {DRIVER_PACKAGE})"
        ) from None
    if fault := _driver_fault():
        raise BrowserNotFound(f"Playwright's driver does not start: {fault}")


def _driver_fault() -> str | None:
    """Why Playwright's driver does not start, in its own words, or None where it does."""
    done = _run_bounded([sys.executable, "-m", "playwright", "--version"], START_SECONDS)
    if done is not None and done.returncode == 0 and done.stdout.startswith("Version"):
        return None
    lines = done.stderr.strip().splitlines() if done else []
    return lines[-1].rpartition("/")[2] if lines else "it gives no answer"


def _working_browser() -> Browser | None:
    try:
        browser = find_browser()
    except BrowserNotFound:
        return None
    return browser if opens_a_page(_executable(browser)) else None


def _executable(browser: Browser) -> Path:
    executable = browser.path or playwright_executable(*PLAYWRIGHT_SHELL)
    if executable is None:
        raise BrowserNotFound(f"Playwright's headless shell has gone: {WAYS_OUT}")
    return executable


def _get_playwrights_own() -> None:
    if not playwright_executable(*PLAYWRIGHT_SHELL):
        say(f"downloading Playwright's headless shell (at most {DOWNLOAD_SECONDS:.0f} s)")
        _download()
    if not _working_browser():
        _add_libraries()


def _download() -> None:
    command = [sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"]
    done = _run_bounded(command, DOWNLOAD_SECONDS)
    if done is None:
        raise DownloadFailed(f"Playwright's download took more than {DOWNLOAD_SECONDS:.0f} s")
    if done.returncode != 0 or not playwright_executable(*PLAYWRIGHT_SHELL):
        errors = [
            line.removeprefix("Error:").strip() for line in done.stderr.splitlines() if "Error:" in line
        ]
        named = [error for error in errors if not error.endswith("caused by")]
        reason = named[0] if named else "no reason given"
        raise DownloadFailed(f"Playwright's download failed: {reason}")


def _add_libraries() -> None:
    command = [*elevation(), sys.executable, "-m", "playwright", "install-deps", "chromium-headless-shell"]
    say(f"the libraries of Playwright's headless shell: running `{' '.join(command)}`")
    if subprocess.run(command, capture_output=True, check=False).returncode != 0:
        raise PackagesUnavailable("libraries of Playwright's headless shell could not be installed")


def _run_bounded(command: list[str], seconds: float) -> subprocess.CompletedProcess[str] | None:
    """The finished process; None where it could not start, or was ended with its children after `seconds`."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
    except OSError:
        return None
    try:
        output, errors = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end_group(process)
    return subprocess.CompletedProcess(command, process.returncode, output, errors)


def _end_group(process: subprocess.Popen[str]) -> None:
    # The whole session, also on ctrl-C: a downloader or a browser leaves children of its own behind.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return
    process.wait()


if __name__ == "__main__":
    sys.exit(main())
