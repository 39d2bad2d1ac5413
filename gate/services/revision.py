"""Which commit is live: Render's word and the app's own, each asked until it settles or time is up."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urljoin

import httpx

from gate.results import Cause, CouldNotTell, Failed
from gate.services import bounded
from gate.services.ended import ended_badly
from gate.services.http import is_loopback, trust_store
from gate.services.render import Deploy, Render
from gate.target import Version
from gate.user_agent import user_agent

READ_S = 5.0
_POLL_S = 0.25
_DEPLOY_POLL_S = 2.0
_SWAPPING = (502, 503, 504)  # what the edge says while no instance can be reached

Say = Callable[[str], None]


@dataclass(frozen=True)
class Reading:
    """One answer of the version endpoint: a commit, or why there is none.

    `passing` troubles belong to a swap of instances and go away; `silent` means that nothing answered at all.
    """

    commit: str | None
    trouble: str = ""
    passing: bool = False
    silent: bool = False


@dataclass(frozen=True)
class Agreed:
    """The commit that the app named `reads` times in a row, and all that was asked and seen on the way."""

    commit: str
    asked: int
    seen: tuple[str, ...] = ()


class Silent(Exception):
    """Nothing answered at the version endpoint, all through the swap window. The message says what was tried."""


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
    render: Render,
    commit: str | None,
    within_s: float,
    say: Say,
    *,
    listed_within_s: float = 0.0,
    keep: Callable[[str, str], None] = lambda title, text: None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Deploy:
    """Render's deploy of `commit` once it is live.

    One that is not listed is waited for `listed_within_s`, or as long as another deploy is under way; one under way
    `within_s`. `keep` is given title and text of the log lines that explain a failed one. Raises Failed when it
    failed, was canceled, was replaced, does not exist, or is not live in time.
    """
    began = clock()
    while True:
        deploys = render.deploys(20)
        deploy = find_deploy(deploys, commit)
        if deploy is not None and deploy.live:
            return deploy
        if deploy is not None and deploy.ended:
            raise ended_badly(render, deploy, deploys, keep)
        ahead = next((one for one in deploys if not one.ended), None)
        left = (within_s if ahead else min(listed_within_s, within_s)) - (clock() - began)
        status = (
            deploy.status
            if deploy
            else "not listed yet" + (f", {ahead.id} is {ahead.status}" if ahead else "")
        )
        if left <= 0:
            raise _too_late(commit, deploy, deploys, status, within_s)
        say(f"waiting for Render's deploy: {status}, {left:.0f} s left")
        sleep(min(_DEPLOY_POLL_S, max(left, 0.1)))


def _too_late(
    commit: str | None, deploy: Deploy | None, deploys: tuple[Deploy, ...], status: str, within_s: float
) -> Failed:
    if deploy is not None or any(not one.ended for one in deploys):
        return Failed(
            f"the deploy live within {within_s:.0f} s",
            f"still {status}" + (f" ({deploy.id})" if deploy else ""),
            "look at this deploy in Render's dashboard; a longer wait is render.deploy_within_s",
        )
    live = next((one for one in deploys if one.live), None)
    return Failed(
        f"a deploy of {(commit or 'the app')[:12]} on Render",
        f"none of the last {len(deploys)}; live is "
        + (f"{(live.commit or 'unknown')[:12]} ({live.id})" if live else "nothing"),
        "the merge was not deployed: is auto-deploy on, is the branch right?",
    )


def read_version(http: httpx.Client, base_url: str, version: Version) -> Reading:
    """Ask the app which commit it runs."""
    url = urljoin(base_url.rstrip("/") + "/", version.path.lstrip("/"))
    try:
        answer = bounded.read(http, http.build_request("GET", url), http.timeout.read or READ_S)
    except httpx.HTTPError as error:
        no_answer = isinstance(error, httpx.TransportError)
        certificate = "certificate" in str(error).lower()
        said = f": {error}" if certificate else ""
        return Reading(
            None, f"{type(error).__name__} at {url}{said}", no_answer and not certificate, no_answer
        )
    if answer.status_code != 200:
        said = " ".join(answer.text.split())[:120]
        return Reading(
            None,
            f"HTTP {answer.status_code} at {url}: {said}",
            passing=answer.status_code in (*_SWAPPING, 429),
        )
    if version.key is None:
        return Reading(answer.text.strip())
    try:
        found = answer.json()[version.key]
    except (ValueError, KeyError, TypeError):
        return Reading(None, f"no {version.key!r} in the answer of {url}: {answer.text[:80]!r}")
    return Reading(str(found)) if found else Reading(None, f"{version.key!r} is empty in the answer of {url}")


def agreeing_version(
    base_url: str,
    version: Version,
    expected: str,
    run_id: str,
    say: Say,
    window_s: float | None = None,
    *,
    transport: httpx.BaseTransport | None = None,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> Agreed:
    """Read until `version.reads` answers in a row name `expected`.

    Another commit, no answer, 429, 502, 503 and 504 are waited for during the swap window (or `window_s`); any
    other answer ends it at once. Raises Failed, and Silent when nothing ever answered.
    """
    window_s = version.swap_window_s if window_s is None else window_s
    end = clock() + window_s
    in_a_row = asked = 0
    silent = True
    passed: list[str] = []
    headers = {"User-Agent": user_agent(run_id), "Cache-Control": "no-cache"}
    # A connection per read: kept alive, all reads would ask the same instance.
    limits = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(
        timeout=READ_S,
        headers=headers,
        limits=limits,
        trust_env=not is_loopback(base_url),
        verify=trust_store(),
        transport=transport,
    ) as http:
        while True:
            reading = read_version(http, base_url, version)
            asked += 1
            silent = silent and reading.silent
            if same_commit(reading.commit, expected):
                in_a_row += 1
                if in_a_row >= version.reads:
                    return Agreed(str(reading.commit), asked, tuple(dict.fromkeys(passed)))
                continue
            in_a_row = 0
            left = end - clock()
            seen = reading.trouble or f"{base_url} runs {str(reading.commit)[:12]}"
            passed.append(seen)
            late = f", also after {window_s:.0f} s" if left <= 0 else ""
            if silent and left <= 0:
                raise Silent(seen + late)
            if left <= 0 or not (reading.commit or reading.passing):
                raise Failed(
                    f"{version.reads} answers in a row from the app naming {expected[:12]}",
                    seen + late,
                    "the old version still serves, or the app does not answer: look at the deploy and its logs",
                )
            say(f"waiting for {expected[:12]} to answer: {seen}, {left:.0f} s left")
            sleep(_POLL_S)


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


def nothing_to_ask() -> CouldNotTell:
    """Neither Render nor the app says which commit runs."""
    return CouldNotTell(
        "somebody who says which commit runs",
        "target.toml describes neither [render] nor [version]",
        "describe one of them; or give --no-commit to leave it unproven, as a stated weakness",
        cause=Cause.CONFIGURATION,
    )
