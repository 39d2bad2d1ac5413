"""GitHub's REST API, read only: a pull request and its reviews.

Facts: GitHub's REST documentation (pulls, reviews, "Using pagination", "Rate limits").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
from pydantic import SecretStr

from gate.services.http import (
    Attempt,
    Denied,
    ServiceClient,
    Throttled,
    Unexpected,
    json_object,
    message_of,
    refusal,
)

API = "https://api.github.com"
PAGE = 100


@dataclass(frozen=True)
class PullRequest:
    """A pull request. `head` and `base` are branches; `head_repo` is owner/name, empty when a fork was deleted."""

    number: int
    title: str
    body: str
    author: str
    state: str
    draft: bool
    head: str
    head_sha: str
    head_repo: str
    base: str
    url: str


@dataclass(frozen=True)
class Review:
    """A review of the pull request as it stood at `commit` (a full SHA). `state` is GitHub's own word.

    `bot` tells that an app wrote it, such as dependabot[bot].
    """

    author: str
    state: str
    commit: str
    at: datetime | None
    bot: bool = False


class GitHub:
    """One repository (`owner/name`) through the API. Use as a context manager.

    Every call can raise Denied (wrong token), Missing (wrong name, or the token may not see it), Throttled,
    Unreachable or Unexpected.
    """

    def __init__(
        self,
        repository: str,
        token: SecretStr,
        run_id: str,
        *,
        api: str = API,
        patience_s: float = 8.0,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.repository = repository
        self._http = ServiceClient(
            "GitHub",
            api,
            run_id,
            headers={
                "Authorization": f"Bearer {token.get_secret_value()}",
                "Accept": "application/vnd.github+json",
                "X-GitHub-Api-Version": "2022-11-28",
            },
            patience_s=patience_s,
            transport=transport,
        )

    def __enter__(self) -> GitHub:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every request that was sent."""
        return tuple(self._http.attempts)

    def pull(self, number: int) -> PullRequest:
        """The pull request of this number."""
        return _pull(self._object(f"repos/{self.repository}/pulls/{number}"))

    def pulls_from(self, branch: str, *, state: str = "open") -> tuple[PullRequest, ...]:
        """The pull requests that come from a branch of this repository, newest first."""
        owner = self.repository.partition("/")[0]
        query = {"state": state, "head": f"{owner}:{branch}"}
        found = map(_pull, self._pages(f"repos/{self.repository}/pulls", query))
        # GitHub passes over a head that it does not understand.
        return tuple(pull for pull in found if pull.head == branch)

    def reviews(self, number: int) -> tuple[Review, ...]:
        """Its reviews, oldest first."""
        found = map(_review, self._pages(f"repos/{self.repository}/pulls/{number}/reviews", {}))
        return tuple(sorted(found, key=lambda review: review.at or datetime.min.replace(tzinfo=UTC)))

    def _pages(self, path: str, query: Mapping[str, str]) -> Iterator[dict[str, Any]]:
        """The objects of a list, page after page."""
        following: str | None = path
        params: dict[str, str] | None = {**query, "per_page": str(PAGE)}
        while following:
            answer = self._answer(following, params)
            page = json_object("GitHub", answer)
            if not isinstance(page, list):
                raise Unexpected(f"GitHub answered {path} with something that is no list")
            yield from (one for one in page if isinstance(one, dict))
            # The next page's address holds the whole query.
            following, params = answer.links.get("next", {}).get("url"), None

    def _object(self, path: str) -> dict[str, Any]:
        found = json_object("GitHub", self._answer(path, None))
        if not isinstance(found, dict):
            raise Unexpected(f"GitHub answered {path} with something that is no object")
        return found

    def _answer(self, path: str, params: Mapping[str, str] | None) -> httpx.Response:
        answer = self._http.read(path, params=params)
        if answer.status_code == 200:
            return answer
        message = message_of(answer)
        request_id = answer.headers.get("X-GitHub-Request-Id", "")
        error = refusal(
            "GitHub", answer, message, hint=_HINTS.get(answer.status_code, ""), request_id=request_id
        )
        # GitHub says 403 to who asks too often, or too much at once, as well as to who may not.
        often = answer.headers.get("X-RateLimit-Remaining") == "0" or "Retry-After" in answer.headers
        if isinstance(error, Denied) and often:
            raise Throttled(
                str(error), hint="GitHub limits how often it may be asked; try again later", status=403
            )
        raise error


_HINTS = {
    401: "the token is wrong or has expired; set GATE_GITHUB_TOKEN anew",
    403: "the token may not read this; it needs pull requests: read",
    404: "no such repository or pull request for this token; it needs access to the repository",
}


def _pull(raw: Mapping[str, Any]) -> PullRequest:
    head, base = _part(raw, "head"), _part(raw, "base")
    number = raw.get("number")
    if not isinstance(number, int):
        raise Unexpected("GitHub told of a pull request without a number")
    return PullRequest(
        number=number,
        title=_text(raw, "title"),
        body=_text(raw, "body"),
        author=_text(_part(raw, "user"), "login"),
        state=_text(raw, "state"),
        draft=raw.get("draft") is True,
        head=_text(head, "ref"),
        head_sha=_text(head, "sha"),
        head_repo=_text(_part(head, "repo"), "full_name"),
        base=_text(base, "ref"),
        url=_text(raw, "html_url"),
    )


def _review(raw: Mapping[str, Any]) -> Review:
    try:
        at = datetime.fromisoformat(_text(raw, "submitted_at"))
    except ValueError:
        at = None
    user = _part(raw, "user")
    bot = _text(user, "type") == "Bot"
    return Review(_text(user, "login"), _text(raw, "state"), _text(raw, "commit_id"), at, bot)


def _part(raw: Mapping[str, Any], key: str) -> dict[str, Any]:
    part = raw.get(key)
    return part if isinstance(part, dict) else {}


def _text(raw: Mapping[str, Any], key: str) -> str:
    value = raw.get(key)
    return value if isinstance(value, str) else ""
