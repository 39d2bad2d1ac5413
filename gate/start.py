"""From a command line to a Run: everything validated before anything is started, all problems told at once."""

from __future__ import annotations

import datetime as dt
import ipaddress
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from gate.browser.executable import BrowserNotFound, find_browser
from gate.checklist import Checklist, Stage, load_checklist
from gate.deadline import DEFAULT_S
from gate.inputs import InputError
from gate.report.files import run_folder
from gate.run import CANDIDATE, Run, new_run_id
from gate.settings import Settings, gate_env_file, load_settings
from gate.stages import WITHOUT_URL, needs_browser
from gate.target import Target, can_have, load_target

# Capabilities of a run, beside those that a target describes.
OF_THE_RUN = ("commit", "own_gate", "variable_sources")


class Options(Protocol):
    """How options are read: by their name, None when not given."""

    def __call__(self, name: str) -> Any:
        """The value of an option."""


def prepare(
    option: Options,
    root: Path,
    stages: tuple[Stage, ...],
    sandbox: Mapping[str, Any] | None,
    boots_at: str | None = None,
) -> Run:
    """The run that this command line asks for, its folders made.

    `sandbox` is what a started sandbox said of itself; it fills in what the command line leaves open. `boots_at` is
    where the candidate will answer, if this run starts it. Raises InputError with every problem found.
    """
    given = sandbox or {}
    if option("query_cost") and "preflight" not in stages:
        raise InputError(["--query-cost compares before the merge: pytest -m preflight --query-cost"])
    if boots_at:
        _check_boots(option, stages)
    base_url = boots_at or option("base_url") or given.get("base_url")
    if needs_browser(stages) and not base_url:
        raise InputError([WITHOUT_URL.format(stages=" and ".join(stages), first=stages[-1])])
    target_file = _path(option("target") or given.get("target") or root / "target.toml")
    checklist_file = _path(option("checklist") or given.get("checklist") or root / "checklist.toml")
    env_file = gate_env_file(given.get("gate_env_file"))
    own, problems = _settings(env_file)
    target: Target | None = None
    for load in (
        lambda: load_target(target_file),
        lambda: _check_capabilities(load_checklist(checklist_file, dt.date.today()), checklist_file),
        lambda: check_url(base_url),
        lambda: _check_browser(option, own, stages),
        lambda: _check_files(option),
        lambda: _seconds(option("deadline")),
    ):
        try:
            loaded = load()
            target = loaded if isinstance(loaded, Target) else target
        except InputError as error:
            problems += error.problems
    if problems or target is None:
        raise InputError(problems)
    problems += _sign_in_page(base_url, target.login.path)
    environment_name = (
        CANDIDATE if boots_at else _environment(target, base_url, option("environment"), problems)
    )
    app_dir = _app_dir(option, given, target, target_file, stages, problems)
    if problems:
        raise InputError(problems)
    started = dt.datetime.now(dt.UTC)
    run_id = new_run_id()
    report_dir = _path(option("report_dir") or root / "reports")
    commit = option("commit") or own.get("GATE_COMMIT") or given.get("commit")
    judged = commit if needs_browser(stages) and not boots_at else _head(app_dir)
    try:
        folders: dict[str, Path] = {
            stage: run_folder(report_dir, stage, started, judged, run_id) for stage in stages
        }
        folder = folders[stages[0]] if stages else run_folder(report_dir, "checks", started, judged, run_id)
        private = Path(tempfile.mkdtemp(prefix=f"gate-{run_id}-"))
    except OSError as error:
        raise InputError([cannot_be_written(error, report_dir)]) from None
    run = Run(
        run_id=run_id,
        stages=stages,
        root=root,
        target_file=target_file,
        checklist_file=checklist_file,
        gate_env_file=env_file,
        base_url=base_url.rstrip("/") if base_url else None,
        environment_name=environment_name,
        commit=commit,
        no_commit=bool(option("no_commit")),
        app_dir=app_dir,
        base_ref=option("base_ref")
        or given.get("base_ref")
        or (target.repository.base if target.repository else None),
        app_env_file=_optional(option("env_file") or given.get("app_env_file")),
        release_notes=_optional(option("release_notes") or given.get("release_notes")),
        folder=folder,
        private=private,
        report_dir=report_dir,
        started_at=started.isoformat(timespec="milliseconds"),
        browser=_browser(option, own),
        stage_folders=folders,
        deadline_s=_seconds(option("deadline")),
        embedded=sandbox is not None,
        booted=private / "booted" if boots_at else None,
        query_cost=bool(option("query_cost")),
    )
    try:
        # Before the merge it may be that of the base.
        _check_capabilities(run.checklist, checklist_file)
    except InputError:
        for made in (*folders.values(), folder, private):
            shutil.rmtree(made, ignore_errors=True)
        raise
    return run


def cannot_be_written(error: OSError, folder: Path) -> str:
    """What to tell when nothing can be written to `folder`, where the reports go."""
    place = error.filename or folder
    return f"{place}: cannot be written ({error.strerror}); choose another with --report-dir"


def _check_boots(option: Options, stages: tuple[Stage, ...]) -> None:
    problems = [
        f"--boot-candidate starts the app itself: leave out {name}"
        for name in ("--base-url", "--environment", "--commit")
        if option(name.strip("-").replace("-", "_"))
    ]
    if "preflight" not in stages or "postdeploy" in stages:
        problems.append(
            '--boot-candidate is for what is not merged yet: pytest -m "preflight or smoke" --boot-candidate'
        )
    if problems:
        raise InputError(problems)


def _seconds(value: Any) -> float:
    if value is None:
        return DEFAULT_S
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise InputError([f"--deadline {value}: give a number of seconds above 0"])
    return seconds


def _path(value: Any) -> Path:
    return Path(value).expanduser().absolute()


def _optional(value: Any) -> Path | None:
    return _path(value) if value else None


def _check_capabilities(checklist: Checklist, file: Path) -> None:
    unknown = [item for item in checklist.item if item.capability and not can_have(item.capability)]
    problems = [
        f"{file}: {item.id}: capability {item.capability!r} is nothing that a target can describe; mend the name"
        for item in unknown
        if item.capability not in OF_THE_RUN
    ]
    if problems:
        raise InputError(problems)


def check_url(url: str | None) -> None:
    """Raises InputError where --base-url is more or less than the address of an app, or none to send passwords to."""
    if url is None:
        return
    # Every report shows it: what stands in it beside the address may be a password, and is not repeated here either.
    shown = repr(re.split("[?#]", url.rpartition("@")[2])[0])
    # Asked of the text as given: urlsplit drops line breaks, and an empty query.
    if any(sign in url for sign in "@?#") or any(not sign.isprintable() or sign == " " for sign in url):
        extra = "user, password, query, fragment and blanks"
        raise InputError(
            [f"--base-url (the one that ends in {shown}) holds more than an address; leave out {extra}"]
        )
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # raises on a port that is no number
    except ValueError as error:
        raise InputError([f"--base-url {shown}: {error}; give http(s)://host[:port]"]) from None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InputError([f"--base-url {shown} is not an http(s) URL; give it as https://your-app.example"])
    if parts.scheme == "http" and not _own_machine(parts.hostname):
        raise InputError([f"--base-url {shown} would send passwords in clear; give it as https://"])


def _sign_in_page(url: str | None, login: str) -> list[str]:
    """What is wrong with an address that was copied from the sign-in page: every path would be sought below it."""
    path = urlsplit(login).path.rstrip("/")
    if not path or not url or not urlsplit(url).path.rstrip("/").endswith(path):
        return []
    return [f"--base-url {url!r} is the sign-in page (login.path): give the address without {path}"]


def _own_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _settings(env_file: Path | None) -> tuple[Settings, list[str]]:
    try:
        return load_settings(env_file), []
    except InputError as error:
        return Settings(), list(error.problems)


def _browser(option: Options, own: Settings) -> str | None:
    named: str | None = option("browser_path") or own.get("GATE_BROWSER")
    return named


def _check_browser(option: Options, own: Settings, stages: tuple[Stage, ...]) -> None:
    if needs_browser(stages):
        try:
            find_browser(_browser(option, own), headed=bool(option("headed")))
        except BrowserNotFound as error:
            raise InputError([str(error)]) from None


def _check_files(option: Options) -> None:
    problems = []
    for name in ("env_file", "release_notes"):
        value = option(name)
        if value and not _path(value).is_file():
            problems.append(f"--{name.replace('_', '-')} {value}: not found; check the path")
    if problems:
        raise InputError(problems)


def _head(app_dir: Path | None) -> str | None:
    """The commit that preflight judges, for the folder's name; what is wrong with the repository a check says."""
    if app_dir is None:
        return None
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=app_dir, capture_output=True, text=True, check=False
        )
    except OSError:
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def _environment(target: Target, base_url: str | None, name: str | None, problems: list[str]) -> str:
    if wrong := target.wrongly_named(base_url, name):
        problems.append(wrong)
    return target.environment_of(base_url, name)[0]


def _app_dir(
    option: Options,
    given: Mapping[str, Any],
    target: Target,
    target_file: Path,
    stages: tuple[Stage, ...],
    problems: list[str],
) -> Path | None:
    named = option("app_dir") or given.get("app_dir")
    if not named and target.repository:
        named = target_file.parent / target.repository.path
    if "preflight" not in stages:
        return _optional(named)
    if not named:
        problems.append(
            "preflight needs the app's repository: give --app-dir=DIR, or repository.path in target.toml"
        )
    elif not _path(named).is_dir():
        problems.append(f"{_path(named)}: no such folder; give the app's repository with --app-dir=DIR")
    return _optional(named)
