"""The candidate of a run with --boot-candidate: begun by the controller, waited for by whoever needs it first."""

from __future__ import annotations

from pathlib import Path
from socket import socket

from gate.booted.job import Job, new_passwords, outcome, side
from gate.booted.job import begin as begin_job
from gate.embedded import Embedded
from gate.recorder import Check
from gate.results import CheckStopped
from gate.run import ACCOUNTS, Run
from gate.shared import Facts
from gate.target import Target

OWNER = "candidate.boots"
SIDE = "candidate"


def begin(run: Run, held: socket) -> Embedded:
    """Start the candidate beside the checks that need no running app; its accounts become those of the run."""
    assert run.booted is not None
    assert run.app_dir is not None
    passwords = new_passwords(run.target)
    run.booted.mkdir(parents=True)
    accounts = run.booted / ACCOUNTS
    accounts.touch(mode=0o600)
    accounts.write_text(_accounts(run.target, passwords), encoding="utf-8")
    return begin_job(
        Job(
            run_id=run.run_id,
            own=run.serves_in(SIDE),
            root=run.root,
            target_file=run.target_file,
            app_dir=run.app_dir,
            base_ref=run.base_ref,
            cache_dir=run.root / ".cache",
            sockets={SIDE: held.fileno()},
            passwords=passwords,
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
                return dict(side(outcome(folder), SIDE))
        except CheckStopped:
            check.attach_text("What set-up and server printed", printed(folder), "log")
            raise

    return run.shared.get("booted", OWNER, check, produce)


def tell_on_trouble(folder: Path, check: Check) -> None:
    """Add what the app prints from now on, should the check fail."""
    begun = _log(folder).stat().st_size
    check.on_trouble.append(
        lambda: check.attach_text("What the app printed meanwhile", printed(folder, begun), "log")
    )


def _log(folder: Path) -> Path:
    return folder / f"{SIDE}.log"


def printed(folder: Path, since: int = 0) -> str:
    """What the candidate's set-up and server printed, from a byte on."""
    log = _log(folder)
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
