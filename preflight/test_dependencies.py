"""Section 3.2: the app's requirements install in a clean environment, and gunicorn loads the app there."""

import re
from pathlib import Path

import pytest

from gate.recorder import Check
from gate.repo.candidate import Candidate
from gate.repo.environment import CleanEnvironment, InstallFailed, InstallImpossible
from gate.repo.processes import Ran
from gate.repo.python_version import wanted_python
from gate.repo.stand_ins import reached_for_nowhere, stand_ins
from gate.results import Cause, CouldNotTell, Failed, Finding
from gate.run import Run
from gate.shared import Facts
from gate.target import Target

pytestmark = pytest.mark.preflight
LOAD_S = 60


@pytest.mark.check("dependencies.install")
def test_requirements_install(
    check: Check, run: Run, target: Target, candidate: Candidate, run_folder: Path, cache_dir: Path
) -> None:
    """A fresh environment with Render's Python, if it can be had here, and nothing of the gate's in it."""
    environment = installed(check, run, target, candidate, run_folder, cache_dir)
    check.examined(len(environment.packages), "packages")
    wanted = wanted_python(candidate)
    asked = f"{wanted.version} by {wanted.source}" if wanted.version else wanted.source
    how = "kept from an earlier run" if environment.reused else f"installed now by {environment.installer}"
    check.attach_text(
        "Environment",
        f"Python {environment.python_version} (asked for: {asked})\n{how}\n"
        + "\n".join(environment.packages),
    )


@pytest.mark.check("dependencies.boot")
def test_gunicorn_loads_the_app(
    check: Check, run: Run, target: Target, candidate: Candidate, run_folder: Path, cache_dir: Path
) -> None:
    """The start command's own check, on HEAD's files alone, with stand-ins for the app's variables."""
    environment = installed(check, run, target, candidate, run_folder, cache_dir)
    source = candidate.export(run_folder / "candidate")
    command = target.start.check
    expected = f"`{' '.join(command)}` succeeds"
    try:
        with check.step(f"Run {' '.join(command)}"):
            ran = environment.run(command, source, run_folder / "home", stand_ins(target.variables), LOAD_S)
    except FileNotFoundError:
        raise Failed(
            expected, f"no {command[0]} in the environment", f"add {command[0]} to the requirements"
        ) from None
    check.attach_text("Output", ran.output or "(none)", "log")
    check.examined(1, "applications")
    if ran.code is None:
        raise Failed(
            expected, f"still loading after {LOAD_S} s", "what does the app wait for while it loads?"
        )
    if not ran.ok and reached_for_nowhere(ran.output):
        raise CouldNotTell(
            expected,
            "the app connects to a service while it loads, and has only stand-ins here",
            "connect at the first request instead, or boot the candidate with --boot-candidate",
        )
    check.expect(ran.ok, expected=expected, observed=last_error(ran, source), hint=advice(ran.output))


def installed(
    check: Check, run: Run, target: Target, candidate: Candidate, run_folder: Path, cache_dir: Path
) -> CleanEnvironment:
    """The clean environment, made once per run; a failure belongs to dependencies.install."""

    def install() -> Facts:
        source = candidate.export(run_folder / "candidate")
        file = target.start.requirements
        expected = f"{file} installs in a clean environment"
        try:
            with check.step(f"Install {file}"):
                return CleanEnvironment.build(
                    source, file, cache_dir, wanted_python(candidate).version
                ).to_facts()
        except InstallFailed as failed:
            check.attach_text("The installer's words", failed.output or str(failed), "log")
            findings = [
                Finding(id="dependencies.install", place=one.place, expected="installs", observed=one.text)
                for one in failed.culprits
            ]
            place = f"{findings[0].place} ({findings[0].observed}): " if findings else ""
            hint = "correct that requirement; `pip install -r` in an empty environment shows the same"
            raise Failed(expected, f"{place}{failed}", hint, findings=findings) from None
        except InstallImpossible as impossible:
            check.attach_text("The installer's words", impossible.output or str(impossible), "log")
            raise CouldNotTell(expected, str(impossible), impossible.hint, cause=Cause.THIRD_PARTY) from None

    return CleanEnvironment.from_facts(run.shared.get("environment", "dependencies.install", check, install))


def last_error(ran: Ran, source: Path) -> str:
    """The exception that a traceback ends with and the app's own line it came from, else what was said last."""
    errors = re.findall(r"^(\w[\w.]*(?:Error|Exception|Exit)\b.*)$", ran.output, re.MULTILINE)
    if not errors:
        lines = ran.output.strip().splitlines()
        return f"exit {ran.code}: {lines[-1] if lines else 'no output'}"
    own = re.findall(rf'File "{re.escape(str(source))}/([^"]+)", line (\d+)', ran.output)
    return f"{':'.join(own[-1])} - {errors[-1]}" if own else errors[-1]


def advice(output: str) -> str:
    """What to do about the usual reasons."""
    if found := re.search(r"No module named '([\w.]+)'", output):
        return f"add the package that provides {found[1]} to the requirements, or commit the missing file"
    if found := re.search(r"^KeyError: '([A-Z][A-Z0-9_]+)'", output, re.MULTILINE):
        return f"the app does not load without {found[1]}: declare it under [variables], and set it on Render"
    return "the whole output stands below; the same command shows it in an empty environment"
