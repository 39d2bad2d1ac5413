"""The OSV double: known vulnerabilities of packages, by version, as OSV's API tells them.

Facts: OSV's API documentation (POST /v1/query, POST /v1/querybatch, GET /v1/vulns/{id}) and the OSV schema. An error
is a google.rpc.Status. Assumed: what OSV says to a body that is no JSON.
"""

import asyncio
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from packaging.version import InvalidVersion, Version
from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from sandbox.doubles.double import Clock, Double, http_date

_ECOSYSTEM = "PyPI"
_LARGEST_BATCH = 1000
_LONGEST_ID = 100
_INVALID, _NOT_FOUND, _UNAVAILABLE = (400, 3), (404, 5), (503, 14)


@dataclass(frozen=True)
class Known:
    """A vulnerability of a package from version `introduced` to before `fixed` (empty: to the newest).

    `package` is its name as the index has it; `more` are further keys of the record.
    """

    id: str
    package: str
    summary: str
    fixed: str = ""
    introduced: str = "0"
    aliases: tuple[str, ...] = ()
    modified: str = "2025-06-02T08:15:00Z"
    published: str = "2025-06-01T12:00:00Z"
    more: Mapping[str, Any] = field(default_factory=dict)

    def affects(self, version: str) -> bool:
        """Whether this version has it. What is no version has none."""
        try:
            asked = Version(version)
        except InvalidVersion:
            return False
        begun = self.introduced == "0" or asked >= Version(self.introduced)
        return begun and not (self.fixed and asked >= Version(self.fixed))

    def as_json(self) -> dict[str, Any]:
        """The whole record, as the OSV schema has it."""
        events = [{"introduced": self.introduced}, *([{"fixed": self.fixed}] if self.fixed else [])]
        package = {
            "name": self.package,
            "ecosystem": _ECOSYSTEM,
            "purl": f"pkg:{_ECOSYSTEM.lower()}/{self.package}",
        }
        record: dict[str, Any] = {
            "id": self.id,
            "summary": self.summary,
            "details": f"{self.summary}.",
            "modified": self.modified,
            "published": self.published,
            "affected": [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}],
            "schema_version": "1.7.3",
        }
        return record | ({"aliases": list(self.aliases)} if self.aliases else {}) | dict(self.more)


@dataclass(frozen=True)
class OsvBehaviour:
    """Switches of the OSV double. The defaults are a healthy OSV.

    `unavailable` answers everything with 503; `garbled` with a page that is no JSON; `slow` seconds before each answer.
    """

    unavailable: bool = False
    garbled: bool = False
    slow: float = 0.0


class _Refused(Exception):
    def __init__(self, kind: tuple[int, int], message: str) -> None:
        super().__init__(message)
        self.status, self.code = kind

    def response(self) -> Response:
        return JSONResponse({"code": self.code, "message": str(self)}, status_code=self.status)


class OsvDouble(Double):
    """OSV's API over `known`, which has no other vulnerability; `behaviour` may be replaced while serving."""

    def __init__(
        self, known: Sequence[Known], behaviour: OsvBehaviour | None = None, clock: Clock = time.time
    ) -> None:
        super().__init__(clock)
        self._known = tuple(known)
        self._given = behaviour or OsvBehaviour()
        self.restore()
        routes = [
            Route("/v1/query", self._query, methods=["POST"]),
            Route("/v1/querybatch", self._query_batch, methods=["POST"]),
            Route("/v1/vulns/{id}", self._show, methods=["GET"]),
        ]
        self._app = self.build(routes, {_Refused: _as_refusal, 404: _no_such_route, 405: _no_such_route})

    @property
    def app(self) -> ASGIApp:
        return self._app

    def restore(self) -> None:
        self.behaviour = self._given

    async def answering(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        await asyncio.sleep(self.behaviour.slow)
        if self.behaviour.unavailable:
            response = _Refused(_UNAVAILABLE, "The service is currently unavailable.").response()
        elif self.behaviour.garbled:
            response = PlainTextResponse("<html>Please sign in</html>", media_type="text/html")
        else:
            response = await call_next(request)
        response.headers["Date"] = http_date(self.clock())
        return response

    async def _query(self, request: Request) -> Response:
        found = self._found(await _body(request))
        return JSONResponse({"vulns": [one.as_json() for one in found]} if found else {})

    async def _query_batch(self, request: Request) -> Response:
        queries = (await _body(request)).get("queries", [])
        if not isinstance(queries, list):
            raise _Refused(_INVALID, "Invalid query.")
        if len(queries) > _LARGEST_BATCH:
            raise _Refused(_INVALID, "Too many queries.")
        answers = []
        for query in queries:
            found = self._found(query)
            brief = [{"id": one.id, "modified": one.modified} for one in found]
            answers.append({"vulns": brief} if brief else {})
        return JSONResponse({"results": answers})

    async def _show(self, request: Request) -> Response:
        asked = request.path_params["id"]
        if len(asked) > _LONGEST_ID:
            raise _Refused(_INVALID, "ID too long")
        for one in self._known:
            if one.id == asked:
                return JSONResponse(one.as_json())
        aliased = [one.id for one in self._known if asked in one.aliases]
        also = f", but the following aliases were: {' '.join(aliased)}" if aliased else "."
        raise _Refused(_NOT_FOUND, f"Bug not found{also}")

    def _found(self, query: Any) -> list[Known]:
        name, ecosystem, version = _asked(query)
        return [
            one
            for one in self._known
            if one.package == name and ecosystem in ("", _ECOSYSTEM) and (not version or one.affects(version))
        ]


def _asked(query: Any) -> tuple[str, str, str]:
    """Name, ecosystem and version of a query; no name where it asks by commit, which no package here is known by."""
    package = query.get("package", {}) if isinstance(query, dict) else None
    if not isinstance(package, dict):
        raise _Refused(_INVALID, "Invalid query.")
    if query.get("commit"):
        return "", "", ""
    name, ecosystem, version = package.get("name", ""), package.get("ecosystem", ""), query.get("version", "")
    if purl := package.get("purl", ""):
        found = re.fullmatch(r"pkg:(\w+)/([\w.-]+)(?:@([^?#]+))?(?:[?#].*)?", purl)
        if found is None:
            raise _Refused(_INVALID, "Invalid Package URL.")
        if name or ecosystem or (version and found[3]):
            raise _Refused(_INVALID, "Invalid query.")
        name, version = found[2], version or found[3] or ""
        ecosystem = _ECOSYSTEM if found[1] == _ECOSYSTEM.lower() else found[1]
    if not name or not (ecosystem or version):
        raise _Refused(_INVALID, "Invalid query.")
    return name, ecosystem, version


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise _Refused(_INVALID, "Invalid JSON payload received.") from None
    if not isinstance(body, dict):
        raise _Refused(_INVALID, "Invalid query.")
    return body


async def _as_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, _Refused)
    return error.response()


async def _no_such_route(request: Request, error: Exception) -> Response:
    return _Refused(_NOT_FOUND, "Not found").response()
