"""Why a deploy on Render ended without serving: its status, the reason in Render's events, its last log lines."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from gate.results import Failed
from gate.services.http import ServiceError
from gate.services.render import PAGE, Deploy, Render

_SHOWN_LINES = 60
_TELLING = re.compile(
    r"error|exception|traceback|no module|not found|failed|fatal|killed|out of memory|refused|exited with"
    r"|no está definid|timed? ?out",
    re.IGNORECASE,
)


def ended_badly(
    render: Render, deploy: Deploy, deploys: tuple[Deploy, ...], keep: Callable[[str, str], None]
) -> Failed:
    """The failure that this deploy stands for; `deploys` are the newest ones, newest first.

    `keep` is given title and text of the log lines around the end of a failed one.
    """
    commit = (deploy.commit or "an unknown commit")[:12]
    live = next((one for one in deploys if one.live), None)
    serving = f"live is {(live.commit or 'unknown')[:12]} ({live.id})" if live else "nothing is live"
    expected = f"Render's deploy of {commit} is live"
    if not deploy.failed:
        return Failed(expected, f"{deploy.id} {_replaced(deploy, deploys)}; {serving}", _REPLACED_HINT)
    reason, last = "", ""
    with suppress(ServiceError):
        reason = _reason(render, deploy)
    with suppress(ServiceError):
        last = _last_words(render, deploy, keep)
    observed = f"{deploy.id} ended as {deploy.status}" + (f": {reason}" if reason else "")
    said = f"; its log says {last!r}" if last else ""
    return Failed(
        expected,
        f"{observed}{said}; {serving}",
        "mend what the log names and deploy again; the whole log is on this deploy's page in Render's dashboard",
    )


_REPLACED_HINT = "judge the deploy that took its place, or deploy this commit again"


def _replaced(deploy: Deploy, deploys: tuple[Deploy, ...]) -> str:
    """Canceled or deactivated, and by which later deploy."""
    after = [
        one
        for one in deploys
        if one.created_at and deploy.created_at and one.created_at > deploy.created_at and one.id != deploy.id
    ]
    said = "was canceled" if deploy.status == "canceled" else "was live and is deactivated"
    if not after:
        return f"{said}, with no newer deploy" if deploy.status == "canceled" else said
    newer = after[-1]
    return (
        f"{said}: {newer.id} of {(newer.commit or 'an unknown commit')[:12]} came after it ({newer.status})"
    )


def _reason(render: Render, deploy: Deploy) -> str:
    start = deploy.created_at or dt.datetime.now(dt.UTC) - dt.timedelta(days=1)
    for event in reversed(render.events(start, dt.datetime.now(dt.UTC))):
        mine = event.details.get("deployId") == deploy.id
        if mine and event.type in ("deploy_ended", "pre_deploy_ended"):
            reason = event.details.get("reason")
            if isinstance(reason, Mapping) and (said := in_words(reason)):
                return said
    return ""


def in_words(reason: Mapping[str, Any]) -> str:
    """The `reason` of Render's event deploy_ended, for a reader; empty when it names none that is known."""
    failure = reason.get("failure")
    found: list[str] = []
    if isinstance(failure, Mapping):
        if isinstance(oom := failure.get("oomKilled"), Mapping):
            limit = oom.get("memoryLimit")
            found.append("it ran out of memory" + (f" (limit {limit})" if limit else ""))
        if isinstance(code := failure.get("nonZeroExit"), int):
            found.append(f"its process exited with {code}")
        if failure.get("timedOutSeconds") or failure.get("timedOutReason"):
            seconds = failure.get("timedOutSeconds")
            why = f" ({failure['timedOutReason']})" if failure.get("timedOutReason") else ""
            found.append("it timed out" + (f" after {seconds} s" if seconds else "") + why)
        if failure.get("unhealthy"):
            found.append(f"its health check failed ({failure['unhealthy']})")
        if failure.get("earlyExit"):
            found.append("its process ended by itself")
        if failure.get("evicted"):
            evicted = failure.get("evictionReason")
            found.append("it was evicted" + (f" ({evicted})" if evicted else ""))
    if not found and reason.get("buildFailed"):
        found.append("its build failed")
    return ", ".join(found)


def _last_words(render: Render, deploy: Deploy, keep: Callable[[str, str], None]) -> str:
    """The last line of the deploy's log that tells of trouble, if one does; the lines around it are kept."""
    start = deploy.started_at or deploy.created_at
    if start is None:
        return ""
    end = (deploy.finished_at or dt.datetime.now(dt.UTC)) + dt.timedelta(seconds=30)
    kind = "build" if deploy.status == "build_failed" else "app"
    lines = [line.message for line in render.logs(start, end, types=[kind], most=PAGE, newest=True).lines]
    if not lines:
        return ""
    keep(f"End of the {kind} log of {deploy.id}", "\n".join(lines[-_SHOWN_LINES:]))
    return next((line for line in reversed(lines) if _TELLING.search(line)), "").strip()[:200]
