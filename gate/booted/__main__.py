"""`python -m gate.booted FOLDER`: keeps versions of an app running until standard input closes.

The first line of its input is the job (gate/booted/job.py); what became of it is written to FOLDER/outcome.json. It
ends with everything it started, also when the process that started it is killed, and while it is still starting.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil

from gate.booted import doubles
from gate.booted.job import BASE, CANDIDATE, Job, write_outcome
from gate.booted.ports import port_of, url_of
from gate.booted.postgres import Server, server
from gate.booted.remains import clear
from gate.booted.side import Given, Side, served, set_up
from gate.booted.upgrade import data_of_the_base, upgrade
from gate.inputs import InputError
from gate.outcome import explain
from gate.repo.candidate import Candidate
from gate.repo.environment import CleanEnvironment
from gate.repo.installer import InstallFailed, InstallImpossible
from gate.repo.python_version import wanted_python
from gate.repo.start_command import installs_only_listed
from gate.results import Blocked, CheckStopped, CouldNotTell
from gate.target import Target, load_target
from gate.user_agent import user_agent


class Starting:
    """The work, done beside the main thread, which watches for the end."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.job, self.folder = job, folder
        self.own = job.own
        self.stack = ExitStack()
        self.given_up = False
        # Where the change does not even come so far, candidate.boots says why.
        self.upgrade = _stopped(Blocked("candidate.boots"))

    def run(self) -> None:
        """Start everything and write down what became of it."""
        try:
            told = self._start()
        except (CheckStopped, InputError) as stop:
            told = _stopped(stop)
        except Exception as error:
            told = _stopped(error)
        if not self.given_up:
            write_outcome(self.folder, told)

    def _start(self) -> dict[str, Any]:
        target = load_target(self.job.target_file)
        candidate = Candidate.open(self.job.app_dir, self.job.base_ref)
        told = self.stack.enter_context(
            doubles.playing(target.candidate.doubles, self.job.root, self.own / "home-doubles")
        )
        given = Given(told, self.job.passwords)
        database = self.stack.enter_context(server(self.own / "pg"))
        with ThreadPoolExecutor(len(self.job.sockets)) as pool:
            started = {
                name: pool.submit(self._serve, name, target, candidate, database, given)
                for name in self.job.sockets
            }
        sides = {}
        for name, one in started.items():
            try:
                sides[name] = one.result()
            except CheckStopped as stop:
                sides[name] = _stopped(stop)
        if self.job.measured:
            database.measure(name for name, one in sides.items() if "stopped" not in one)
        return {
            "sides": sides,
            "log": str(database.log),
            "played": sorted(told.keys() - target.candidate.env.keys()),
            "upgrade": self.upgrade,
        }

    def _serve(
        self, name: str, target: Target, candidate: Candidate, server: Server, given: Given
    ) -> dict[str, Any]:
        if name == BASE:
            candidate = _base_of(candidate)
        held = socket.socket(fileno=self.job.sockets[name])
        side = self._side(name, target, candidate, held)
        if self.job.upgraded:
            database = self._upgraded(side, target, candidate, server, given)
        else:
            database = set_up(side, target, server, given)
        self.stack.enter_context(served(side, target, candidate, database, given))
        return {
            "url": side.url,
            "log": str(side.log),
            "database": database,
            "superuser": server.superuser_of(BASE if self.job.upgraded else name),
        }

    def _side(self, name: str, target: Target, candidate: Candidate, held: socket.socket) -> Side:
        source = candidate.export(self.own / name)
        try:
            environment = CleanEnvironment.build(
                source,
                target.start.requirements,
                self.job.cache_dir,
                wanted_python(candidate, target).version,
                only_listed=installs_only_listed(candidate),
            )
        except (InstallFailed, InstallImpossible):
            if name == CANDIDATE:
                raise Blocked("dependencies.install") from None
            raise CouldNotTell(
                "the base installs, to compare the change with",
                "its requirements cannot be installed here",
                "mend the base first, or measure once this change is merged",
            ) from None
        home, log = self.own / f"home-{name}", self.folder / f"{name}.log"
        agent = user_agent(self.job.run_id)
        return Side(name, source, environment, home, log, held, port_of(held), url_of(held), agent)

    def _upgraded(
        self, side: Side, target: Target, candidate: Candidate, server: Server, given: Given
    ) -> str:
        """The URL of the database that the base has filled and the change has upgraded.

        Beside it the change sets up one alone, as where there is nothing to upgrade, to compare the two.
        """

        def older() -> str:
            base = self._side(BASE, target, _base_of(candidate), side.held)
            return data_of_the_base(base, target, server, given)

        with ThreadPoolExecutor(1) as pool:
            begun = pool.submit(older)
            fresh = set_up(side, target, server, given)
            try:
                database = begun.result()
                upgrade(database, side, target, given)
            except CheckStopped as stop:
                self.upgrade = _stopped(stop)
                raise Blocked("candidate.upgrades") from None
        self.upgrade = {"fresh": fresh, "upgraded": database}
        return database

    def end(self) -> None:
        """Stop and remove everything, also what is just being started."""
        self.stack.close()
        # Whoever was killed in the middle of starting may have left something that runs from this folder.
        clear(self.own)


def main() -> int:
    """Exit 0 after an orderly end."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    folder, job = Path(sys.argv[1]), Job.from_wire(sys.stdin.readline())
    starting = Starting(job, folder)
    working = threading.Thread(target=starting.run)
    try:
        starting.own.mkdir(0o755)  # Postgres runs as a user of its own where the gate runs as root
        working.start()
        sys.stdin.read()
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the end is not interrupted
        starting.given_up = True
        while working.is_alive():
            _kill_children()
            working.join(0.1)
        starting.end()
    return 0


def _base_of(candidate: Candidate) -> Candidate:
    return replace(candidate, tree=candidate.base)


def _kill_children() -> None:
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            child.kill()


def _stopped(error: Exception) -> dict[str, Any]:
    stop = explain(error)
    return {
        "stopped": {
            "outcome": stop.outcome.value,
            "cause": stop.cause.value,
            "expected": stop.expected,
            "observed": stop.observed,
            "hint": stop.hint,
            "blocked_by": stop.blocked_by,
        }
    }


if __name__ == "__main__":
    sys.exit(main())
