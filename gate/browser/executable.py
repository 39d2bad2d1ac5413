"""Which browser the gate drives: a pure look at the disk, in a millisecond, without starting anything.

Order: the one named by hand, Playwright's own (headless shell, then full), one that the system has. Headless
shells come first: they start twice as fast and open a context almost four times as fast.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

HEADLESS_SHELLS = ("chromium-headless-shell", "chrome-headless-shell", "headless_shell")
FULL_BROWSERS = ("chromium", "google-chrome", "google-chrome-stable", "chromium-browser")
MAC_APPLICATIONS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
# Playwright's folder per browser, and where in it the executable stands: chrome-linux64/chrome and the like.
PLAYWRIGHT_SHELL = ("chromium_headless_shell", ("*/chrome-headless-shell", "*/headless_shell"))
PLAYWRIGHT_FULL = ("chromium", ("chrome-linux*/chrome", "chrome-mac*/*.app/Contents/MacOS/*"))
# Bytes. Containers give 64 MiB by default, where Chromium's tabs crash.
SMALL_SHARED_MEMORY = 256 * 1024 * 1024

WAYS_OUT = (
    "install chromium-headless-shell, chromium or Google Chrome, "
    "or name one with --browser-path or GATE_BROWSER"
)


class BrowserNotFound(Exception):
    """No browser to drive. The message says what was looked for and names the ways out."""


@dataclass(frozen=True)
class Browser:
    """A browser to launch.

    `path` is None for Playwright's own headless shell, which Playwright finds by itself, else the executable.
    `headless_shell` is True where the browser has neither windows nor a PDF viewer. `source` says to people
    where it comes from: "--browser-path or GATE_BROWSER", "Playwright", "system".
    """

    path: Path | None
    headless_shell: bool
    source: str


def find_browser(explicit: str | None = None, *, headed: bool = False) -> Browser:
    """The browser to launch; with `headed`, one that has windows.

    `explicit` is the value of --browser-path, else of GATE_BROWSER: a path, or a name on PATH. Raises
    BrowserNotFound where it leads nowhere, and where nothing is installed.
    """
    if explicit:
        return _named(explicit, headed)
    if not headed and playwright_executable(*PLAYWRIGHT_SHELL):
        return Browser(None, headless_shell=True, source="Playwright")
    if full := playwright_executable(*PLAYWRIGHT_FULL):
        return Browser(full, headless_shell=False, source="Playwright")
    names = FULL_BROWSERS if headed else HEADLESS_SHELLS + FULL_BROWSERS
    for name in (*names, *MAC_APPLICATIONS):
        if found := shutil.which(name):
            return Browser(Path(found), headless_shell=_is_headless_shell(Path(found)), source="system")
    wanted = "a browser with windows (--headed)" if headed else "a browser"
    raise BrowserNotFound(f"{wanted} was not found: run `make`, which gets one, {WAYS_OUT}")


def launch_arguments() -> list[str]:
    """Chromium's flags: no traffic of its own, nothing in the background, what this machine needs."""
    arguments = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-gpu",
        "--disable-quic",
        "--disable-sync",
        "--no-first-run",
    ]
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        arguments.append("--no-sandbox")  # Chromium refuses to start as root with its sandbox on
    if _shared_memory_is_small():
        arguments.append("--disable-dev-shm-usage")
    return arguments


def playwright_executable(browser: str, layouts: tuple[str, ...]) -> Path | None:
    """The executable Playwright downloaded for `browser`, in the revision this Playwright wants, or None.

    `layouts` are glob patterns below the browser's folder. A folder without Playwright's own mark of
    completion is a download that was cut off.
    """
    package = _playwright_package()
    if package is None:
        return None
    revision = _revision(package, browser.replace("_", "-"))
    folder = _playwright_folder(package) / f"{browser}-{revision}"
    if not (folder / "INSTALLATION_COMPLETE").exists():
        return None
    found = (path for layout in layouts for path in sorted(folder.glob(layout)))
    return next((path for path in found if os.access(path, os.X_OK)), None)


def _named(explicit: str, headed: bool) -> Browser:
    found = shutil.which(Path(explicit).expanduser())
    if not found:
        problem = "is not an executable file" if Path(explicit).expanduser().exists() else "does not exist"
        raise BrowserNotFound(
            f"--browser-path or GATE_BROWSER names {explicit!r}, which {problem}: correct it, or leave it "
            "out and let the gate look for one itself"
        )
    path = Path(found).absolute()
    if headed and _is_headless_shell(path):
        raise BrowserNotFound(
            f"--browser-path or GATE_BROWSER names {explicit!r}, a headless shell, which has no windows: "
            "leave out --headed, or name chromium or Google Chrome"
        )
    return Browser(path, headless_shell=_is_headless_shell(path), source="--browser-path or GATE_BROWSER")


def _is_headless_shell(path: Path) -> bool:
    # Debian's chromium-headless-shell is a script of that name around a binary of another: both names count.
    return any("headless" in name for name in (path.name, path.resolve().name))


def _playwright_package() -> Path | None:
    spec = importlib.util.find_spec("playwright")
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).parent / "driver" / "package"


def _revision(package: Path, browser: str) -> str | None:
    listed = json.loads((package / "browsers.json").read_text(encoding="utf-8"))["browsers"]
    return next((str(entry["revision"]) for entry in listed if entry["name"] == browser), None)


def _playwright_folder(package: Path) -> Path:
    chosen = os.environ.get("PLAYWRIGHT_BROWSERS_PATH")
    if chosen == "0":
        return package / ".local-browsers"
    if chosen:
        return Path(chosen).absolute()
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "ms-playwright"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "ms-playwright"


def _shared_memory_is_small() -> bool:
    if sys.platform == "darwin":
        return False
    try:
        memory = os.statvfs("/dev/shm")  # noqa: S108 - asked for its size, nothing is written
    except OSError:
        return True
    return memory.f_bavail * memory.f_frsize < SMALL_SHARED_MEMORY
