"""Whether the target answers at all: one plain request, before any browser is started."""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urljoin

import httpx

from gate import __version__
from gate.results import Cause, CouldNotTell, Failed
from gate.services.http import is_loopback
from gate.services.obstacles import Obstacle, in_answer, in_failure

ANSWER_S = 15.0


def reach(base_url: str, path: str, run_id: str, answer_s: float = ANSWER_S) -> dict[str, Any]:
    """Ask for the sign-in page of the app at `base_url`; returns its status and milliseconds.

    Raises Failed when the app answers wrongly, CouldNotTell when nothing answers and no second witness says
    whether the app or the way to it is down, or when something that is not the app stands in the way
    (see gate.services.obstacles).
    """
    url = urljoin(base_url.rstrip("/") + "/", path.lstrip("/"))
    began = time.monotonic()
    try:
        answer = httpx.get(
            url,
            timeout=httpx.Timeout(answer_s, connect=min(answer_s, 10.0)),
            follow_redirects=True,
            trust_env=not is_loopback(base_url),
            headers={"User-Agent": f"release-gate/{__version__} ({run_id})"},
        )
    except httpx.HTTPError as error:
        said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
        if obstacle := in_failure(said, url, time.monotonic() - began):
            raise _stopped(url, obstacle) from None
        raise CouldNotTell(
            f"an answer at {url}",
            said,
            "is the URL right, is the app up, can this machine reach it?",
            cause=Cause.THIRD_PARTY,
        ) from None
    kind = answer.headers.get("content-type", "")
    body = answer.text if "text" in kind or "html" in kind else ""
    if obstacle := in_answer(url, str(answer.url), answer.status_code, answer.headers, body):
        raise _stopped(url, obstacle)
    if answer.status_code >= 400:
        raise Failed(
            f"the sign-in page at {url}",
            f"HTTP {answer.status_code}: {' '.join(answer.text.split())[:160]}",
            "look in the app's log for that minute",
        )
    if "html" not in kind:
        raise CouldNotTell(
            f"a web page at {url}",
            f"an answer of type {kind or 'unknown'}",
            "does --base-url name this application? Is login.path in target.toml right?",
            cause=Cause.CONFIGURATION,
        )
    return {"status": answer.status_code, "ms": round((time.monotonic() - began) * 1000)}


def _stopped(url: str, obstacle: Obstacle) -> Failed | CouldNotTell:
    if obstacle.cause is Cause.PRODUCT:
        return Failed(f"the sign-in page at {url}", obstacle.observed, obstacle.hint)
    return CouldNotTell(f"the sign-in page at {url}", obstacle.observed, obstacle.hint, cause=obstacle.cause)
