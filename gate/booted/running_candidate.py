"""The candidate of a run with --boot-candidate: begun by the controller, waited for by whoever needs it first."""

from __future__ import annotations

from pathlib import Path
from socket import socket

from gate.booted import job
from gate.booted.job import BASE, CANDIDATE, Job, new_passwords, outcome, side
from gate.embedded import Embedded
from gate.recorder import Check
from gate.results import Blocked, Cause, CheckStopped, CouldNotTell
from gate.run import ACCOUNTS, Run
from gate.shared import Facts
from gate.target import Target

OWNER, UPGRADES = "candidate.boots", "candidate.upgrades"


def begin(run: Run, held: socket) -> Embedded:
    """Start the candidate beside the checks that need no running app; its accounts become those of the run."""
    assert run.booted is not None
    assert run.app_dir is not None
    passwords = new_passwords(run.target)
    run.booted.mkdir(parents=True)
    accounts = run.booted / ACCOUNTS
    accounts.touch(mode=0o600)
    accounts.write_text(_accounts(run.target, passwords), encoding="utf-8")
    return job.begin(
        Job(
            run_id=run.run_id,
            own=run.serves_in(CANDIDATE),
            root=run.root,
            target_file=run.target_file,
            app_dir=run.app_dir,
            base_ref=run.base_ref,
            cache_dir=run.root / ".cache",
            sockets={CANDIDATE: held.fileno()},
            passwords=passwords,
            upgraded=upgrades(run),
        ),
        run.booted,
        [held],
    )


def booted(run: Run, check: Check) -> Facts:
    """The running candidate, waited for once; a failure belongs to candidate.boots."""
    folder = run.booted
    assert folder is not None

    def produce() -> Facts:
        try:
            with check.step("Wait for the candidate to be set up and to answer"):
                told = outcome(folder)
                return {**side(told, CANDIDATE), "played": told["played"]}
        except CheckStopped:
            check.attach_text("What set-up and server printed", printed(folder), "log")
            raise

    return run.shared.get("booted", OWNER, check, produce)


def upgrades(run: Run) -> bool:
    """Whether the candidate is served on a database of the base: where the change owes the proof that it can be."""
    owed = next((item for item in run.checklist.item if item.id == UPGRADES), None)
    if owed is None or not run.target.candidate.upgrade:
        return False
    return run.touched is None or bool(owed.touched_by(run.touched))


def upgraded(run: Run, check: Check) -> dict[str, str]:
    """Where the candidate serves a database that the base filled and it upgraded; see job.upgraded."""
    assert run.booted is not None
    try:
        with check.step("Wait for the base's data, and for the change to upgrade them"):
            told = outcome(run.booted)
    except CheckStopped:
        raise Blocked(OWNER) from None
    try:
        return job.upgraded(told)
    finally:
        for name, who in ((BASE, "the base's set-up"), (CANDIDATE, "the change")):
            check.attach_text(f"What {who} printed", printed(run.booted, name=name), "log")


def require_doubles(run: Run, check: Check) -> None:
    """Return where doubles play all that the sync reads, else raise CouldNotTell.

    A stand-in that reaches nothing is no source, and a real one is not the candidate's to read.
    """
    played, sources = booted(run, check)["played"], run.target.sync_sources
    missing = [name for name in sources if name not in played]
    if missing:
        observed = f"nothing under [candidate.doubles] tells {', '.join(missing)}"
        hint = "name a program there that plays what these variables lead to, and prints them"
    elif not sources:
        observed = "target.toml declares no variable that leads to its files"
        hint = 'say which under [variables]: required_when = "sync"'
    else:
        return
    raise CouldNotTell("doubles of all that the sync reads", observed, hint, cause=Cause.CONFIGURATION)


def tell_on_trouble(folder: Path, check: Check) -> None:
    """Add what the app prints from now on, should the check fail."""
    begun = _log(folder, CANDIDATE).stat().st_size
    check.on_trouble.append(
        lambda: check.attach_text("What the app printed meanwhile", printed(folder, begun), "log")
    )


def _log(folder: Path, name: str) -> Path:
    return folder / f"{name}.log"


def printed(folder: Path, since: int = 0, name: str = CANDIDATE) -> str:
    """What set-up and server of a side printed, from a byte on."""
    log = _log(folder, name)
    text = log.read_bytes()[since:].decode("utf-8", "replace") if log.exists() else ""
    return text or "(nothing)"


def _accounts(target: Target, passwords: dict[str, str]) -> str:
    """The run's accounts. Those of other places are blanked: no password of theirs is tried here."""
    prefixes = {**target.roles, "negative": "GATE_NEGATIVE"}
    lines = ["GATE_DATABASE_URL="]
    for role, prefix in prefixes.items():
        lines += [
            f"{prefix}_USER={target.candidate.accounts.get(role, '')}",
            f"{prefix}_PASSWORD={passwords.get(role, '')}",
        ]
    return "\n".join(lines) + "\n"
