"""What several preflight checks stand on: the clean environment, and the app loaded in it. Each happens once a run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from gate.booted.postgres import empty_database
from gate.recorder import Check
from gate.repo import app_modules
from gate.repo.app_facts import NOT_FLASK, AppFacts, ask_app
from gate.repo.candidate import Candidate
from gate.repo.environment import CleanEnvironment
from gate.repo.installer import InstallFailed, InstallImpossible
from gate.repo.last_words import advice, last_error
from gate.repo.processes import Ran
from gate.repo.python_version import WantedPython
from gate.repo.requirements import instead
from gate.repo.stand_ins import (
    missed_in_database,
    reached_for_nowhere,
    stood_in,
    while_loading,
    with_database,
)
from gate.repo.start_command import StartCommand, installs_only_listed
from gate.repo.variable_rules import kinds
from gate.results import Cause, CouldNotTell, Failed, Finding
from gate.run import Run
from gate.shared import Facts
from gate.target import Target

LOAD_S = 60
# An app that has a database gets one by then: some ask again and again for it, for a minute.
WITHOUT_DATABASE_S = 15


@dataclass(frozen=True)
class Loading:
    """The candidate on its way from files to a loaded app. A failure belongs to the step's own check."""

    check: Check
    run: Run
    target: Target
    candidate: Candidate
    start: StartCommand
    wanted: WantedPython
    run_folder: Path
    cache_dir: Path

    @property
    def source(self) -> Path:
        """HEAD's files alone."""
        return self.candidate.export(self.run_folder / "candidate")

    def environment(self) -> CleanEnvironment:
        """The clean environment; a failure belongs to dependencies.install."""
        facts = self.run.shared.get("environment", "dependencies.install", self.check, self._install)
        return CleanEnvironment.from_facts(facts)

    def boot(self) -> Facts:
        """The start command's own check; a failure belongs to dependencies.boot."""
        return self.run.shared.get("boot", "dependencies.boot", self.check, self._boot)

    def app(self) -> AppFacts:
        """What the loaded app tells of itself; a failure belongs to routes.census."""
        return AppFacts.from_probe(self.run.shared.get("app", "routes.census", self.check, self._ask))

    def _install(self) -> Facts:
        file = self.target.start.requirements
        expected = f"{file} installs in a clean environment"
        if not (self.source / file).is_file():
            raise Failed(expected, f"the commit has no {file}", instead(self.source))
        try:
            with self.check.step(f"Install {file}"):
                return CleanEnvironment.build(
                    self.source,
                    file,
                    self.cache_dir,
                    self.wanted.version,
                    only_listed=installs_only_listed(self.candidate),
                ).to_facts()
        except InstallFailed as failed:
            self.check.attach_text("The installer's words", failed.output or str(failed), "log")
            findings = [
                Finding(id="dependencies.install", place=one.place, expected="installs", observed=one.text)
                for one in failed.culprits
            ]
            place = f"{findings[0].place} ({findings[0].observed}): " if findings else ""
            hint = "correct that requirement; `pip install -r` in an empty environment shows the same"
            raise Failed(expected, f"{place}{failed}", hint, findings=findings) from None
        except InstallImpossible as impossible:
            self.check.attach_text("The installer's words", impossible.output or str(impossible), "log")
            raise CouldNotTell(expected, str(impossible), impossible.hint, cause=Cause.THIRD_PARTY) from None

    def _boot(self) -> Facts:
        environment = self.environment()
        command = self.start.check
        expected = f"`{' '.join(command)}` succeeds"
        may_ask = bool(kinds(self.target.variables, "postgres"))

        def load(variables: Mapping[str, str], timeout_s: float) -> Ran:
            with self.check.step(f"Run {' '.join(command)}"):
                return environment.run_to_its_end(
                    command, self.source, self.run_folder / "home", variables, timeout_s
                )

        try:
            ran = load(while_loading(self.target), WITHOUT_DATABASE_S if may_ask else LOAD_S)
            asks = may_ask and not ran.ok and (ran.code is None or reached_for_nowhere(ran.output))
            if asks:
                with empty_database() as url:
                    ran = load(with_database(self.target, url), LOAD_S)
        except FileNotFoundError:
            raise Failed(
                expected, f"no {command[0]} in the environment", f"add {command[0]} to the requirements"
            ) from None
        self.check.attach_text("Output", ran.output or "(none)", "log")
        self._judge(ran, expected)
        return {"command": " ".join(command), "database": asks}

    def _ask(self) -> Facts:
        with ExitStack() as stack:
            asks = self.boot()["database"]
            url = stack.enter_context(empty_database()) if asks else ""
            app = self.start.app
            expected = f"{app} loads and tells its routes"
            stack.enter_context(self.check.step(f"Load {app} and read its url_map"))
            ran, told = ask_app(
                self.environment(),
                app,
                self.source,
                self.run_folder / "home",
                with_database(self.target, url) if asks else while_loading(self.target),
                LOAD_S,
                self.start.folders,
            )
        if told is not None:
            return told
        self.check.attach_text("Output", ran.output or "(none)", "log")
        if ran.code == NOT_FLASK:
            raise CouldNotTell(
                expected,
                f"{app} is no Flask application",
                'give its name as gunicorn gets it: [start] check = ["gunicorn", "--check-config", "module:name"]',
                cause=Cause.CONFIGURATION,
            )
        self._judge(ran, expected)
        raise CouldNotTell(expected, "it loaded and told nothing", "see its output below")

    def _judge(self, ran: Ran, expected: str) -> None:
        if ran.code is None:
            raise Failed(
                expected, f"still loading after {LOAD_S} s", "what does the app wait for while it loads?"
            )
        if not ran.ok and reached_for_nowhere(ran.output):
            raise CouldNotTell(
                expected,
                "the app connects to a service while it loads, and has only stand-ins here",
                "connect at the first request: an app that connects while it loads cannot be read here",
            )
        if not ran.ok and missed_in_database(ran.output):
            raise CouldNotTell(
                expected,
                f"the app asks its database while it loads, and has an empty one here: {last_error(ran, self.source)}",
                "ask at the first request: an app that needs its data to load cannot be read here",
            )
        if not ran.ok:
            error, elsewhere = last_error(ran, self.source), ""
            if not self.start.of_render:
                elsewhere = app_modules.advice(ran.output, self.start.app, self.start.check, self.source)
            for name in stood_in(error, self.target)[:1]:
                elsewhere = (
                    f"{name} has a stand-in here; where the app cannot load with it, give it another value: "
                    f'[candidate] env = {{ {name} = "..." }}'
                )
            raise Failed(expected, error, elsewhere or advice(ran.output, self.source))
