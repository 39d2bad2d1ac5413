"""Section 3.2: the app's requirements install in a clean environment, and gunicorn loads the app there."""

import pytest

from gate.recorder import Check
from gate.repo.environment import inconsistencies
from gate.repo.extras import unknown_extras
from gate.repo.imports import Provided, foreign, not_provided, reached
from gate.repo.installer import InstallImpossible
from gate.repo.pinning import unpinned
from gate.repo.python_source import Sources
from gate.repo.requirements import read_requirements
from gate.repo.vulnerabilities import told_together
from gate.results import Blocked, Cause, CouldNotTell, Finding
from gate.target import Target
from preflight.auditing import Auditing, remedy
from preflight.loading import Loading

pytestmark = pytest.mark.preflight


@pytest.mark.check("dependencies.install")
def test_requirements_install(check: Check, loading: Loading, auditing: Auditing) -> None:
    """A fresh environment with Render's Python, if it can be had here, and nothing of the gate's in it."""
    environment = loading.environment()
    auditing.begin(loading, environment)
    check.examined(len(environment.packages), "packages")
    wanted = loading.wanted
    asked = f"{wanted.version} by {wanted.source}" if wanted.version else wanted.source
    how = "kept from an earlier run" if environment.reused else f"installed now by {environment.installer}"
    check.attach_text(
        "Environment",
        f"Python {environment.python_version} (asked for: {asked})\n{how}\n"
        + "\n".join(environment.packages),
    )


@pytest.mark.check("dependencies.python")
def test_the_environments_python_is_renders(check: Check, loading: Loading) -> None:
    """By its first two numbers: what installs and loads with another Python may not do so on Render."""
    environment, wanted = loading.environment(), loading.wanted
    check.examined(1, "Python")
    if not wanted.version:
        raise CouldNotTell(
            "the Python that Render would use",
            f"{wanted.source}; judged was Python {environment.python_version}",
            "name it: PYTHON_VERSION in render.yaml, or .python-version",
            cause=Cause.CONFIGURATION,
        )
    minor = ".".join(wanted.version.split(".")[:2])
    check.expect(
        environment.python_version.startswith(f"{minor}."),
        expected=f"judged with Python {wanted.version} ({wanted.source})",
        observed=f"judged with Python {environment.python_version}: no Python {minor} is to be had here",
        hint=f"install it here (uv python install {minor}); if Render has none either, name one that it has",
    )


@pytest.mark.check("dependencies.consistent")
def test_packages_fit_together(check: Check, loading: Loading) -> None:
    """Every installed package finds what it needs, in a version that it accepts, and has the extras asked of it."""
    environment = loading.environment()
    check.examined(len(environment.packages), "packages")
    try:
        said = inconsistencies(environment)
    except InstallImpossible as impossible:
        raise CouldNotTell(
            "`pip check` tells", str(impossible), impossible.hint, cause=Cause.CONFIGURATION
        ) from None
    findings = [
        Finding(
            id="dependencies.inconsistent",
            place=loading.target.start.requirements,
            expected="packages that fit together",
            observed=one,
            hint="list the package that is asked for, in a version that fits",
        )
        for one in said
    ]
    asked = read_requirements(loading.source, loading.target.start.requirements)
    findings += [
        Finding(
            id="dependencies.unknown_extra",
            place=line.place,
            expected=f"{line.name} with the extra {extra}",
            observed=f"it has none of that name, so that nothing came with it: {line.text}",
            hint=f"it has: {', '.join(known) or 'no extras'}",
        )
        for line, extra, known in unknown_extras(environment.folder, asked.lines)
    ]
    check.no_findings(findings, expected="every package has what it needs")


@pytest.mark.check("dependencies.pinned")
def test_requirements_name_exact_versions(check: Check, loading: Loading, target: Target) -> None:
    """What is not pinned is another program tomorrow."""
    asked = read_requirements(loading.source, target.start.requirements)
    if asked.missing:
        raise Blocked("dependencies.install")
    check.examined(len(asked.lines), "requirements")
    findings = [
        Finding(
            id="dependencies.unpinned",
            place=one.place,
            expected="an exact version (==), a commit or an archive",
            observed=one.text,
            hint="pin it to the version that was tested",
        )
        for one in unpinned(asked.lines, asked.limits, loading.wanted.version)
    ]
    check.no_findings(findings, expected="requirements that name exact versions")


@pytest.mark.check("dependencies.known_vulnerabilities")
def test_nothing_known_against_the_packages(check: Check, loading: Loading, auditing: Auditing) -> None:
    """Nothing is published against what is installed. Asked since the installation; the answer is waited for here."""
    with check.step(f"Ask {auditing.service} with pip-audit"):
        auditing.begin(loading, loading.environment())
        audited = auditing.end(check)
    check.examined(len(audited.packages), "packages")
    listed = {line.name: line for line in auditing.requirements(loading).lines}
    findings = [
        Finding(
            id="dependencies.known_vulnerability",
            place=listed[one.package].place if one.package in listed else loading.target.start.requirements,
            expected="a version without known vulnerabilities",
            observed=str(one),
            hint=remedy(one, listed=one.package in listed),
        )
        for one in audited.found
    ]
    check.no_findings(findings, expected="no known vulnerability in an installed package")
    if audited.unknown:
        raise CouldNotTell(
            f"{auditing.service} knows every installed package",
            told_together(audited.unknown),
            "look up by hand what is known against them"
            if audited.packages
            else f"is {auditing.service} reachable from here, and is it the real one? A mirror may know of nothing",
            cause=Cause.THIRD_PARTY,
        )


@pytest.mark.check("dependencies.imports")
def test_every_import_is_provided(check: Check, sources: Sources, loading: Loading) -> None:
    """Also what is imported inside of a function, which loading the app does not try."""
    provided = Provided.by(loading.environment().folder)
    files = reached(sources, loading.app().modules, only_needed=True)
    imports = foreign(sources, files)
    check.examined(len(imports), "imports")
    told = [
        f"{one.module} ({one.place}): {', '.join(provided.packages.get(one.top, ('?',)))}" for one in imports
    ]
    check.attach_text("Imports and the packages that provide them", "\n".join(told))
    findings = not_provided(imports, provided, loading.target.start.requirements)
    check.no_findings(findings, expected="every import is provided by a requirement")


@pytest.mark.check("dependencies.boot")
def test_gunicorn_loads_the_app(check: Check, loading: Loading) -> None:
    """The start command's own check, on HEAD's files alone, with stand-ins for the app's variables.

    An app that opens its database while it loads gets an empty one.
    """
    told = loading.boot()
    check.examined(1, "applications")
    database = ", with an empty database, which it opens while it loads" if told["database"] else ""
    check.attach_text("Start command", f"{told['command']}: {loading.start.source}{database}")
