"""What several preflight checks ask for: the app's variables, and one usable value of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from gate.hosting import open_render, render_key
from gate.inputs import InputError
from gate.outcome import unusable
from gate.recorder import Check
from gate.repo.blueprint import Blueprint, blueprint_of
from gate.repo.blueprints import Declared
from gate.repo.candidate import Candidate
from gate.repo.entry_points import entry_points
from gate.repo.python_source import Sources, is_test, parse, python_files
from gate.repo.python_version import WantedPython, wanted_python
from gate.repo.routes import declared
from gate.repo.start_command import StartCommand, start_command
from gate.repo.variable_code import served_files
from gate.repo.variable_rules import absent, malformed
from gate.repo.variable_sources import Sources as VariableSources
from gate.repo.variable_uses import Uses, variable_uses
from gate.repo.variables import Variables
from gate.results import Blocked, Cause, CouldNotTell
from gate.run import Run
from gate.services import graph
from gate.services.http import ServiceError
from gate.services.render_account import RenderAccount
from gate.target import Target
from preflight.account import Account
from preflight.auditing import Auditing
from preflight.graph_account import Links
from preflight.loading import Loading
from preflight.proposal import Proposal

# A service that throttles for longer is named as such: a person who waits for a verdict would not gain by more.
PATIENCE_S = 8.0


@pytest.fixture(scope="session")
def variables(run: Run, target: Target) -> Variables:
    """The app's variables with their sources. From here on no secret among them can be shown."""
    if not target.variables:
        raise CouldNotTell(
            "the app's variables in target.toml",
            "it declares none",
            'add them, such as: [variables] DATABASE_URL = { kind = "postgres" }',
            cause=Cause.CONFIGURATION,
            belongs_to="variables.present",
        )
    try:
        file = run.variables_file
    except InputError as error:
        raise unusable(error, "a file of NAME=value lines", "variables.present") from None
    given = Variables.gather(target.variables, file.values, file.path)
    run.scrub.add(*given.secrets(target.variables))
    return given


@pytest.fixture(scope="session")
def value_of(target: Target, variables: Variables) -> Callable[[str], SecretStr]:
    """A variable's value, if the checks on variables have nothing against it; else the caller is blocked."""

    def value(name: str) -> SecretStr:
        if not variables.has(name) and name in target.variables and not target.variables[name].required:
            raise CouldNotTell(
                f"a value of {name}",
                "it is not set here, and target.toml does not require it",
                "give it in the file of --env-file",
                cause=Cause.CONFIGURATION,
            )
        if not variables.has(name):
            raise Blocked("variables.present")
        if name in target.variables and malformed({name: target.variables[name]}, variables):
            raise Blocked("variables.wellformed")
        return SecretStr(variables.clear(name))

    return value


@pytest.fixture(scope="session")
def render_answers(run: Run) -> Iterator[RenderAccount | None]:
    """Render's answers for this run, asked side by side; None without a service in target.toml or without a key."""
    if run.target.render is None or not run.settings.get("GATE_RENDER_KEY"):
        yield None
        return
    with open_render(run, PATIENCE_S) as client, RenderAccount(client) as answers:
        yield answers


@pytest.fixture
def account(check: Check, run: Run, render_answers: RenderAccount | None) -> Account:
    """Render's account as this check may ask it."""
    if render_answers is None:
        render_key(run)
        raise CouldNotTell(
            "the service on Render", "target.toml has no [render]", "add it", cause=Cause.CONFIGURATION
        )
    return Account(check, run, render_answers)


@pytest.fixture(scope="session")
def plan(standing: Candidate) -> Blueprint:
    """render.yaml after the merge."""
    return blueprint_of(standing)


@pytest.fixture(scope="session")
def plan_before(standing: Candidate, plan: Blueprint) -> Blueprint:
    """render.yaml as the base has it; where none is known, nothing of it counts as new."""
    return blueprint_of(standing, before=True) if standing.base else plan


@pytest.fixture
def variable_sources(
    check: Check,
    run: Run,
    variables: Variables,
    plan: Blueprint,
    plan_before: Blueprint,
    render_answers: RenderAccount | None,
) -> VariableSources:
    """Everything that gives the app variables; Render only where it can be asked."""
    return replace(
        run.variable_sources,
        plan=plan,
        plan_before=plan_before,
        render=Account(check, run, render_answers).variables() if render_answers else None,
    )


@pytest.fixture
def app_graph(
    run: Run, target: Target, variables: Variables, value_of: Callable[[str], SecretStr]
) -> Iterator[graph.GraphClient]:
    """Microsoft Graph with the app's own credentials."""
    names = target.graph
    undeclared = [name for name in (names.tenant, names.client, names.secret) if name not in target.variables]
    if undeclared:
        raise CouldNotTell(
            "the app's variables for Microsoft Graph in target.toml",
            f"not declared: {', '.join(undeclared)}",
            "declare them under [variables], or give the app's own names under [graph]",
            cause=Cause.CONFIGURATION,
        )
    # Half of a cloud of its own would get the other's credentials.
    half = {finding.place for finding in absent(target.variables, variables)}
    if half & {names.login_url, names.base_url}:
        raise Blocked("variables.present")
    with graph.GraphClient(
        value_of(names.tenant).get_secret_value(),
        value_of(names.client).get_secret_value(),
        value_of(names.secret),
        run.run_id,
        login_url=variables.clear(names.login_url) or graph.LOGIN_URL,
        base_url=variables.clear(names.base_url) or graph.BASE_URL,
        patience_s=PATIENCE_S,
    ) as client:
        yield client


@pytest.fixture
def links(
    run: Run,
    target: Target,
    variables: Variables,
    app_graph: graph.GraphClient,
    value_of: Callable[[str], SecretStr],
) -> Links:
    """The links of this run."""
    return Links(run, target, variables, app_graph, value_of)


@pytest.fixture
def loading(
    check: Check,
    run: Run,
    target: Target,
    standing: Candidate,
    start: StartCommand,
    wanted: WantedPython,
    run_folder: Path,
    cache_dir: Path,
) -> Loading:
    """The candidate installed and loaded, as far as a check asks for it."""
    return Loading(check, run, target, standing, start, wanted, run_folder, cache_dir)


@pytest.fixture(scope="session")
def auditing(run: Run, run_folder: Path, cache_dir: Path) -> Iterator[Auditing]:
    """pip-audit beside the other checks; what still runs when they are through is killed."""
    started = Auditing(run.target, run.settings, run_folder / "audit", cache_dir / "vulnerabilities")
    yield started
    started.stop()


@pytest.fixture
def proposal(check: Check, run: Run, candidate: Candidate) -> Proposal:
    """The pull request of the change, and its text."""
    return Proposal(check, run, candidate)


@pytest.fixture(scope="session")
def start(target: Target, standing: Candidate, render_answers: RenderAccount | None) -> StartCommand:
    """How the app is started."""

    def on_render() -> Iterator[tuple[str, str]]:
        # A Render that does not answer is told by render.settings.
        with suppress(ServiceError):
            service = render_answers.service() if render_answers else None
            if service and service.start_command:
                yield service.start_command, service.root_dir

    return start_command(standing, target, on_render())


@pytest.fixture(scope="session")
def wanted(target: Target, standing: Candidate, render_answers: RenderAccount | None) -> WantedPython:
    """The Python that Render would use."""

    def on_render() -> Iterator[str]:
        with suppress(ServiceError):
            held = render_answers.variables().found.get("PYTHON_VERSION") if render_answers else None
            if held:
                yield held.secret.get_secret_value().strip()

    def made() -> Iterator[dt.datetime | None]:
        with suppress(ServiceError):
            yield render_answers.service().created_at if render_answers else None

    return wanted_python(standing, target, on_render(), made())


@pytest.fixture(scope="session")
def sources(standing: Candidate, start: StartCommand) -> Sources:
    """The app's Python files after the merge, parsed."""
    return parse(python_files(standing.git, standing.merged_app), start=start.folders)


@pytest.fixture(scope="session")
def sources_before(candidate: Candidate, sources: Sources) -> Sources:
    """The same as the base has them."""
    files = python_files(candidate.git, candidate.base_app)
    return parse(files, known=sources, start=sources.start)


@pytest.fixture(scope="session")
def served(start: StartCommand, sources: Sources, standing: Candidate) -> Uses:
    """The variables that serving the app reads, after the merge."""
    return variable_uses(sources, served_files(sources, start.app, entry_points(standing.text)))


@pytest.fixture(scope="session")
def served_before(start: StartCommand, sources_before: Sources, candidate: Candidate) -> Uses:
    """The same on the base."""
    offered = entry_points(candidate.text_before)
    return variable_uses(sources_before, served_files(sources_before, start.app, offered))


@pytest.fixture(scope="session")
def written(target: Target, sources: Sources) -> tuple[Declared, ...]:
    """The routes that the app's code declares, after the merge, those of its tests among them."""
    return declared(sources, target.routes.guards)


@pytest.fixture(scope="session")
def routes(written: tuple[Declared, ...]) -> tuple[Declared, ...]:
    """The same; tests aside."""
    return tuple(one for one in written if not is_test(one.place))


@pytest.fixture(scope="session")
def routes_before(target: Target, sources_before: Sources) -> tuple[Declared, ...]:
    """The same on the base."""
    before = declared(sources_before, target.routes.guards)
    return tuple(one for one in before if not is_test(one.place))
