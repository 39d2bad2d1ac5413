"""Set-up on machines that lack something: a package, an index, Playwright's download, a browser."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gate.browser import install
from gate.browser.executable import BrowserNotFound
from gate.setup import environment, progress
from gate.setup.system_packages import PackagesUnavailable, install_packages

OPENS_A_PAGE = "#!/bin/sh\necho '<p>opened</p>'\n"


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH: `env`, and an apt-get that logs its calls to `apt.log`.

    It has no package that `apt.fails` matches; of others it "installs" the first: a browser that works.
    """
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "env").symlink_to("/usr/bin/env")
    script = f"""#!/bin/sh
echo "$@" >> {tmp_path}/apt.log
case "$*" in *update) exit 100;; esac
while [ "$1" != --no-install-recommends ]; do shift; done
case "$2" in $(/bin/cat {tmp_path}/apt.fails)) echo "E: Unable to locate package $2" >&2; exit 100;; esac
printf "#!/bin/sh\\necho '<p>opened</p>'\\n" > {folder}/$2
/bin/chmod +x {folder}/$2
"""
    write_program(folder / "apt-get", script)
    (tmp_path / "apt.fails").write_text("none", encoding="utf-8")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "cache"))
    monkeypatch.delenv("GATE_BROWSER", raising=False)
    monkeypatch.setattr("gate.browser.executable.MAC_APPLICATIONS", ())
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(install, "_driver_fault", lambda: None)
    monkeypatch.setattr(install, "_download", out_of_reach)
    return folder


def write_program(path: Path, script: str) -> None:
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)


def out_of_reach() -> None:
    raise install.DownloadFailed("Playwright's download failed: no such host")


def test_a_browser_that_is_here_is_taken_without_a_word_to_apt(programs: Path, tmp_path: Path) -> None:
    write_program(programs / "chromium", OPENS_A_PAGE)
    assert install.provide_browser(None).path == programs / "chromium"
    assert not (tmp_path / "apt.log").exists()


@pytest.mark.parametrize(
    ("fails", "taken"), [("none", "chromium-headless-shell"), ("chromium-headless-shell", "chromium")]
)
def test_the_systems_package_stands_in_for_playwrights_download(
    programs: Path, tmp_path: Path, fails: str, taken: str
) -> None:
    (tmp_path / "apt.fails").write_text(fails, encoding="utf-8")
    assert install.provide_browser(None).path == programs / taken
    assert f"install -y --no-install-recommends {taken} fonts" in (tmp_path / "apt.log").read_text()


def test_a_browser_that_does_not_start_is_not_taken(programs: Path) -> None:
    write_program(programs / "google-chrome", "#!/bin/sh\necho 'snap install chromium' >&2; exit 1\n")
    assert install.provide_browser(None).path == programs / "chromium-headless-shell"


def test_without_any_browser_one_line_says_why_and_names_the_ways_out(
    programs: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "apt.fails").write_text("*", encoding="utf-8")
    assert install.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "Playwright's download failed: no such host" in line
    assert "Unable to locate package chromium-headless-shell" in line
    assert "Google Chrome, or name one with --browser-path or GATE_BROWSER" in line


def test_a_browser_named_by_hand_that_opens_no_page_is_refused(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_program(programs / "mine", "#!/bin/sh\n")
    write_program(programs / "chromium", OPENS_A_PAGE)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("GATE_BROWSER=mine\n", encoding="utf-8")
    assert install.main() == 1
    assert "GATE_BROWSER names 'mine', which opens no page" in capsys.readouterr().err
    monkeypatch.setenv("GATE_BROWSER", "other")
    assert install.main() == 1
    assert "GATE_BROWSER names 'other'" in capsys.readouterr().err


def test_the_library_that_playwrights_driver_lacks_is_installed_first(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = iter(["cannot open libatomic.so.1", None])
    monkeypatch.setattr(install, "_driver_fault", lambda: next(faults))
    write_program(programs / "chromium", OPENS_A_PAGE)
    assert install.provide_browser("chromium").path == programs / "chromium"
    assert "install -y --no-install-recommends libatomic1" in (tmp_path / "apt.log").read_text()


def test_a_driver_that_cannot_start_is_told_with_its_reason_and_the_package(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "_driver_fault", lambda: "cannot open libatomic.so.1")
    with pytest.raises(BrowserNotFound, match=r"driver does not start: cannot open libatomic"):
        install.provide_browser(None)
    (tmp_path / "apt.fails").write_text("*", encoding="utf-8")
    with pytest.raises(BrowserNotFound, match=r"cannot open libatomic.*apt install libatomic1"):
        install.provide_browser(None)


def test_the_driver_that_is_installed_here_starts() -> None:
    assert install._driver_fault() is None


def test_a_download_that_hangs_is_ended_with_its_children(tmp_path: Path) -> None:
    held = tmp_path / "held"
    os.mkfifo(held)
    with os.fdopen(os.open(held, os.O_RDONLY | os.O_NONBLOCK), "rb") as reader:
        child = f"{sys.executable} -c 'import signal; signal.pause()'"
        hanging = ["/bin/sh", "-c", f"exec 9>{held}; echo started >&9; {child} & wait"]
        assert install._run_bounded(hanging, seconds=1) is None
        os.set_blocking(reader.fileno(), True)
        assert reader.read() == b"started\n"  # returns only when the last holder of the pipe is gone


def test_sudo_is_used_only_where_this_is_not_root_and_only_after_saying_so(
    programs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_program(programs / "sudo", '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n')
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    install_packages(["tool"], "a tool")
    assert (
        "a tool: running `sudo -n apt-get install -y --no-install-recommends tool`" in capsys.readouterr().out
    )
    assert (programs / "tool").exists()


def test_without_root_sudo_or_apt_the_reason_is_told(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(PackagesUnavailable, match="not root, and there is no sudo"):
        install_packages(["tool"], "a tool")
    (programs / "apt-get").unlink()
    with pytest.raises(PackagesUnavailable, match="no apt-get here"):
        install_packages(["tool"], "a tool")


class Commands:
    """Stands in for the environment's programs: notes what is run, and answers for pip, its config and uv."""

    def __init__(self, **answers: tuple[int, str]) -> None:
        self.answers = answers
        self.run: list[str] = []

    def __call__(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        self.run.append(" ".join(command))
        tool = Path(command[0]).name
        key = "config" if "config" in command else "uv" if tool == "uv" else "pip"
        code, output = self.answers.get(key, (0, ""))
        return subprocess.CompletedProcess(command, code, output, "")

    def installed_all_with(self) -> list[str]:
        return [Path(line.split()[0]).name for line in self.run if "-r requirements.txt" in line]


@pytest.mark.parametrize(
    ("commands", "tools"),
    [
        (Commands(), ["uv"]),
        (Commands(config=(0, "global.index-url='https://index.example/simple'")), ["python"]),
        (Commands(config=(0, "global.extra-index-url='https://more.example/simple'")), ["uv"]),
        (Commands(uv=(2, "")), ["uv", "python"]),
    ],
    ids=["uv", "an index of pip's own", "an extra index", "uv reaches none"],
)
def test_uv_installs_and_pip_where_uv_cannot(
    monkeypatch: pytest.MonkeyPatch, commands: Commands, tools: list[str]
) -> None:
    monkeypatch.chdir(Path(__file__).parents[1])
    monkeypatch.setattr(environment, "_run", commands)
    environment._install()
    assert commands.installed_all_with() == tools


def test_requirements_that_cannot_be_installed_are_told_with_pips_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(Path(__file__).parents[1])
    no_index = "WARNING: retrying\nERROR: No matching distribution found for uv\n"
    monkeypatch.setattr(environment, "_create", lambda: None)
    monkeypatch.setattr(environment, "_run", Commands(pip=(1, no_index)))
    assert environment.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "No matching distribution found for uv" in line
    assert "pip config list" in line


def test_a_python_without_venv_is_told_which_package_holds_it(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "apt.fails").write_text("*", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert environment.main() == 1
    assert f"apt install python3.{sys.version_info.minor}-venv" in capsys.readouterr().err


def test_nothing_is_coloured_where_no_one_looks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    progress.say("plain")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    progress.say("coloured")
    monkeypatch.setenv("NO_COLOR", "1")
    progress.say("plain again")
    assert capsys.readouterr().out == "setup: plain\n\033[1;36msetup:\033[0m coloured\nsetup: plain again\n"
