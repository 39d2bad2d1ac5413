"""What an earlier GO proved: who signed in, and with which password. Tells a stale password from a broken sign-in."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from typing import Any

from gate.results import Outcome
from gate.run import Run, login_check
from gate.settings import Account
from gate.verdict import Verdict

FILE = "history.json"
# Slow on purpose, and salted: the file lies among the reports, and no password may be guessed from it.
_COST = {"n": 2**15, "r": 8, "p": 1, "maxmem": 2**26}


class Past(Enum):
    """How an account stood to the last GO of this target and environment."""

    SAME = "signed in with this password"
    CHANGED = "signed in with another password"
    UNKNOWN = "not known to have signed in"


def past_of(report_dir: Path, target: str, environment: str, account: Account) -> Past:
    """Whether this user signed in during the last GO of this target and environment, and with this password.

    An entry that tells nothing of the password, as older versions wrote it, is not known.
    """
    for kept in _read(report_dir).get(_place(target, environment), []):
        if isinstance(kept, dict) and kept.get("user") == _user(account.user):
            try:
                same = hmac.compare_digest(str(kept["hash"]), _hash(account, bytes.fromhex(kept["salt"])))
            except (KeyError, TypeError, ValueError):
                return Past.UNKNOWN
            return Past.SAME if same else Past.CHANGED
    return Past.UNKNOWN


def remember(run: Run, verdicts: Iterable[Verdict]) -> None:
    """After a GO, keep which accounts signed in: digests of the users, salted slow hashes with their passwords."""
    for verdict in verdicts:
        proven = {check.id for check in verdict.checks if check.outcome is Outcome.PASSED}
        accounts = [_signed_in(run, role) for role in run.target.roles if login_check(role) in proven]
        if verdict.verdict == "GO" and any(accounts):
            known = _read(run.report_dir)
            with ThreadPoolExecutor() as pool:  # each takes a tenth of a second, on purpose
                kept = list(pool.map(_kept, filter(None, accounts)))
            known[_place(run.target.name, run.environment_name)] = kept
            path = run.report_dir / FILE
            fresh = path.with_suffix(f".{run.run_id}.tmp")
            fresh.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
            fresh.replace(path)


def _signed_in(run: Run, role: str) -> Account | None:
    facts = run.shared.peek(f"login-{role}") or {}
    account = run.settings.account(role, run.target.roles[role])
    return account if account and account.user == facts.get("user") else None


def _read(report_dir: Path) -> dict[str, list[Any]]:
    try:
        known = json.loads((report_dir / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _place(target: str, environment: str) -> str:
    return f"{target} {environment}"


def _kept(account: Account) -> Mapping[str, str]:
    salt = os.urandom(16)
    return {"user": _user(account.user), "salt": salt.hex(), "hash": _hash(account, salt)}


def _user(user: str) -> str:
    return hashlib.sha256(user.encode()).hexdigest()[:16]


def _hash(account: Account, salt: bytes) -> str:
    both = json.dumps([account.user, account.password.get_secret_value()])
    return hashlib.scrypt(both.encode(), salt=salt, **_COST).hex()
