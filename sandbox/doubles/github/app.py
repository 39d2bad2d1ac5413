"""The GitHub double: one repository's pull requests, reviews and commit statuses, read only.

Facts: GitHub's REST documentation (pulls, reviews, statuses, checks, "Using pagination", "Rate limits").
Assumed: a `head` filter that is not `owner:branch` is ignored.
"""

import asyncio
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.doubles.double import Clock, Double, http_date
from sandbox.doubles.github.config import PullRequest, Repository
from sandbox.doubles.github.objects import (
    check_run_object,
    combined_status,
    pull_object,
    repository_object,
    review_object,
)

_HOURLY_LIMIT = 5000
_MOST = 100


@dataclass(frozen=True)
class GitHubBehaviour:
    """Switches of the GitHub double. The defaults are a healthy GitHub.

    `token_refused` answers every token with 401; `hidden` answers 404 throughout, as for a token without
    access to the repository; `throttle` answers the next n requests with 403, as where the hour's requests are
    used up, or, `too_fast`, as one that asks too much at once, who is told `retry_after` seconds and has requests
    left; `unavailable` everything with 503; `slow` seconds before each answer.
    """

    token_refused: bool = False
    hidden: bool = False
    throttle: int = 0
    too_fast: bool = False
    retry_after: int = 1
    unavailable: bool = False
    slow: float = 0.0


class _Refused(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status

    def response(self) -> Response:
        body = {
            "message": str(self),
            "documentation_url": "https://docs.github.com/rest",
            "status": str(self.status),
        }
        return JSONResponse(body, status_code=self.status)


class GitHubDouble(Double):
    """GitHub's REST API for one repository, at the root as on api.github.com.

    `behaviour` and `repository` may be replaced while serving; `reset` returns to what was given here.
    """

    def __init__(
        self,
        *,
        token: str,
        repository: Repository,
        behaviour: GitHubBehaviour | None = None,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(clock)
        self._token = token
        self._given = (repository, behaviour or GitHubBehaviour())
        self.restore()
        repo = "/repos/{owner}/{name}"
        routes = [
            Route(repo, self._show_repository),
            Route(repo + "/pulls", self._list_pulls),
            Route(repo + "/pulls/{number:int}", self._show_pull),
            Route(repo + "/pulls/{number:int}/reviews", self._list_reviews),
            Route(repo + "/commits/{sha}/status", self._show_status),
            Route(repo + "/commits/{sha}/check-runs", self._list_check_runs),
        ]
        self._app = self.build(routes, {_Refused: _as_refusal, 404: _no_such_route, 405: _no_such_route})

    @property
    def app(self) -> ASGIApp:
        return self._app

    def restore(self) -> None:
        self.repository, self.behaviour = self._given
        self._throttled = 0

    async def answering(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        await asyncio.sleep(self.behaviour.slow)
        try:
            self._check(request)
            response = await call_next(request)
            remaining = _HOURLY_LIMIT - len(self.requests) - 1
        except _Refused as refused:
            response = refused.response()
            remaining = _HOURLY_LIMIT
            if refused.status == 403 and self.behaviour.too_fast:
                response.headers["Retry-After"] = str(self.behaviour.retry_after)
            elif refused.status == 403:
                remaining = 0
        response.headers["X-RateLimit-Limit"] = str(_HOURLY_LIMIT)
        response.headers["X-RateLimit-Remaining"] = str(remaining)
        response.headers["X-RateLimit-Reset"] = str(int(self.clock()) + self.behaviour.retry_after)
        response.headers["X-GitHub-Request-Id"] = secrets.token_hex(8).upper()
        response.headers["Date"] = http_date(self.clock())
        return response

    def _check(self, request: Request) -> None:
        if self.behaviour.unavailable:
            raise _Refused(503, "Service unavailable")
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme and (scheme.lower() not in ("bearer", "token") or token != self._token):
            raise _Refused(401, "Bad credentials")
        if self.behaviour.token_refused:
            raise _Refused(401, "Bad credentials")
        if self._throttled < self.behaviour.throttle:
            self._throttled += 1
            which = "a secondary" if self.behaviour.too_fast else "the primary"
            raise _Refused(403, f"You have exceeded {which} rate limit.")
        # What a caller may not see does not exist for it.
        if self.behaviour.hidden or (self.repository.private and not scheme):
            raise _Refused(404, "Not Found")

    async def _show_repository(self, request: Request) -> Response:
        return JSONResponse(repository_object(self._repository(request)))

    async def _list_pulls(self, request: Request) -> Response:
        repository = self._repository(request)
        state = request.query_params.get("state", "open")
        head = request.query_params.get("head", "")
        base = request.query_params.get("base")
        found = [
            pull
            for pull in sorted(
                repository.pulls, key=lambda pull: (pull.created_at, pull.number), reverse=True
            )
            if state in ("all", pull.state)
            and base in (None, pull.base)
            and (":" not in head or head == f"{repository.owner}:{pull.head}")
        ]
        return _page(request, [pull_object(repository, pull, alone=False) for pull in found])

    async def _show_pull(self, request: Request) -> Response:
        pull = self._pull(request)
        return JSONResponse(pull_object(self.repository, pull, alone=True))

    async def _list_reviews(self, request: Request) -> Response:
        pull = self._pull(request)
        reviews = sorted(pull.reviews, key=lambda review: review.submitted_at)
        return _page(request, [review_object(self.repository, pull, review) for review in reviews])

    async def _show_status(self, request: Request) -> Response:
        repository, sha = self._repository(request), request.path_params["sha"]
        if sha not in repository.commits():
            raise _Refused(404, "Not Found")
        return JSONResponse(combined_status(repository, sha, repository.statuses.get(sha, ())))

    async def _list_check_runs(self, request: Request) -> Response:
        repository, sha = self._repository(request), request.path_params["sha"]
        if sha not in repository.commits():
            raise _Refused(422, f"No commit found for SHA: {sha}")
        runs = [check_run_object(sha, run) for run in repository.check_runs.get(sha, ())]
        return _page(request, runs, under="check_runs")

    def _repository(self, request: Request) -> Repository:
        asked = f"{request.path_params['owner']}/{request.path_params['name']}"
        if asked.lower() != self.repository.full_name.lower():
            raise _Refused(404, "Not Found")
        return self.repository

    def _pull(self, request: Request) -> PullRequest:
        for pull in self._repository(request).pulls:
            if pull.number == request.path_params["number"]:
                return pull
        raise _Refused(404, "Not Found")


def _page(request: Request, items: Sequence[Any], under: str = "") -> Response:
    """One page, with the Link header that names the others; under a key it comes with the total."""
    per_page = max(1, min(_integer(request, "per_page", 30), _MOST))
    number = max(1, _integer(request, "page", 1))
    last = max(1, -(-len(items) // per_page))
    shown = list(items[(number - 1) * per_page : number * per_page])
    neighbours = {"prev": number - 1, "first": 1} if number > 1 else {}
    if number < last:
        neighbours |= {"next": number + 1, "last": last}
    links = [f'<{_address(request, page)}>; rel="{rel}"' for rel, page in neighbours.items()]
    headers = {"Link": ", ".join(links)} if links else {}
    body = {"total_count": len(items), under: shown} if under else shown
    return JSONResponse(body, headers=headers)


def _address(request: Request, page: int) -> str:
    query = urlencode({**request.query_params, "page": str(page)})
    return f"{request.url.replace(query='')}?{query}"


def _integer(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isdecimal() else default


async def _as_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, _Refused)
    return error.response()


async def _no_such_route(request: Request, error: Exception) -> Response:
    return _Refused(404, "Not Found").response()
