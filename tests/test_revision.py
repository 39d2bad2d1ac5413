"""The revision lock: Render's deploys in every status, and the app's own word over the swap of instances."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from pydantic import SecretStr

from gate.results import CouldNotTell, Failed
from gate.services.ended import in_words
from gate.services.render import Deploy, Render
from gate.services.revision import (
    Silent,
    agreeing_version,
    find_deploy,
    no_commit_known,
    nothing_to_ask,
    read_version,
    same_commit,
    wait_for_deploy,
)
from gate.target import Version
from sandbox.doubles.render import LogLine, RenderBehaviour
from sandbox.doubles.render.config import DeploySpec
from tests.doubles_client import InProcess
from tests.doubles_render import KEY, NEW, OLD, SERVICE, RenderAccount, minutes_ago

START = datetime(2025, 11, 24, 12, tzinfo=UTC)
WANTED, BEFORE, AFTER = "a" * 40, "b" * 40, "c" * 40
VERSION = Version(path="/version", reads=3, swap_window_s=60)


class Clock:
    """Time that passes only by waiting."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


def deploy(status: str, commit: str | None = WANTED, number: int = 1) -> Deploy:
    at = START + timedelta(minutes=number)
    return Deploy(f"dep-{number}", status, commit, "", "new_commit", at, at, None, at)


class Scripted:
    """Render as a list of answers to the question for the deploys; the last one stays."""

    def __init__(self, *answers: Iterable[Deploy]) -> None:
        self.answers = [tuple(answer) for answer in answers]
        self.asked = 0

    def deploys(self, most: int) -> tuple[Deploy, ...]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]

    def events(self, *_: Any) -> tuple[()]:
        return ()

    def logs(self, *_: Any, **__: Any) -> Any:
        return type("Logs", (), {"lines": ()})


def waited(
    *answers: Iterable[Deploy], commit: str | None = WANTED, listed: float = 30, said: list[str] | None = None
) -> tuple[Deploy, Clock]:
    clock, lines = Clock(), said if said is not None else []
    found = wait_for_deploy(
        cast(Render, Scripted(*answers)),
        commit,
        900,
        lines.append,
        listed_within_s=listed,
        clock=clock,
        sleep=clock.sleep,
    )
    return found, clock


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (WANTED, WANTED, True),
        (WANTED, WANTED[:7], True),
        (WANTED[:7], WANTED, True),
        ("ABCDEF1", "abcdef1234567", True),
        (WANTED, WANTED[:6], False),
        (WANTED, BEFORE, False),
        (WANTED[:7], BEFORE[:7], False),
        ("", WANTED, False),
        (None, WANTED, False),
        (None, None, False),
    ],
)
def test_full_and_short_commits_compare(one: str | None, other: str | None, same: bool) -> None:
    assert same_commit(one, other) is same


def test_the_newest_deploy_of_the_commit_is_looked_at() -> None:
    newest_first = (deploy("live", AFTER, 3), deploy("live", WANTED, 2), deploy("canceled", WANTED, 1))
    found = find_deploy(newest_first, WANTED[:10])
    assert found
    assert found.id == "dep-2"
    assert find_deploy(newest_first, None) is newest_first[0]
    assert find_deploy(newest_first, "d" * 40) is None


@pytest.mark.parametrize(
    "status",
    [
        "created",
        "queued",
        "build_in_progress",
        "pre_deploy_in_progress",
        "update_in_progress",
        "a_status_of_next_year",
        "",
    ],
)
def test_a_deploy_under_way_is_waited_for_and_the_time_left_is_told(status: str) -> None:
    said: list[str] = []
    found, clock = waited([deploy(status)], [deploy(status)], [deploy("live")], said=said)
    assert found.live
    assert clock.waits == [2.0, 2.0]
    assert said == [
        f"waiting for Render's deploy: {status}, 900 s left",
        f"waiting for Render's deploy: {status}, 898 s left",
    ]


@pytest.mark.parametrize(
    ("status", "observed"),
    [
        ("build_failed", "dep-2 ended as build_failed; live is bbbbbbbbbbbb (dep-1)"),
        ("pre_deploy_failed", "dep-2 ended as pre_deploy_failed; live is bbbbbbbbbbbb (dep-1)"),
        ("update_failed", "dep-2 ended as update_failed; live is bbbbbbbbbbbb (dep-1)"),
        ("canceled", "dep-2 was canceled, with no newer deploy; live is bbbbbbbbbbbb (dep-1)"),
        ("deactivated", "dep-2 was live and is deactivated; live is bbbbbbbbbbbb (dep-1)"),
    ],
)
def test_a_deploy_that_ended_ends_the_wait_at_once(status: str, observed: str) -> None:
    with pytest.raises(Failed) as told:
        waited([deploy("build_in_progress", number=2)], [deploy(status, number=2), deploy("live", BEFORE)])
    assert told.value.observed == observed


@pytest.mark.parametrize(
    ("status", "observed"),
    [
        ("canceled", "dep-1 was canceled: dep-2 of cccccccccccc came after it (live)"),
        ("deactivated", "dep-1 was live and is deactivated: dep-2 of cccccccccccc came after it (live)"),
    ],
)
def test_the_deploy_that_took_its_place_is_named(status: str, observed: str) -> None:
    with pytest.raises(Failed) as told:
        waited([deploy("live", AFTER, 2), deploy(status)])
    assert told.value.observed.startswith(observed)
    assert "judge the deploy that took its place" in told.value.hint


def test_a_deploy_that_never_ends_is_named_with_its_status() -> None:
    with pytest.raises(Failed) as told:
        waited([deploy("update_in_progress")])
    assert told.value.observed == "still update_in_progress (dep-1)"


def test_a_deploy_accepted_without_an_id_shows_up_later() -> None:
    said: list[str] = []
    found, _ = waited(
        [deploy("live", BEFORE)],
        [deploy("queued", number=2), deploy("live", BEFORE)],
        [deploy("live", number=2)],
        said=said,
    )
    assert found.id == "dep-2"
    assert said[0] == "waiting for Render's deploy: not listed yet, 30 s left"


def test_a_commit_is_waited_for_as_long_as_another_deploy_is_under_way() -> None:
    ahead = [deploy("build_in_progress", BEFORE)]
    found, clock = waited(*[ahead] * 40, [deploy("live", number=2)])
    assert found.id == "dep-2"
    assert clock.now > 30


def test_a_commit_that_was_never_deployed_is_told_soon() -> None:
    with pytest.raises(Failed) as told:
        waited([deploy("live", BEFORE)], listed=5)
    assert told.value.observed == "none of the last 1; live is bbbbbbbbbbbb (dep-1)"


def test_without_a_commit_the_newest_deploy_of_any_status_counts() -> None:
    with pytest.raises(Failed, match="build_failed"):
        waited([deploy("build_failed", number=2), deploy("live", BEFORE)], commit=None)
    found, _ = waited([deploy("live", AFTER, 2), deploy("deactivated")], commit=None)
    assert found.id == "dep-2"


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ({"failure": {"evicted": False, "nonZeroExit": 3}}, "its process exited with 3"),
        (
            {"failure": {"evicted": False, "oomKilled": {"memoryLimit": "512Mi"}}},
            "it ran out of memory (limit 512Mi)",
        ),
        (
            {"failure": {"evicted": False, "timedOutSeconds": 900, "timedOutReason": "port scan"}},
            "it timed out after 900 s (port scan)",
        ),
        (
            {"failure": {"evicted": False, "unhealthy": "HTTP 500"}},
            "its health check failed (HTTP 500)",
        ),
        ({"failure": {"evicted": False, "earlyExit": True}}, "its process ended by itself"),
        ({"failure": {"evicted": True, "evictionReason": "node"}}, "it was evicted (node)"),
        ({"buildFailed": {"id": "bld-1"}}, "its build failed"),
        ({"somethingNew": 1}, ""),
    ],
)
def test_the_reason_of_the_events_in_words(reason: dict[str, Any], words: str) -> None:
    assert in_words(reason) == words


@pytest.mark.parametrize(
    ("status", "kind", "failure", "line", "observed"),
    [
        (
            "build_failed",
            "build",
            {},
            "ERROR: No matching distribution found for flask==9",
            "its build failed; its log says 'ERROR: No matching distribution found for flask==9'",
        ),
        (
            "update_failed",
            "app",
            {"nonZeroExit": 3},
            "ModuleNotFoundError: No module named 'reportes'",
            "its process exited with 3; its log says \"ModuleNotFoundError: No module named 'reportes'\"",
        ),
        ("update_failed", "app", {"oomKilled": {"memoryLimit": "512Mi"}}, "all quiet", "(limit 512Mi); live"),
    ],
)
def test_a_failed_deploy_tells_its_cause_and_the_last_telling_line(
    status: str, kind: str, failure: dict[str, Any], line: str, observed: str
) -> None:
    """Asked of the double: the events and the newest of many log lines."""
    at = minutes_ago(2)
    lines = [LogLine(at + timedelta(milliseconds=n), f"step {n}", kind) for n in range(250)]
    lines.append(LogLine(at + timedelta(seconds=1), line, kind))
    deploys: list[DeploySpec] = [
        {"commit": OLD, "created_at": minutes_ago(60)},
        {"commit": NEW, "status": status, "created_at": minutes_ago(3), "failure": failure},
    ]
    account = RenderAccount(deploys={SERVICE: deploys}, lines=lines)
    kept: dict[str, str] = {}
    with opened(account) as render, pytest.raises(Failed) as told:
        wait_for_deploy(render, NEW, 900, lambda line: None, keep=kept.__setitem__)
    assert observed in told.value.observed
    (log,) = kept.values()
    assert line in log
    assert "step 249" in log


@pytest.mark.parametrize("accepted", [201, 202])
def test_a_deploy_asked_of_the_double_is_followed_to_its_end(accepted: Any) -> None:
    behaviour = RenderBehaviour(
        deploy_create=accepted, deploy_script=("build_in_progress", "update_in_progress", "live")
    )
    account = RenderAccount(behaviour=behaviour)
    account.client.post(f"/v1/services/{SERVICE}/deploys", json={"commitId": WANTED})
    clock = Clock()
    with opened(account) as render:
        found = wait_for_deploy(render, WANTED, 900, lambda line: None, clock=clock, sleep=clock.sleep)
    assert found.live
    assert clock.waits


def opened(account: RenderAccount) -> Render:
    return Render(
        SERVICE,
        SecretStr(KEY),
        "run-1",
        api="http://127.0.0.1/v1",
        patience_s=10,
        transport=InProcess(account.double.app),
    )


Answer = Callable[[httpx.Request], httpx.Response]


def names(commit: str) -> Answer:
    return lambda request: httpx.Response(200, json={"commit": commit})


def says(status: int, text: str = "") -> Answer:
    return lambda request: httpx.Response(status, text=text)


def breaks(kind: type[httpx.TransportError]) -> Answer:
    def answer(request: httpx.Request) -> httpx.Response:
        raise kind("it did")

    return answer


RIGHT, OTHER = names(WANTED), names(BEFORE)
REFUSED, NO_ANSWER, CUT_OFF = (
    breaks(kind) for kind in (httpx.ConnectError, httpx.ReadTimeout, httpx.RemoteProtocolError)
)


def asked(
    *answers: Answer, expected: str = WANTED, clock: Clock | None = None, said: list[str] | None = None
) -> Any:
    """The version endpoint gives these answers, the last one for ever."""
    clock = clock or Clock()
    left = list(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        assert "run-1" in request.headers["User-Agent"]
        return (left.pop(0) if len(left) > 1 else left[0])(request)

    return agreeing_version(
        "https://app.example",
        VERSION,
        expected,
        "run-1",
        (said if said is not None else []).append,
        transport=httpx.MockTransport(handle),
        clock=clock,
        sleep=clock.sleep,
    )


@pytest.mark.parametrize(
    ("answers", "reads", "seen"),
    [
        ([RIGHT], 3, 0),
        ([OTHER, OTHER, RIGHT], 5, 1),
        # Old and new instance answer by turns: the count begins anew.
        ([RIGHT, RIGHT, OTHER, RIGHT], 6, 1),
        ([says(502), says(503), says(504), RIGHT], 6, 3),
        ([says(429), RIGHT], 4, 1),
        ([REFUSED, REFUSED, RIGHT], 5, 1),
        ([CUT_OFF, NO_ANSWER, RIGHT], 5, 2),
        ([says(502), OTHER, REFUSED, RIGHT], 6, 3),
    ],
)
def test_what_belongs_to_a_swap_is_waited_for(answers: list[Answer], reads: int, seen: int) -> None:
    agreed = asked(*answers)
    assert (agreed.commit, agreed.asked, len(agreed.seen)) == (WANTED, reads, seen)


@pytest.mark.parametrize("expected", [WANTED[:7], WANTED.upper()])
def test_a_short_commit_is_enough(expected: str) -> None:
    assert asked(RIGHT, expected=expected).commit == WANTED


@pytest.mark.parametrize(
    ("answer", "observed"),
    [
        (says(400, "bad"), "HTTP 400"),
        (says(401), "HTTP 401"),
        (says(404, "Not Found"), "HTTP 404 at https://app.example/version: Not Found"),
        (says(500, "Internal Server Error"), "HTTP 500"),
        (says(200, "no json"), "no 'commit' in the answer"),
        (names(""), "'commit' is empty"),
    ],
)
def test_what_the_app_itself_answers_wrongly_is_not_waited_for(answer: Answer, observed: str) -> None:
    clock = Clock()
    with pytest.raises(Failed, match="3 answers in a row from the app naming aaaaaaaaaaaa") as told:
        asked(says(502), answer, clock=clock)
    assert observed in told.value.observed
    assert clock.waits == [0.25]


@pytest.mark.parametrize(
    ("answer", "observed"),
    [(OTHER, "runs bbbbbbbbbbbb, also after 60 s"), (says(502, "Bad Gateway"), "HTTP 502")],
)
def test_the_swap_window_ends(answer: Answer, observed: str) -> None:
    clock = Clock()
    with pytest.raises(Failed) as told:
        asked(answer, clock=clock)
    assert observed in told.value.observed
    assert 60 <= clock.now < 61


@pytest.mark.parametrize("nothing", [REFUSED, NO_ANSWER, CUT_OFF])
def test_an_app_that_never_answers_is_silent_and_not_wrong(nothing: Answer) -> None:
    clock = Clock()
    with pytest.raises(Silent):
        asked(nothing, clock=clock)
    assert 60 <= clock.now < 61


def test_the_progress_line_tells_what_is_seen_and_how_long_is_left() -> None:
    said: list[str] = []
    asked(OTHER, says(502, "Bad Gateway"), RIGHT, said=said)
    assert said == [
        "waiting for aaaaaaaaaaaa to answer: https://app.example runs bbbbbbbbbbbb, 60 s left",
        "waiting for aaaaaaaaaaaa to answer: HTTP 502 at https://app.example/version: Bad Gateway, 60 s left",
    ]


def test_a_plain_body_can_be_the_commit() -> None:
    version = Version(path="commit.txt", key=None)
    with httpx.Client(transport=httpx.MockTransport(says(200, f"{WANTED}\n"))) as http:
        assert read_version(http, "https://app.example", version).commit == WANTED


@pytest.mark.parametrize(
    ("stop", "remedy"), [(no_commit_known(), "--commit"), (nothing_to_ask(), "[version]")]
)
def test_without_anybody_to_ask_the_way_out_is_named(stop: CouldNotTell, remedy: str) -> None:
    assert remedy in f"{stop.observed} {stop.hint}"
    assert "--no-commit" in stop.hint
