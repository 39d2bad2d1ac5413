"""Sharing links: /shares/{encoded link} and the download it redirects to.

Facts: Graph "Access shared items", "driveItem: get content". Reported rather than documented: which of 403,
404 and 400 a broken link gets, and 400 for the content of a folder. A link is refused with 400 when its host
is not the host of a known link.
"""

import base64
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from sandbox.doubles.graph.errors import GraphError, access_denied
from sandbox.doubles.graph.state import GraphState

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WRITE_ROLES = ("Files.ReadWrite.All", "Sites.ReadWrite.All")
_READ_ROLES = ("Files.Read.All", "Sites.Read.All")
_TICKET_LIFETIME_S = 300


@dataclass(frozen=True)
class _Shared:
    """What a link resolved to; `content` is None for a folder."""

    link: str
    content: bytes | None

    @property
    def name(self) -> str:
        last = unquote(urlsplit(self.link).path.rstrip("/").rpartition("/")[2])
        if self.content is None or last.lower().endswith(".xlsx"):
            return last
        return f"{last or 'Libro'}.xlsx"

    @property
    def tag(self) -> str:
        return hashlib.sha256(self.content or b"").hexdigest()[:16].upper()


class Shares:
    """The Graph side; `downloads` is the file store on a port of its own that it redirects to."""

    def __init__(self, state: GraphState) -> None:
        self._state = state
        self.downloads = Downloads(state.now)

    def routes(self) -> list[Route]:
        share = "/v1.0/shares/{encoded}"
        return [
            Route(share, self.show_share, methods=["GET"]),
            Route(f"{share}/driveItem", self.show_item, methods=["GET"]),
            Route(f"{share}/driveItem/content", self.redirect, methods=["GET"]),
        ]

    async def show_share(self, request: Request) -> Response:
        shared = self._shared(request)
        owner = {"user": {"displayName": "Operaciones"}}
        return JSONResponse({"id": _item_id(shared), "name": shared.name, "owner": owner})

    async def show_item(self, request: Request) -> Response:
        shared = self._shared(request)
        item: dict[str, Any] = {
            "id": _item_id(shared),
            "name": shared.name,
            "size": len(shared.content or b""),
            "lastModifiedDateTime": "2025-01-15T09:30:00Z",
            "eTag": f'"{{{shared.tag}}},1"',
            "cTag": f'"c:{{{shared.tag}}},1"',
            "parentReference": {"driveId": "b!double", "driveType": "documentLibrary"},
            "webUrl": shared.link,
        }
        if shared.content is None:
            item["folder"] = {"childCount": 2}
        else:
            item["file"] = {"mimeType": _XLSX}
            item["@microsoft.graph.downloadUrl"] = self._download_url(shared.content)
        select = request.query_params.get("$select")
        if select is None:
            return JSONResponse(item)
        wanted = [name.strip() for name in select.split(",")]
        return JSONResponse({name: item[name] for name in wanted if name in item})

    async def redirect(self, request: Request) -> Response:
        shared = self._shared(request)
        if shared.content is None:
            raise GraphError(400, "invalidRequest", "Cannot get content for a folder.")
        if request.headers.get("if-none-match") == f'"{{{shared.tag}}},1"':
            return Response(status_code=304)
        return RedirectResponse(self._download_url(shared.content), status_code=302)

    def _download_url(self, content: bytes) -> str:
        return f"{self._state.content_address}/{self.downloads.ticket(content)}?tempauth=double"

    def _shared(self, request: Request) -> _Shared:
        self._check_caller(request)
        link = _decoded(request.path_params["encoded"])
        target = self._state.links.get(link)
        hosts = {urlsplit(known).hostname for known in self._state.links}
        if target == 400 or (target is None and urlsplit(link).hostname not in hosts):
            raise GraphError(400, "invalidRequest", "The sharing token is invalid.")
        if target == 401:
            raise GraphError(401, "unauthenticated", "Access token validation failure.")
        if target == 404:
            raise GraphError(404, "itemNotFound", "The resource could not be found.")
        sharing_link = urlsplit(link).path.startswith("/:")
        refused = sharing_link and not self._state.behaviour.app_only_sharing_links
        if refused or target in (None, 403):
            text = "The sharing link no longer exists, or you do not have permission to access it."
            raise GraphError(403, "accessDenied", text)
        return _Shared(link, target if isinstance(target, bytes) else None)

    def _check_caller(self, request: Request) -> None:
        caller = self._state.caller(request.headers.get("authorization"))
        if not caller.may(*_WRITE_ROLES, *_READ_ROLES):
            text = "Either scp or roles claim need to be present in the token."
            raise GraphError(403, "AccessDenied", text)
        if not self._state.behaviour.shares_take_read_roles and not caller.may(*_WRITE_ROLES):
            raise access_denied()


class Downloads:
    """Pre-authenticated downloads: the address is the permission, and a bearer token is refused with 400."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._tickets: dict[str, tuple[float, bytes]] = {}
        self.app = Starlette(routes=[Route("/{ticket}", self.download, methods=["GET"])])

    def ticket(self, content: bytes) -> str:
        name = secrets.token_urlsafe(18)
        self._tickets[name] = (self._now() + _TICKET_LIFETIME_S, content)
        return name

    async def download(self, request: Request) -> Response:
        if "authorization" in request.headers:
            return Response("A download address takes no Authorization header.", status_code=400)
        expires_at, content = self._tickets.get(request.path_params["ticket"], (0.0, b""))
        if expires_at <= self._now():
            return Response("The download address is unknown or has expired.", status_code=403)
        return Response(content, media_type=_XLSX)


def _decoded(encoded: str) -> str:
    prefix, _, payload = encoded.partition("!")
    if prefix != "u" or not payload or payload.endswith("="):
        raise GraphError(400, "invalidRequest", "The sharing token is invalid.")
    try:
        return base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)).decode()
    except ValueError:
        raise GraphError(400, "invalidRequest", "The sharing token is invalid.") from None


def _item_id(shared: _Shared) -> str:
    return "01" + hashlib.sha256(shared.link.encode()).hexdigest()[:32].upper()
