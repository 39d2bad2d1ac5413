"""Whether the target answers at all: plain requests, before any browser is started."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urljoin

import httpx

from gate.results import Cause, CouldNotTell, Failed
from gate.services import bounded
from gate.services.http import PASSING, is_loopback, retry_after, trust_store
from gate.services.obstacles import Obstacle, in_answer, in_failure
from gate.user_agent import user_agent

ANSWER_S = 15.0
SETTLE_S = 3.0
STILL_S = 3.0
_CONNECT_S = 10.0
_POLL_S = 0.5
_LONGEST_PAUSE_S = 10.0


@dataclass(frozen=True)
class SecondWord:
    """What a second witness says of an app that does not answer: it makes the silence the app's own.

    `sleeps`: its host stops it when nobody uses it, so that a long first answer says nothing.
    """

    text: str
    suspended: bool = False
    sleeps: bool = False


Witness = Callable[[], SecondWord | None]


def reach(
    base_url: str,
    path: str,
    run_id: str,
    answer_s: float = ANSWER_S,
    *,
    settle_s: float = SETTLE_S,
    witness: Witness = lambda: None,
    say: Callable[[str], None] = lambda line: None,
) -> dict[str, Any]:
    """Ask for the sign-in page of the app at `base_url`; returns its status, milliseconds and the attempts' troubles.

    A refused connection, 429, 502, 503 and 504 are asked again for `settle_s`, the waiting page of a host that is
    just starting the app for `answer_s`. Raises Failed when the app answers wrongly, or not at all while a second
    witness speaks for it; CouldNotTell when no witness says whether the app or the way to it is down, or when
    something that is not the app stands in the way (see gate.services.obstacles).
    """
    url = urljoin(base_url.rstrip("/") + "/", path.lstrip("/"))
    began = time.monotonic()
    troubles: list[str] = []
    while True:
        asked = time.monotonic()
        try:
            answer = ask(url, user_agent(run_id), answer_s, follow=True)
        except httpx.HTTPError as error:
            ended = not isinstance(error, bounded.Endless)
            said = ": ".join(filter(None, (type(error).__name__ if ended else "", str(error))))
            patience = settle_s
            passing, pause = isinstance(error, httpx.ConnectError | httpx.RemoteProtocolError), _POLL_S
            waited = time.monotonic() - asked
            stop: Callable[[], Failed | CouldNotTell] = partial(_silent, url, said, waited, witness)
        else:
            obstacle = _obstacle(url, answer)
            waking = obstacle is not None and obstacle.kind == "cold_start"
            passing, patience = waking or answer.status_code in PASSING, answer_s if waking else settle_s
            pause = min(max(retry_after(answer), _POLL_S), _LONGEST_PAUSE_S)
            said = "the host's waiting page" if waking else f"HTTP {answer.status_code}"
            wrong = _wrong(url, answer, obstacle)
            if wrong is None:
                ms = round((time.monotonic() - asked) * 1000)
                return {"status": answer.status_code, "ms": ms, "troubles": troubles}
            stop = partial(_itself, wrong)
        left = patience - (time.monotonic() - began)
        if not passing or left <= 0:
            raise stop()
        troubles.append(said)
        say(f"waiting for {url} to answer: {said}, {left:.0f} s left")
        time.sleep(pause)


def still_answers(base_url: str, path: str, agent: str, seconds: float = STILL_S) -> bool:
    """Whether anything of the app answers within `seconds`, whatever it says. `agent` is the User-Agent."""
    try:
        ask(urljoin(base_url.rstrip("/") + "/", path.lstrip("/")), agent, seconds)
    except bounded.Endless:
        return True
    except httpx.HTTPError:
        return False
    return True


def ask(url: str, agent: str, seconds: float, *, follow: bool = False) -> httpx.Response:
    """One plain question within `seconds`, its answer as `bounded.read` gives it. `agent` is the User-Agent."""
    with httpx.Client(
        trust_env=not is_loopback(url), verify=trust_store(), headers={"User-Agent": agent}
    ) as http:
        question = http.build_request("GET", url)
        return bounded.read(http, question, seconds, follow=follow, connect_s=_CONNECT_S)


def _itself(stop: Failed | CouldNotTell) -> Failed | CouldNotTell:
    return stop


def _silent(url: str, said: str, waited_s: float, witness: Witness) -> Failed | CouldNotTell:
    """Nothing answered: whose doing that is."""
    obstacle = in_failure(said, url, waited_s)
    if obstacle and obstacle.kind != "cold_start":
        return _stopped(url, obstacle)
    word = witness()
    if word is None or (obstacle and word.sleeps):
        if obstacle:
            return _stopped(url, obstacle)
        return CouldNotTell(
            f"an answer at {url}",
            f"{said}; no second witness says whether the app or the way to it is down",
            "is the URL right, is the app up, can this machine reach it?",
            cause=Cause.THIRD_PARTY,
        )
    observed = obstacle.observed if obstacle else said
    hint = (
        "resume the service in Render's dashboard, then run again"
        if word.suspended
        else "the process accepts connections but does not answer: look for a hung start or all workers busy in its log"
        if obstacle
        else "a worker hangs while it sends the page, or a loop in the code makes it: look at the app's log"
        if "does not end" in said
        else "the process is down, or listens on another port than its host expects: look at its log"
    )
    return Failed(f"an answer at {url}", f"{observed}; {word.text}", hint)


def _obstacle(url: str, answer: httpx.Response) -> Obstacle | None:
    kind = answer.headers.get("content-type", "")
    body = answer.text if "text" in kind or "html" in kind else ""
    return in_answer(url, str(answer.url), answer.status_code, answer.headers, body)


def _wrong(url: str, answer: httpx.Response, obstacle: Obstacle | None) -> Failed | CouldNotTell | None:
    if obstacle:
        return _stopped(url, obstacle)
    if len(answer.content) > bounded.PAGE:
        return Failed(
            f"a sign-in page that ends at {url}",
            f"the page does not end: more than {bounded.PAGE // 2**20} MB of it were read",
            "a loop in the code makes it, or the path sends a file: look at the view behind it",
        )
    if answer.status_code >= 400:
        return Failed(
            f"the sign-in page at {url}",
            f"HTTP {answer.status_code}: {' '.join(answer.text.split())[:160]}",
            "look in the app's log for that minute",
        )
    kind = answer.headers.get("content-type", "")
    if "html" not in kind:
        return CouldNotTell(
            f"a web page at {url}",
            f"an answer of type {kind or 'unknown'}",
            "does --base-url name this application? Is login.path in target.toml right?",
            cause=Cause.CONFIGURATION,
        )
    return None


def _stopped(url: str, obstacle: Obstacle) -> Failed | CouldNotTell:
    if obstacle.cause is Cause.PRODUCT:
        return Failed(f"the sign-in page at {url}", obstacle.observed, obstacle.hint)
    return CouldNotTell(f"the sign-in page at {url}", obstacle.observed, obstacle.hint, cause=obstacle.cause)
