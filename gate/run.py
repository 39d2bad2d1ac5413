"""The facts of one run that every process of it shares, and how they reach the workers."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from gate.checklist import Checklist, Stage, load_checklist
from gate.deadline import DEFAULT_S, Patience
from gate.inputs import InputError
from gate.journal import Journal
from gate.redact import Scrubber
from gate.repo.blueprint import blueprint_of
from gate.repo.candidate import Candidate
from gate.repo.git import GitError
from gate.repo.own_gate import OwnGate, in_force, own_gate
from gate.repo.variable_sources import Sources
from gate.repo.variables import VariablesFile
from gate.settings import Settings, load_settings
from gate.shared import Shared
from gate.target import Environment, Permission, Target, load_target

ACCOUNTS = "accounts.env"
CANDIDATE = "candidate"
# Its database goes with it, and nothing of it reaches outside: a mail would have no mailbox to arrive in.
ON_THE_CANDIDATE: tuple[Permission, ...] = ("create", "edit", "cancel", "sync", "write_probe")


def new_run_id() -> str:
    """Ten characters that name a run and mark what it creates."""
    return secrets.token_hex(5)


def login_check(role: str) -> str:
    """The check that owns the sign-in of a role."""
    return "login.admin" if role == "admin" else "login.roles"


@dataclass(frozen=True)
class Run:
    """One run of the gate. All paths are absolute; `private` holds sessions and is removed at the end.

    `folder` keeps evidence and journal and belongs to the first requested stage, or to this run of single checks.
    `booted` is the private folder of the candidate that runs on this machine, where this run starts it.
    """

    run_id: str
    stages: tuple[Stage, ...]
    root: Path
    target_file: Path
    checklist_file: Path
    gate_env_file: Path | None
    base_url: str | None
    environment_name: str
    commit: str | None
    no_commit: bool
    app_dir: Path | None
    base_ref: str | None
    app_env_file: Path | None
    release_notes: Path | None
    folder: Path
    private: Path
    report_dir: Path
    started_at: str
    browser: str | None
    stage_folders: dict[str, Path] = field(default_factory=dict)
    deadline_s: float = DEFAULT_S
    embedded: bool = False
    booted: Path | None = None
    query_cost: bool = False

    @cached_property
    def target(self) -> Target:
        """The application under test."""
        return load_target(self.target_file)

    @cached_property
    def checklist(self) -> Checklist:
        """What must be proven. Before the merge a checklist in the app's repository is that of the base, so that no
        change decides what it is judged by; where the base has none, or cannot be read, no waiver holds."""
        today = dt.date.today()
        here = load_checklist(self.checklist_file, today)
        if "preflight" not in self.stages:
            return here
        if self.opened is None:
            return here.model_copy(update={"waiver": ()})
        return in_force(here, self.opened, self.own_gate, today)

    @cached_property
    def settings(self) -> Settings:
        """The gate's own variables; with the accounts of the booted candidate, where this run has one."""
        given = load_settings(self.gate_env_file)
        return given.replaced(self.booted / ACCOUNTS) if self.booted else given

    @cached_property
    def environment(self) -> Environment:
        """Where this run judges, and what it may do there."""
        if self.booted:
            told = self.target.environments.get(CANDIDATE, Environment())
            return Environment(allow=ON_THE_CANDIDATE, not_proven=told.not_proven)
        return self.target.environment_of(self.base_url, self.environment_name)[1]

    @cached_property
    def candidate(self) -> Candidate:
        """The change that would be merged, as git has it; raises InputError with every problem found."""
        return Candidate.open(self._repository(), self.base_ref)

    @cached_property
    def standing(self) -> Candidate:
        """The same, or what is checked out where no base to merge it into can be known; raises InputError."""
        return self.opened or Candidate.standing(self._repository())

    def _repository(self) -> Path:
        if self.app_dir is None:
            raise InputError(["no repository of the app is named; give --app-dir=DIR"])
        return self.app_dir

    @cached_property
    def variables_file(self) -> VariablesFile:
        """The app's own variables, as a file has them; raises InputError where its lines are broken."""
        return VariablesFile.read(self.app_dir, self.app_env_file)

    @cached_property
    def variable_sources(self) -> Sources:
        """What gives the app variables, as far as it can be read here: Render is not asked. Raises InputError."""
        file = self.variables_file
        return Sources(
            environment={name: os.environ[name] for name in self.target.variables if name in os.environ},
            file=file.values,
            file_name=file.path.name if file.path else "the variables file",
            plan=blueprint_of(self.standing),
        )

    @cached_property
    def opened(self) -> Candidate | None:
        """The candidate, or None where it cannot be read: what asks for `candidate` says why."""
        with contextlib.suppress(InputError, GitError):
            return self.candidate
        return None

    @cached_property
    def touched(self) -> tuple[str, ...] | None:
        """The files of the app that the change touches, its tests aside; None where that cannot be known."""
        return None if self.opened is None else self.opened.touched

    @cached_property
    def own_gate(self) -> OwnGate | None:
        """Before the merge: the suite in the app's repository, where it lies there."""
        if self.opened is None or "preflight" not in self.stages:
            return None
        return own_gate(self.opened, self.checklist_file, self.target_file)

    @cached_property
    def scrub(self) -> Scrubber:
        """The one scrubber of this process."""
        return Scrubber(self.settings.secrets())

    @property
    def journal(self) -> Journal:
        """What this run creates."""
        return Journal(self.folder / "journal.jsonl")

    @property
    def shared(self) -> Shared:
        """What several checks stand on."""
        return Shared(self.private / "shared")

    @property
    def patience(self) -> Patience:
        """How long may still be waited."""
        return Patience(self.shared, self.began, self.deadline_s)

    def patience_of(self, check_id: str) -> Patience:
        """The same for one check: it knows which failures leave nothing to it."""
        return Patience(
            self.shared,
            self.began,
            self.deadline_s,
            settled=lambda failed: self.checklist.settles(failed, check_id, self.stages),
        )

    def serves_in(self, name: str) -> Path:
        """Where a version of the app runs on this machine. Beside `private`, which only the gate's own user may open:
        Postgres runs as a user of its own where the gate is root."""
        return self.private.with_name(f"{self.private.name}-{name}")

    @property
    def served_in(self) -> tuple[Path, ...]:
        """The folders of all that runs now, or was left running."""
        return tuple(sorted(self.private.parent.glob(f"{self.private.name}-*")))

    @property
    def token(self) -> str:
        """The mark in everything that this run creates."""
        return f"gate-{self.run_id}"

    @property
    def began(self) -> dt.datetime:
        """Start of the run, in UTC."""
        return dt.datetime.fromisoformat(self.started_at)

    def to_wire(self) -> str:
        """As text, for a worker process. No secret is in it."""
        return json.dumps({name: _plain(value) for name, value in asdict(self).items()})

    @classmethod
    def from_wire(cls, text: str) -> Run:
        """Back from text."""
        raw: dict[str, Any] = json.loads(text)
        for name in _PATHS:
            # A run that an older version of the gate left behind may lack a key.
            raw[name] = Path(raw[name]) if raw.get(name) else None
        raw["stages"] = tuple(raw["stages"])
        raw["stage_folders"] = {stage: Path(path) for stage, path in raw["stage_folders"].items()}
        return cls(**raw)


_PATHS = (
    "root",
    "target_file",
    "checklist_file",
    "gate_env_file",
    "app_dir",
    "app_env_file",
    "release_notes",
    "folder",
    "private",
    "report_dir",
    "booted",
)


def _plain(value: Any) -> Any:
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
