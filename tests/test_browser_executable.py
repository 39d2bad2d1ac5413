"""Which browser is found: by hand, Playwright's, the system's; and what is said when there is none."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from gate.browser import executable
from gate.browser.executable import Browser, BrowserNotFound, find_browser, launch_arguments

REVISION = "7"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without any browser: `bin` is the only folder on PATH, `cache` is Playwright's."""
    package = tmp_path / "package"
    package.mkdir()
    browsers = [{"name": name, "revision": REVISION} for name in ("chromium", "chromium-headless-shell")]
    (package / "browsers.json").write_text(json.dumps({"browsers": browsers}), encoding="utf-8")
    (tmp_path / "bin").mkdir()
    monkeypatch.setattr(executable, "_playwright_package", lambda: package)
    monkeypatch.setattr(executable, "MAC_APPLICATIONS", ())
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "cache"))
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    return tmp_path


def program(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def downloaded(machine: Path, folder: str, inside: str, *, complete: bool = True) -> Path:
    browser = machine / "cache" / folder
    found = program(browser / inside)
    if complete:
        (browser / "INSTALLATION_COMPLETE").touch()
    return found


def test_without_any_browser_the_message_names_the_ways_out(machine: Path) -> None:
    with pytest.raises(BrowserNotFound, match=r"make.*chromium-headless-shell.*--browser-path.*GATE_BROWSER"):
        find_browser()


def test_playwrights_own_shell_comes_before_the_systems(machine: Path) -> None:
    program(machine / "bin" / "chromium-headless-shell")
    downloaded(
        machine, f"chromium_headless_shell-{REVISION}", "chrome-headless-shell-linux64/chrome-headless-shell"
    )
    assert find_browser() == Browser(None, headless_shell=True, source="Playwright")


@pytest.mark.parametrize(
    "inside",
    [
        "chrome-linux64/chrome",
        "chrome-linux-arm64/chrome",
        "chrome-mac-arm64/Google Chrome for Testing.app/Contents/MacOS/Google Chrome for Testing",
    ],
)
def test_playwrights_full_chromium_is_used_where_its_shell_is_absent(machine: Path, inside: str) -> None:
    chrome = downloaded(machine, f"chromium-{REVISION}", inside)
    assert find_browser() == Browser(chrome, headless_shell=False, source="Playwright")


@pytest.mark.parametrize(("revision", "complete"), [("6", True), (REVISION, False)], ids=["older", "cut off"])
def test_a_download_that_playwright_would_not_start_is_passed_over(
    machine: Path, revision: str, complete: bool
) -> None:
    inside = "chrome-headless-shell-linux64/chrome-headless-shell"
    downloaded(machine, f"chromium_headless_shell-{revision}", inside, complete=complete)
    with pytest.raises(BrowserNotFound):
        find_browser()


def test_playwrights_default_folder_is_the_users_cache(
    machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloaded(machine, f"chromium-{REVISION}", "chrome-linux64/chrome")
    (machine / "home" / ".cache").mkdir(parents=True)
    (machine / "cache").rename(machine / "home" / ".cache" / "ms-playwright")
    monkeypatch.delenv("PLAYWRIGHT_BROWSERS_PATH")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(machine / "home"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert find_browser().source == "Playwright"


@pytest.mark.parametrize(
    ("installed", "chosen", "headless_shell"),
    [
        (("google-chrome", "chromium", "chromium-headless-shell"), "chromium-headless-shell", True),
        (("google-chrome", "chromium"), "chromium", False),
        (("chromium-browser", "google-chrome-stable"), "google-chrome-stable", False),
    ],
)
def test_of_the_systems_browsers_a_headless_shell_comes_first(
    machine: Path, installed: tuple[str, ...], chosen: str, headless_shell: bool
) -> None:
    for name in installed:
        program(machine / "bin" / name)
    assert find_browser() == Browser(machine / "bin" / chosen, headless_shell=headless_shell, source="system")


def test_a_headed_run_passes_over_headless_shells(machine: Path) -> None:
    program(machine / "bin" / "chromium-headless-shell")
    with pytest.raises(BrowserNotFound, match="--headed"):
        find_browser(headed=True)
    chromium = program(machine / "bin" / "chromium")
    assert find_browser(headed=True).path == chromium


@pytest.mark.parametrize("as_name", [True, False], ids=["name on PATH", "path"])
def test_a_browser_named_by_hand_wins(machine: Path, as_name: bool) -> None:
    downloaded(machine, f"chromium-{REVISION}", "chrome-linux64/chrome")
    mine = program(machine / "bin" / "my-chrome")
    found = find_browser("my-chrome" if as_name else str(mine))
    assert found == Browser(mine, headless_shell=False, source="--browser-path or GATE_BROWSER")


def test_a_wrong_name_by_hand_is_told_with_its_option_and_never_replaced(machine: Path) -> None:
    program(machine / "bin" / "chromium")
    with pytest.raises(
        BrowserNotFound, match=r"--browser-path or GATE_BROWSER names '/no/such'.*does not exist"
    ):
        find_browser("/no/such")
    with pytest.raises(BrowserNotFound, match="is not an executable file"):
        find_browser(str(machine / "package" / "browsers.json"))


def test_a_headless_shell_named_by_hand_is_refused_for_a_headed_run(machine: Path) -> None:
    shell = program(machine / "bin" / "chrome-headless-shell")
    with pytest.raises(BrowserNotFound, match="no windows"):
        find_browser(str(shell), headed=True)


def test_the_browser_has_no_traffic_of_its_own() -> None:
    silent = {
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
    }
    assert silent <= set(launch_arguments())


@pytest.mark.parametrize(("user", "off"), [(0, True), (1000, False)], ids=["root", "user"])
def test_the_sandbox_is_off_for_root_only(monkeypatch: pytest.MonkeyPatch, user: int, off: bool) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert ("--no-sandbox" in launch_arguments()) is off


@pytest.mark.parametrize(("blocks", "spared"), [(16, True), (262144, False)], ids=["64 KiB", "1 GiB"])
def test_small_shared_memory_is_spared(monkeypatch: pytest.MonkeyPatch, blocks: int, spared: bool) -> None:
    class Memory:
        f_bavail = blocks
        f_frsize = 4096

    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(os, "statvfs", lambda _: Memory)
    assert ("--disable-dev-shm-usage" in launch_arguments()) is spared
