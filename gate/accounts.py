"""Who signs in, and whose fault it is when somebody cannot."""

from __future__ import annotations

from gate.browser import login
from gate.results import Cause, CouldNotTell, Failed
from gate.run import Run
from gate.settings import Account


def account_of(run: Run, role: str) -> Account:
    """Who signs in for a role; raises CouldNotTell when its variables are not set."""
    prefix = run.target.roles[role]
    account = run.settings.account(role, prefix)
    if account is None:
        raise CouldNotTell(
            f"an account for the role {role}",
            f"{prefix}_USER or {prefix}_PASSWORD is not set",
            _name_it(run, role) or "set both variables; see .env.example",
            cause=Cause.CONFIGURATION,
        )
    return account


def _name_it(run: Run, role: str) -> str:
    """What to do about a missing account of the booted candidate; empty for any other target."""
    return f"name its user in target.toml: [candidate.accounts] {role} = ..." if run.booted else ""


def negative_account(run: Run) -> Account:
    """The account that may be tried with a wrong password; raises CouldNotTell when it is not set."""
    account = run.settings.account("negative", "GATE_NEGATIVE")
    if account is None:
        raise CouldNotTell(
            "an account that may be tried with a wrong password",
            "GATE_NEGATIVE_USER or GATE_NEGATIVE_PASSWORD is not set",
            _name_it(run, "negative")
            or "make an account of its own for this, since some apps lock an account after failed attempts",
            cause=Cause.CONFIGURATION,
        )
    return account


def refused(run: Run, account: Account, attempt: login.Attempt) -> CouldNotTell | Failed:
    """Whose fault a refused sign-in is: only with a history can a stale password be told from a broken app."""
    from gate.history import Past, past_of

    expected = f"{run.target.login.proof} after signing in"
    observed = f"at {attempt.url}; the page says {attempt.message or attempt.text!r}"
    in_its_own_words = run.target.login.error and run.target.login.error in attempt.message
    if in_its_own_words and not run.booted:
        past = past_of(run.report_dir, run.target.name, run.environment_name, account)
        if past is not Past.SAME:
            changed = (
                "this user signed in at the last GO with another password: it was changed here or in the app; "
                if past is Past.CHANGED
                else ""
            )
            return CouldNotTell(
                expected,
                observed,
                f"{changed}either the gate's password for this account is stale, or the sign-in is broken: "
                "try it by hand",
                cause=Cause.CONFIGURATION,
            )
    return Failed(
        expected, observed, "sign in by hand with the same account; see the app's log of that minute"
    )
