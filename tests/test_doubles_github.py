"""The GitHub double: pull requests, reviews, statuses, and who may see them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.doubles import serve
from sandbox.doubles.github import (
    CheckRun,
    GitHubBehaviour,
    GitHubDouble,
    PullRequest,
    Repository,
    Review,
    Status,
)
from tests.doubles_client import in_process

TOKEN = "ghp_not-a-token"
SHA, OTHER_SHA, LONELY_SHA = "a" * 40, "b" * 40, "c" * 40
REPO = "/repos/contoso-example/envios"
DAY = datetime(2025, 11, 20, tzinfo=UTC)


def _double(
    behaviour: GitHubBehaviour | None = None, *, private: bool = True, reviews: int = 2
) -> GitHubDouble:
    pull = PullRequest(
        number=7,
        head="feature/rutas",
        head_sha=SHA,
        author="operador-uno",
        title="Rutas nuevas",
        reviews=tuple(
            Review(
                "admin-dos", "APPROVED" if number == 0 else "COMMENTED", SHA, DAY - timedelta(hours=number)
            )
            for number in range(reviews)
        ),
    )
    merged = PullRequest(
        number=6, head="fix/pdf", head_sha=OTHER_SHA, author="operador-uno", state="closed", merged=True
    )
    return GitHubDouble(
        token=TOKEN,
        repository=Repository(
            "contoso-example",
            "envios",
            private=private,
            pulls=(merged, pull),
            statuses={SHA: (Status("ci/tests", "success"), Status("ci/lint", "pending"))},
            check_runs={SHA: (CheckRun("tests"), CheckRun("e2e", "in_progress")), LONELY_SHA: ()},
        ),
        behaviour=behaviour,
    )


def _get(double: GitHubDouble, path: str, token: str | None = TOKEN, **params: Any) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return in_process(double.app).get(path, headers=headers, params=params or None)


@pytest.mark.parametrize(
    ("params", "numbers"),
    [
        ({}, [7]),
        ({"state": "closed"}, [6]),
        ({"state": "all"}, [7, 6]),
        ({"head": "contoso-example:feature/rutas"}, [7]),
        ({"head": "contoso-example:none"}, []),
        ({"head": "feature/none"}, [7]),
        ({"base": "develop"}, []),
        ({"state": "all", "per_page": 1}, [7]),
        ({"state": "all", "per_page": 1, "page": 2}, [6]),
    ],
)
def test_pulls_are_filtered(params: dict[str, Any], numbers: list[int]) -> None:
    answer = _get(_double(), f"{REPO}/pulls", **params)
    assert [pull["number"] for pull in answer.json()] == numbers


def test_a_pull_names_its_branches_and_author() -> None:
    pull = _get(_double(), f"{REPO}/pulls/7").json()
    assert (pull["head"]["ref"], pull["head"]["sha"], pull["base"]["ref"]) == ("feature/rutas", SHA, "main")
    assert (pull["user"]["login"], pull["merged"], pull["title"]) == ("operador-uno", False, "Rutas nuevas")
    assert "merged" not in _get(_double(), f"{REPO}/pulls").json()[0]


def test_reviews_come_oldest_first() -> None:
    reviews = _get(_double(), f"{REPO}/pulls/7/reviews").json()
    assert [(review["state"], review["commit_id"]) for review in reviews] == [
        ("COMMENTED", SHA),
        ("APPROVED", SHA),
    ]
    assert reviews[1]["submitted_at"] == "2025-11-20T00:00:00Z"


def test_pages_are_linked() -> None:
    double = _double(reviews=70)
    first = _get(double, f"{REPO}/pulls/7/reviews")
    assert (len(first.json()), set(first.links)) == (30, {"next", "last"})
    second = _get(double, first.links["next"]["url"])
    assert set(second.links) == {"prev", "next", "first", "last"}
    last = _get(double, second.links["next"]["url"])
    assert (len(last.json()), set(last.links)) == (10, {"prev", "first"})


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        ((), "pending"),
        ((Status("a", "success"),), "success"),
        ((Status("a", "success"), Status("b", "pending")), "pending"),
        ((Status("a", "pending"), Status("b", "error")), "failure"),
        ((Status("a", "success"), Status("b", "failure")), "failure"),
    ],
)
def test_statuses_are_combined(statuses: tuple[Status, ...], state: str) -> None:
    double = _double()
    double.repository = Repository("contoso-example", "envios", statuses={SHA: statuses})
    answer = _get(double, f"{REPO}/commits/{SHA}/status").json()
    assert (answer["state"], answer["total_count"]) == (state, len(statuses))


def test_check_runs() -> None:
    answer = _get(_double(), f"{REPO}/commits/{SHA}/check-runs").json()
    assert answer["total_count"] == 2
    shown = [(run["name"], run["status"], run["conclusion"]) for run in answer["check_runs"]]
    assert shown == [("tests", "completed", "success"), ("e2e", "in_progress", None)]
    assert _get(_double(), f"{REPO}/commits/{LONELY_SHA}/check-runs").json()["check_runs"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{REPO}/pulls/99", 404),
        (f"{REPO}/pulls/99/reviews", 404),
        (f"{REPO}/commits/{'d' * 40}/status", 404),
        (f"{REPO}/commits/{'d' * 40}/check-runs", 422),
        ("/repos/contoso-example/otro", 404),
        ("/nothing", 404),
    ],
)
def test_what_is_not_there(path: str, status: int) -> None:
    answer = _get(_double(), path)
    assert answer.status_code == status
    assert answer.json().keys() == {"message", "documentation_url", "status"}


@pytest.mark.parametrize(
    ("behaviour", "private", "token", "status"),
    [
        (GitHubBehaviour(), True, TOKEN, 200),
        (GitHubBehaviour(), True, None, 404),
        (GitHubBehaviour(), False, None, 200),
        (GitHubBehaviour(), True, "wrong", 401),
        (GitHubBehaviour(), False, "wrong", 401),
        (GitHubBehaviour(token_refused=True), True, TOKEN, 401),
        (GitHubBehaviour(hidden=True), True, TOKEN, 404),
        (GitHubBehaviour(unavailable=True, slow=0.001), True, TOKEN, 503),
    ],
)
def test_who_sees_the_repository(
    behaviour: GitHubBehaviour, private: bool, token: str | None, status: int
) -> None:
    answer = _get(_double(behaviour, private=private), REPO, token)
    assert answer.status_code == status


def test_throttling_and_reset() -> None:
    double = _double(GitHubBehaviour(throttle=1, too_fast=True, retry_after=5))
    refused, allowed = _get(double, REPO), _get(double, REPO)
    assert (refused.status_code, allowed.status_code) == (403, 200)
    assert (refused.headers["Retry-After"], refused.headers["X-RateLimit-Remaining"]) == ("5", "5000")
    double.reset()
    assert double.requests == ()
    assert _get(double, REPO).status_code == 403


def test_it_serves_on_a_port_and_logs_no_token() -> None:
    double = _double()
    with serve(double) as url:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        answer = httpx.get(f"{url}{REPO}", headers=headers, trust_env=False)
        assert answer.json()["default_branch"] == "main"
        assert TOKEN not in httpx.get(f"{url}/_double/log", trust_env=False).text
