"""Graph's error shape: {"error": {"code", "message", "innerError": {...}}}, and the errors that recur."""

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response


class GraphError(Exception):
    """A refusal: HTTP status, Graph's code, its message, and extra headers such as Retry-After."""

    def __init__(
        self, status: int, code: str, message: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.headers = dict(headers or {})

    def response(self, request_id: str, client_request_id: str) -> Response:
        inner = {
            "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}",
            "request-id": request_id,
            "client-request-id": client_request_id,
        }
        body = {"error": {"code": self.code, "message": self.message, "innerError": inner}}
        return JSONResponse(body, status_code=self.status, headers=self.headers)


def bad_request(message: str) -> GraphError:
    return GraphError(400, "BadRequest", message)


def access_denied() -> GraphError:
    return GraphError(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.")


def item_not_found() -> GraphError:
    return GraphError(404, "ErrorItemNotFound", "The specified object was not found in the store.")


async def as_graph_error(request: Request, error: Exception) -> Response:
    """Starlette's handler for GraphError."""
    assert isinstance(error, GraphError)
    request_id, client_id = request_ids(request)
    return error.response(request_id, client_id)


async def no_such_route(request: Request, error: Exception) -> Response:
    request_id, client_id = request_ids(request)
    message = f"Resource not found for the segment '{request.url.path.rsplit('/', 1)[-1]}'."
    return GraphError(404, "BadRequest", message).response(request_id, client_id)


def request_ids(request: Request) -> tuple[str, str]:
    """The id that the service gives to this request, and the one that the caller gave (else the same)."""
    if not hasattr(request.state, "request_id"):
        request.state.request_id = str(uuid.uuid4())
    own: str = request.state.request_id
    return own, request.headers.get("client-request-id", own)
