"""gate.services.github against the GitHub double, and the branch policy by table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from gate.repo.branch_policy import Policy, against
from gate.services import github
from gate.services.github import GitHub
from gate.services.http import Denied, Missing, Throttled
from sandbox.doubles.github import GitHubBehaviour, GitHubDouble, PullRequest, Repository, Review
from sandbox.doubles.serving import serve

NEW, OLD = "a" * 40, "b" * 40
BEGAN = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PULL = PullRequest(
    7,
    "feature/x",
    NEW,
    "autora",
    title="Listado",
    body="## Qué",
    reviews=(Review("revisor", "APPROVED", NEW),),
)


@pytest.fixture
def double() -> GitHubDouble:
    many = tuple(
        Review(f"r{number}", "COMMENTED", OLD, BEGAN + timedelta(minutes=number)) for number in range(250)
    )
    other = replace(PULL, number=8, head="feature/y", reviews=many, state="closed")
    return GitHubDouble(
        token="t-for-tests", repository=Repository("envios-example", "envios", pulls=(PULL, other))
    )


@pytest.fixture
def api(double: GitHubDouble) -> Iterator[str]:
    with serve(double) as url:
        yield url


def client(api: str, token: str = "t-for-tests", repository: str = "envios-example/envios") -> GitHub:
    return GitHub(repository, SecretStr(token), "r1", api=api)


def test_a_pull_request_is_found_by_its_branch_and_by_its_number(api: str) -> None:
    with client(api) as asked:
        (found,) = asked.pulls_from("feature/x")
        assert found == asked.pull(7)
        assert (found.head, found.head_sha, found.base, found.author) == ("feature/x", NEW, "main", "autora")
        assert (found.title, found.body, found.draft, found.head_repo) == (
            "Listado", "## Qué", False, "envios-example/envios",
        )  # fmt: skip
        assert asked.pulls_from("feature/y") == ()
        assert [pull.number for pull in asked.pulls_from("feature/y", state="all")] == [8]


def test_every_page_of_reviews_is_read_in_order(api: str) -> None:
    with client(api) as asked:
        reviews = asked.reviews(8)
    assert [review.author for review in reviews] == [f"r{number}" for number in range(250)]
    assert len(asked.attempts) == 3


@pytest.mark.parametrize(
    ("behaviour", "error", "hint"),
    [
        (GitHubBehaviour(token_refused=True), Denied, "GATE_GITHUB_TOKEN"),
        (GitHubBehaviour(hidden=True), Missing, "access to the repository"),
        (GitHubBehaviour(throttle=99), Throttled, "try again later"),
        (GitHubBehaviour(throttle=99, too_fast=True), Throttled, "try again later"),
    ],
)
def test_a_refusal_says_whose_it_is(
    double: GitHubDouble, api: str, behaviour: GitHubBehaviour, error: type[Exception], hint: str
) -> None:
    double.behaviour = behaviour
    with client(api) as asked, pytest.raises(error) as told:
        asked.pull(7)
    assert hint in told.value.hint  # type: ignore[attr-defined]


def test_a_review_of_a_bot_is_known_as_one() -> None:
    reviews = (Review("merge-helper[bot]", "APPROVED", NEW), Review("revisor", "APPROVED", NEW))
    pulls = (replace(PULL, reviews=reviews),)
    with (
        serve(
            GitHubDouble(token="t-for-tests", repository=Repository("envios-example", "envios", pulls=pulls))
        ) as url,
        client(url) as asked,
    ):
        assert {one.author: one.bot for one in asked.reviews(7)} == {
            "merge-helper[bot]": True,
            "revisor": False,
        }


GOOD = github.PullRequest(7, "", "", "autora", "open", False, "feature/x", NEW, "", "main", "")
APPROVED = github.Review("revisor", "APPROVED", NEW, BEGAN)
POLICY = Policy({"main": ("feature/*", "develop"), "develop": ("arreglo",)})


def told(pull: github.PullRequest = GOOD, *reviews: github.Review, head: str = NEW) -> str:
    return " ".join(finding.id for finding in against(POLICY, pull, reviews, head))


def test_a_pull_request_that_keeps_the_policy_has_no_findings() -> None:
    assert told(GOOD, APPROVED) == ""
    assert told(GOOD, replace(APPROVED, commit=OLD), APPROVED) == ""
    assert told(GOOD, APPROVED, replace(APPROVED, state="COMMENTED")) == ""
    assert told(replace(GOOD, head="develop"), APPROVED) == ""
    assert told(replace(GOOD, head="arreglo", base="develop"), APPROVED) == ""


@pytest.mark.parametrize(
    ("pull", "reviews", "finding", "words"),
    [
        (replace(GOOD, head="arreglo"), (APPROVED,), "change.source_branch", "comes from arreglo"),
        (replace(GOOD, base="otra"), (APPROVED,), "change.base_branch", "goes into otra"),
        (replace(GOOD, draft=True), (APPROVED,), "change.draft", "still a draft"),
        (replace(GOOD, state="closed"), (APPROVED,), "change.closed", "closed"),
        (GOOD, (), "change.approval", "0 approved it"),
        (replace(GOOD, base="develop"), (APPROVED,), "change.source_branch", "comes from feature/x"),
        (GOOD, (replace(APPROVED, author="Autora"),), "change.approval", "only its author"),
        (
            GOOD,
            (replace(APPROVED, author="m[bot]", bot=True),),
            "change.approval",
            "m[bot] approved it, which is no",
        ),
        (GOOD, (replace(APPROVED, commit=OLD),), "change.approval", "commits came after it"),
        (GOOD, (APPROVED, replace(APPROVED, state="DISMISSED")), "change.approval", "0 approved it"),
        (
            GOOD,
            (APPROVED, replace(APPROVED, author="otro", state="CHANGES_REQUESTED")),
            "change.changes_requested",
            "otro does",
        ),
    ],
)
def test_what_does_not_keep_it_is_named(
    pull: github.PullRequest, reviews: tuple[github.Review, ...], finding: str, words: str
) -> None:
    (found,) = against(POLICY, pull, reviews, NEW)
    assert found.id == finding
    assert words in found.observed


def test_a_commit_that_was_not_pushed_is_named() -> None:
    assert told(GOOD, APPROVED, head=OLD) == "change.other_commit"
