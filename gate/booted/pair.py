"""The base and the change, running side by side over their own copies of the same data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from gate.booted.job import BASE, CANDIDATE, Job, begin, new_passwords, outcome, side
from gate.booted.ports import hold
from gate.recorder import Check
from gate.results import Cause, CheckStopped, CouldNotTell, Failed
from gate.run import Run
from gate.settings import Account


@dataclass(frozen=True)
class Served:
    """One of the two. `database` is its owner's connection URL, `superuser` the server's own of the same database."""

    name: str
    url: str
    database: str
    superuser: str


@dataclass(frozen=True)
class Pair:
    """Both, with the account that signs in to either, and the database's log of both."""

    base: Served
    candidate: Served
    admin: Account
    log: Path


@contextmanager
def both_served(run: Run, check: Check) -> Iterator[Pair]:
    """Start both until the block ends; raises what keeps either from starting."""
    assert run.app_dir is not None
    user, passwords = run.target.candidate.accounts.get("admin"), new_passwords(run.target)
    if user is None:
        raise CouldNotTell(
            "an admin who opens the panels on the change itself",
            "target.toml names none",
            'say who the set-up creates: [candidate.accounts] admin = "..." (docs/adopt.md, step 6)',
            cause=Cause.CONFIGURATION,
        )
    run.scrub.add(*passwords.values())
    folder, held = run.private / "pair", {name: hold() for name in (BASE, CANDIDATE)}
    job = Job(
        run_id=run.run_id,
        own=run.serves_in("pair"),
        root=run.root,
        target_file=run.target_file,
        app_dir=run.app_dir,
        base_ref=run.base_ref,
        cache_dir=run.root / ".cache",
        sockets={name: one.fileno() for name, one in held.items()},
        passwords=passwords,
        measured=True,
    )
    running = begin(job, folder, held.values())
    try:
        try:
            with check.step("Set up and start the base and the change, side by side"):
                told = outcome(folder)
                candidate, base = _served(told, CANDIDATE), _base(told)
        except CheckStopped:
            for name in held:
                if (log := folder / f"{name}.log").exists():
                    check.attach_text(f"What the {name} printed", log.read_text("utf-8", "replace"), "log")
            raise
        account = Account("admin", user, SecretStr(passwords["admin"]))
        yield Pair(base, candidate, account, Path(told["log"]))
    finally:
        running.stop()


def _served(told: Mapping[str, Any], name: str) -> Served:
    one = side(told, name)
    return Served(name, one["url"], one["database"], one["superuser"])


def _base(told: Mapping[str, Any]) -> Served:
    try:
        return _served(told, BASE)
    except Failed as stop:
        raise of_the_base(stop) from None


def of_the_base(stop: Failed) -> CouldNotTell:
    """What fails on the base is not the change's fault: there is nothing to compare it with."""
    return CouldNotTell(f"the base: {stop.expected}", stop.observed, "mend the base first")
