"""The Graph double: token endpoint, mail and sharing links of one tenant."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from sandbox.doubles.double import MAIN, Clock, Double, http_date
from sandbox.doubles.graph.behaviour import GraphBehaviour
from sandbox.doubles.graph.errors import GraphError, as_graph_error, no_such_route, request_ids
from sandbox.doubles.graph.mail import Mail
from sandbox.doubles.graph.shares import Shares
from sandbox.doubles.graph.state import GraphState, LinkTarget, Registration
from sandbox.doubles.graph.token import TokenEndpoint

_DOWNLOADS = "downloads"


class GraphDouble(Double):
    """Microsoft Graph v1.0 and `POST /{tenant}/oauth2/v2.0/token` for one tenant.

    `mailboxes` are the addresses that exist in the tenant, `links` the sharing links by their full address.
    `behaviour` may be replaced while serving (`double.behaviour = replace(double.behaviour, throttle=2)`);
    `state.links` may be changed likewise. `reset` returns to what was given here.
    """

    def __init__(
        self,
        *,
        tenant: str,
        registrations: Sequence[Registration],
        mailboxes: Sequence[str] = (),
        links: Mapping[str, LinkTarget] | None = None,
        behaviour: GraphBehaviour | None = None,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(clock)
        self.state = GraphState(
            tenant=tenant,
            registrations=tuple(registrations),
            mailboxes=tuple(address.lower() for address in mailboxes),
            given_links=dict(links or {}),
            given_behaviour=behaviour or GraphBehaviour(),
            clock=clock,
        )
        shares = Shares(self.state)
        routes = [*TokenEndpoint(self.state).routes(), *Mail(self.state).routes(), *shares.routes()]
        self._downloads = self.log.recording(shares.downloads.app)
        self._app = self.build(routes, {GraphError: as_graph_error, 404: no_such_route, 405: no_such_route})

    @property
    def app(self) -> ASGIApp:
        return self._app

    @property
    def behaviour(self) -> GraphBehaviour:
        return self.state.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: GraphBehaviour) -> None:
        self.state.behaviour = behaviour
        self.state.throttled = 0

    def apps(self) -> Mapping[str, ASGIApp]:
        # Another port, as the real downloads are on another host: a client must drop its bearer there.
        return {MAIN: self._app, _DOWNLOADS: self._downloads}

    def listening(self, addresses: Mapping[str, str]) -> None:
        self.state.content_address = addresses[_DOWNLOADS]

    def restore(self) -> None:
        self.state.restore()

    async def answering(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        behaviour = self.state.behaviour
        await asyncio.sleep(behaviour.slow)
        request_id, client_request_id = request_ids(request)
        if request.url.path.startswith("/v1.0/") and self.state.throttled < behaviour.throttle:
            self.state.throttled += 1
            refused = GraphError(
                429,
                "ApplicationThrottled",
                "Application is over its MailboxConcurrency limit.",
                {"Retry-After": str(behaviour.retry_after)},
            )
            response = refused.response(request_id, client_request_id)
        else:
            response = await call_next(request)
        response.headers["request-id"] = request_id
        response.headers["client-request-id"] = client_request_id
        response.headers["Date"] = http_date(self.state.now())
        return response
