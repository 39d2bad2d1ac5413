"""How long the stages take on the embedded staging, as ratios in one run: `make bench`, or `python -m tests.benchmark`.

Seconds depend on the machine and on what else it does; the ratios hardly do. The floor of postdeploy is a bare script
that signs in and opens each page that a run asks for once, in one context. No test asserts a time.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from gate.browser.launch import launched
from gate.cli import commands
from gate.settings import read_env_file
from tests.conftest import ROOT
from tests.sandbox_runs import Staging, staging

# A page that a browser opened: no script, style or picture, no data, no redirect.
_PAGE = re.compile(r'"GET (/(?!static/|api/)\S*) HTTP/1\.1" 200 .*Chrome/')


@dataclass(frozen=True)
class Measured:
    """Seconds of each round, and what its ratio is taken to (the name of another row)."""

    name: str
    seconds: tuple[float, ...]
    against: str

    @property
    def median(self) -> float:
        """The middle one."""
        return statistics.median(self.seconds)


def main() -> int:
    """Measure and print a table; returns 1 when a run that is measured was no GO, and says which."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured (default 3)")
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as folder:
        bench = _Bench(Path(folder))
        floor, pages = bench.floor(rounds)
        rows = [
            floor,
            bench.measure("postdeploy", floor.name, rounds, bench.postdeploy),
            bench.measure(
                "postdeploy -n 2", "postdeploy", rounds, lambda app: bench.postdeploy(app, "-n", "2")
            ),
            bench.measure("preflight, warm", "postdeploy", rounds, bench.preflight),
            bench.measure("preflight, cold", "preflight, warm", 1, bench.preflight_in_a_clone),
        ]
    print(f"\n{pages} pages; seconds are whole processes, the median of the rounds\n")
    for row in rows:
        base = next((one for one in rows if one.name == row.against), None)
        ratio = f"{row.median / base.median:5.2f} x {base.name}" if base else ""
        print(f"{row.name:<30} {row.median:6.1f} s  {ratio}")
    for problem in bench.problems:
        print(problem)
    return 1 if bench.problems else 0


class _Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[str] = []

    def measure(self, name: str, against: str, rounds: int, once: Callable[[Staging], object]) -> Measured:
        """Time it, each round on a staging of its own: Render lets logs be asked 30 times a minute."""
        seconds = []
        for _ in range(rounds):
            with staging() as app:
                seconds.append(_timed(name, partial(once, app)))
        return Measured(name, tuple(seconds), against)

    def floor(self, rounds: int) -> tuple[Measured, int]:
        """The pages that a whole run asks for, opened bare in the same staging; and how many they are."""
        name = "floor: the same pages, bare"
        with staging() as app:
            pages = self._pages(app)
            seconds = [_timed(name, partial(_floor, app, pages)) for _ in range(rounds)]
        return Measured(name, tuple(seconds), ""), len(pages)

    def _pages(self, app: Staging) -> list[str]:
        """Every page that a run asks for, once each, in the order of the first time."""
        self.postdeploy(app)
        said = Path(app.facts["log"]).read_text(encoding="utf-8", errors="replace")
        found = dict.fromkeys(page[1] for page in _PAGE.finditer(said))
        # A headless shell shows no PDF, and who signs out must sign in again.
        return [path for path in found if "/pdf" not in path and "/login" not in path]

    def postdeploy(self, app: Staging, *more: str) -> None:
        self._judge(app, app.command(self._reports(), *more), ROOT)

    def preflight(self, app: Staging, root: Path = ROOT) -> None:
        words = shlex.split(commands(app.facts)[0])[1:]
        self._judge(app, [sys.executable, "-m", *words, f"--report-dir={self._reports()}"], root)

    def preflight_in_a_clone(self, app: Staging) -> None:
        """Without the environments that earlier runs have kept."""
        clone = self.folder / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        self.preflight(app, clone)

    def _judge(self, app: Staging, command: list[str], root: Path) -> None:
        done = subprocess.run(
            command, cwd=root, env=app.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            self.problems.append(f"exit {done.returncode}: {shlex.join(command)}\n{done.stdout[-1500:]}")

    def _reports(self) -> Path:
        return self.folder / f"reports-{time.monotonic_ns()}"


def _timed(name: str, work: Callable[[], object]) -> float:
    """Seconds that it takes, shown as it ends."""
    began = time.monotonic()
    work()
    seconds = time.monotonic() - began
    print(f"  {name:<30} {seconds:6.1f} s", flush=True)
    return seconds


def _floor(app: Staging, pages: list[str]) -> None:
    account = read_env_file(Path(app.facts["gate_env_file"]), "the sandbox's own")
    base = app.facts["base_url"]
    with launched(os.environ.get("GATE_BROWSER")) as browser:
        page = browser.new_page()
        page.goto(f"{base}/login")
        page.fill("[type=email]", account["GATE_ADMIN_USER"])
        page.fill("[type=password]", account["GATE_ADMIN_PASSWORD"])
        page.click("[type=submit]")
        for path in pages:
            page.goto(f"{base}{path}")


if __name__ == "__main__":
    sys.exit(main())
