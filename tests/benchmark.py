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
    with tempfile.TemporaryDirectory(prefix="gate-bench-") as folder, staging() as app:
        bench = _Bench(app, Path(folder))
        pages = bench.pages()
        rows = [
            bench.measure("floor: the same pages, bare", "", rounds, lambda: _floor(app, pages)),
            bench.measure("postdeploy", "floor: the same pages, bare", rounds, bench.postdeploy),
            bench.measure("postdeploy -n 2", "postdeploy", rounds, lambda: bench.postdeploy("-n", "2")),
            bench.measure("preflight, warm", "postdeploy", rounds, bench.preflight),
            bench.measure("preflight, cold", "preflight, warm", 1, bench.preflight_in_a_clone),
        ]
    print(f"\n{len(pages)} pages; seconds are whole processes, the median of the rounds\n")
    for row in rows:
        base = next((one for one in rows if one.name == row.against), None)
        ratio = f"{row.median / base.median:5.2f} x {base.name}" if base else ""
        print(f"{row.name:<30} {row.median:6.1f} s  {ratio}")
    for problem in bench.problems:
        print(problem)
    return 1 if bench.problems else 0


class _Bench:
    def __init__(self, app: Staging, folder: Path) -> None:
        self.app, self.folder = app, folder
        self.problems: list[str] = []

    def measure(self, name: str, against: str, rounds: int, once: Callable[[], object]) -> Measured:
        """Time it, and show each round as it ends."""
        seconds = []
        for _ in range(rounds):
            began = time.monotonic()
            once()
            seconds.append(time.monotonic() - began)
            print(f"  {name:<30} {seconds[-1]:6.1f} s", flush=True)
        return Measured(name, tuple(seconds), against)

    def pages(self) -> list[str]:
        """Every page that a whole run asks for, once each, in the order of the first time."""
        log = Path(self.app.facts["log"])
        before = log.stat().st_size
        self.postdeploy()
        said = log.read_bytes()[before:].decode("utf-8", "replace")
        found = dict.fromkeys(page[1] for page in _PAGE.finditer(said))
        # A headless shell shows no PDF, and who signs out must sign in again.
        return [path for path in found if "/pdf" not in path and "/login" not in path]

    def postdeploy(self, *more: str) -> None:
        self._judge(self.app.command(self._reports(), *more), ROOT)

    def preflight(self, root: Path = ROOT) -> None:
        words = shlex.split(commands(self.app.facts)[0])[1:]
        self._judge([sys.executable, "-m", *words, f"--report-dir={self._reports()}"], root)

    def preflight_in_a_clone(self) -> None:
        """Without the environments that earlier runs have kept."""
        clone = self.folder / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        self.preflight(clone)

    def _judge(self, command: list[str], root: Path) -> None:
        done = subprocess.run(
            command, cwd=root, env=self.app.environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            self.problems.append(f"exit {done.returncode}: {shlex.join(command)}\n{done.stdout[-1500:]}")

    def _reports(self) -> Path:
        return self.folder / f"reports-{time.monotonic_ns()}"


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
