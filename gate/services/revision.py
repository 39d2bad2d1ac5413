"""Which commit is live: Render's word and the app's own, each asked until it settles or time is up."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx

from gate import __version__
from gate.results import Cause, CouldNotTell, Failed
from gate.services.http import is_loopback
from gate.services.render import Deploy, Render
from gate.target import Version

READ_S = 5.0
_POLL_S = 0.25
_SWAPPING = (502, 503)  # what the edge says while no instance can be reached


@dataclass(frozen=True)
class Reading:
    """One answer of the version endpoint: a commit, or why there is none."""

    commit: str | None
    trouble: str = ""
    passing: bool = False


def same_commit(one: str | None, other: str | None) -> bool:
    """Full and short commits compare by their common length, at least seven characters."""
    if not one or not other:
        return False
    length = min(len(one), len(other))
    return length >= 7 and one[:length].lower() == other[:length].lower()


def find_deploy(deploys: tuple[Deploy, ...], commit: str | None) -> Deploy | None:
    """The newest deploy of `commit`, or the newest of all when no commit is asked for. Newest first in."""
    return next((deploy for deploy in deploys if commit is None or same_commit(deploy.commit, commit)), None)


def wait_for_deploy(
    render: Render, commit: str | None, within_s: float, say: Callable[[str], None], pause_s: float = 5.0
) -> Deploy:
    """Render's deploy of `commit` once it is live.

    Raises Failed when it failed, was canceled, was replaced, does not exist, or is not live in time.
    """
    end = time.monotonic() + within_s
    while True:
        deploys = render.deploys(20)
        deploy = find_deploy(deploys, commit)
        live = next((one for one in deploys if one.live), None)
        now_live = f"{(live.commit or 'unknown')[:12]} ({live.id})" if live else "nothing"
        if deploy is not None and deploy.live:
            return deploy
        if deploy is not None and deploy.ended:
            raise Failed(
                f"Render's deploy of {(deploy.commit or commit or '')[:12]} is live",
                f"{deploy.id} ended as {deploy.status}; live is {now_live}",
                "open this deploy in Render's dashboard; its build and start logs name the cause"
                if deploy.failed
                else "a newer deploy took its place: judge that one, or deploy this commit again",
            )
        if deploy is None and not any(not one.ended for one in deploys):
            raise Failed(
                f"a deploy of {(commit or 'the app')[:12]} on Render",
                f"none of the last {len(deploys)}; live is {now_live}",
                "the merge was not deployed: is auto-deploy on, is the branch right?",
            )
        left = end - time.monotonic()
        status = deploy.status if deploy else "not listed yet"
        if left <= 0:
            raise Failed(
                f"the deploy live within {within_s:.0f} s",
                f"still {status}",
                "look at this deploy in Render's dashboard",
            )
        say(f"waiting for Render's deploy: {status}, {left:.0f} s left")
        time.sleep(min(pause_s, max(left, 0.1)))


def read_version(http: httpx.Client, base_url: str, version: Version) -> Reading:
    """Ask the app which commit it runs. `passing` troubles belong to a swap of instances and go away."""
    url = urljoin(base_url.rstrip("/") + "/", version.path.lstrip("/"))
    try:
        answer = http.get(url)
    except httpx.HTTPError as error:
        refused = isinstance(error, httpx.ConnectError | httpx.RemoteProtocolError | httpx.ReadError)
        return Reading(None, f"{type(error).__name__} at {url}", passing=refused)
    if answer.status_code != 200:
        said = " ".join(answer.text.split())[:120]
        return Reading(
            None, f"HTTP {answer.status_code} at {url}: {said}", passing=answer.status_code in _SWAPPING
        )
    if version.key is None:
        return Reading(answer.text.strip())
    try:
        found = answer.json()[version.key]
    except (ValueError, KeyError, TypeError):
        return Reading(None, f"no {version.key!r} in the answer of {url}: {answer.text[:80]!r}")
    return Reading(str(found)) if found else Reading(None, f"{version.key!r} is empty in the answer of {url}")


def agreeing_version(
    base_url: str, version: Version, expected: str, run_id: str, say: Callable[[str], None]
) -> tuple[str, int]:
    """Read until `version.reads` answers in a row name `expected`; returns the commit and how often was asked.

    Another commit, and a refused connection, 502 or 503, are waited for during the swap window; any other answer
    ends it at once. Raises Failed; CouldNotTell when the endpoint does not say.
    """
    end = time.monotonic() + version.swap_window_s
    in_a_row = asked = 0
    headers = {"User-Agent": f"release-gate/{__version__} ({run_id})", "Cache-Control": "no-cache"}
    # A connection per read: kept alive, all reads would ask the same instance.
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(
        timeout=READ_S, headers=headers, limits=limits, trust_env=not is_loopback(base_url)
    ) as http:
        while True:
            reading = read_version(http, base_url, version)
            asked += 1
            if same_commit(reading.commit, expected):
                in_a_row += 1
                if in_a_row >= version.reads:
                    return str(reading.commit), asked
                continue
            in_a_row = 0
            left = end - time.monotonic()
            seen = reading.trouble or f"{base_url} runs {str(reading.commit)[:12]}"
            if left <= 0 or not (reading.commit or reading.passing):
                raise Failed(
                    f"{version.reads} answers in a row from the app naming {expected[:12]}",
                    seen + (f", also after {version.swap_window_s:.0f} s" if left <= 0 else ""),
                    "the old version still serves, or the app does not answer: look at the deploy and its logs",
                )
            say(f"waiting for {expected[:12]} to answer: {seen}, {left:.0f} s left")
            time.sleep(_POLL_S)


def since(deploy: Deploy, otherwise: dt.datetime) -> dt.datetime:
    """When the logs of a deploy begin."""
    return deploy.started_at or deploy.created_at or otherwise


def no_commit_known() -> CouldNotTell:
    """Nobody said which commit must be live."""
    return CouldNotTell(
        "a commit to look for",
        "neither --commit nor GATE_COMMIT is given, and no Render service to ask",
        "give --commit SHA; or --no-commit to leave it unproven, as a stated weakness",
        cause=Cause.CONFIGURATION,
    )
