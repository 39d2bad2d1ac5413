"""What there is to go back to after a bad release: an earlier build, and the data as it was. Pure.

Facts: Render's docs, "Rollbacks" and "Render Postgres Recovery and Backups"; its API's recoveryInfo.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from gate.results import Finding
from gate.services.render import Deploy
from gate.services.render_account import DataBackup, Disk

# Only a deploy that served once can be returned to.
_SUCCEEDED = ("live", "deactivated")
_NO_RECOVERY = {
    "BACKUP_NOT_READY": "Render's backup is not ready yet",
    "NOT_AVAILABLE": "the plan of this database has no recovery",
}


def no_build(deploys: Sequence[Deploy]) -> list[Finding]:
    """Whether some deploy serves now, which the next one can be rolled back to. `deploys` are newest first."""
    if any(deploy.status == "live" for deploy in deploys):
        return []
    last = next((deploy for deploy in deploys if deploy.status in _SUCCEEDED), None)
    seen = f"; the last that served is {last.id} ({last.status})" if last else "; none ever served"
    return [
        Finding(
            id="render.no_deploy",
            place="deploys",
            expected="a live deploy, which the release can be rolled back to",
            observed=f"none of the newest {len(deploys)} is live{seen}",
            hint="bring a known good commit live first: a rollback needs a build that served",
        )
    ]


def no_data(backup: DataBackup, now: datetime, within: timedelta) -> list[Finding]:
    """Whether the database can be brought back: to any moment, else from an export that is young enough."""
    if backup.status == "AVAILABLE" or _young(backup.exports, now, within):
        return []
    why = _NO_RECOVERY.get(backup.status, f"Render says {backup.status or 'nothing'} of its recovery")
    return [
        Finding(
            id="render.no_recovery",
            place=backup.database,
            expected=f"recovery to a point in time, or an export not older than {_hours(within)}",
            observed=f"{why}, and {_newest('export', backup.exports, now)}",
            hint="make an export now (Render: Recovery), or move the database to a plan with recovery",
        )
    ]


def no_snapshot(disks: Iterable[Disk], now: datetime, within: timedelta) -> list[Finding]:
    """Disks without a snapshot that is young enough. Render takes one a day, and none when asked."""
    return [
        Finding(
            id="render.no_snapshot",
            place=f"disk {disk.name}",
            expected=f"a snapshot not older than {_hours(within)}",
            observed=_newest("snapshot", disk.snapshots, now),
            hint="a new disk has none for a day; an older one without is a case for Render's support",
        )
        for disk in disks
        if not _young(disk.snapshots, now, within)
    ]


def database_of(address: str) -> str:
    """The id of the Render database that an address leads to, or an empty text."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:
        return ""
    found = re.match(r"dpg-[0-9a-z]+-[a-z]", host)
    return found[0] if found else ""


def told(deploys: Sequence[Deploy], backup: DataBackup | None, disks: Iterable[Disk], now: datetime) -> str:
    """What there is, as evidence."""
    lines = [
        f"{deploy.id} {deploy.status} {(deploy.commit or 'no commit')[:7]} {deploy.created_at or ''}"
        for deploy in deploys
        if deploy.status in _SUCCEEDED
    ][:5] or ["no deploy that served"]
    if backup:
        lines.append(f"{backup.database}: recovery {backup.status}, {_newest('export', backup.exports, now)}")
    lines += [f"disk {disk.name}: {_newest('snapshot', disk.snapshots, now)}" for disk in disks]
    return "\n".join(lines)


def _young(times: Sequence[datetime], now: datetime, within: timedelta) -> bool:
    return bool(times) and now - times[0] <= within


def _newest(what: str, times: Sequence[datetime], now: datetime) -> str:
    if not times:
        return f"there is no {what}"
    return f"the newest {what} is {_hours(now - times[0])} old"


def _hours(span: timedelta) -> str:
    hours = span.total_seconds() / 3600
    return f"{hours:.0f} h" if hours < 72 else f"{hours / 24:.0f} days"
