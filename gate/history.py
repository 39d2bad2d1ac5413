"""What an earlier GO proved: which accounts signed in. Tells a stale password from a broken sign-in."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from gate.results import Outcome
from gate.run import Run, login_check
from gate.verdict import Verdict

FILE = "history.json"


def signed_in_before(report_dir: Path, target: str, environment: str, user: str) -> bool:
    """Whether this account signed in during the last GO of this target and environment."""
    return _account(user) in _read(report_dir).get(f"{target} {environment}", [])


def remember(run: Run, verdicts: Iterable[Verdict]) -> None:
    """After a GO, keep which accounts signed in (as digests)."""
    for verdict in verdicts:
        proven = {check.id for check in verdict.checks if check.outcome is Outcome.PASSED}
        users = [
            (run.shared.peek(f"login-{role}") or {}).get("user")
            for role in run.target.roles
            if login_check(role) in proven
        ]
        if verdict.verdict == "GO" and any(users):
            known = _read(run.report_dir)
            known[f"{run.target.name} {run.environment_name}"] = [_account(user) for user in users if user]
            path = run.report_dir / FILE
            fresh = path.with_suffix(f".{run.run_id}.tmp")
            fresh.write_text(json.dumps(known, indent=1, ensure_ascii=False), encoding="utf-8")
            fresh.replace(path)


def _read(report_dir: Path) -> dict[str, list[str]]:
    try:
        known = json.loads((report_dir / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _account(user: str) -> str:
    return hashlib.sha256(user.encode()).hexdigest()[:16]
