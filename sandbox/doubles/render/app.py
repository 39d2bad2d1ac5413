"""The Render double: one account with its services, deploys, logs, databases and disks."""

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence

from starlette.middleware.base import RequestResponseEndpoint
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from sandbox.doubles.double import Clock, Double, http_date
from sandbox.doubles.render.behaviour import RenderBehaviour
from sandbox.doubles.render.config import (
    DatabaseConfig,
    DeploySpec,
    DiskConfig,
    EnvGroupConfig,
    LogSource,
    Owner,
    ServiceConfig,
)
from sandbox.doubles.render.deployroutes import DeployRoutes
from sandbox.doubles.render.deploys import Deploys
from sandbox.doubles.render.events import Events
from sandbox.doubles.render.logs import Logs
from sandbox.doubles.render.ratelimit import RateLimit
from sandbox.doubles.render.services import Services
from sandbox.doubles.render.state import Account, RenderState
from sandbox.doubles.render.storage import Storage
from sandbox.doubles.render.wire import RenderError, as_render_error, no_such_route

_EVERYWHERE = {
    "Vary": "Origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}


class RenderDouble(Double):
    """Render's REST API v1 for one account.

    `deploys` are those that the account comes with, by service id and oldest first:
    `{"commit": "<sha>", "status": "live"}`. `logs` is asked for all lines at each request. `behaviour` may be
    replaced while serving; `reset` returns to what was given here.
    """

    def __init__(
        self,
        *,
        api_key: str,
        services: Sequence[ServiceConfig],
        deploys: Mapping[str, Sequence[DeploySpec]] | None = None,
        owner: Owner | None = None,
        env_groups: Sequence[EnvGroupConfig] = (),
        databases: Sequence[DatabaseConfig] = (),
        disks: Sequence[DiskConfig] = (),
        logs: LogSource = tuple,
        behaviour: RenderBehaviour | None = None,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(clock)
        self._api_key = api_key
        account = Account(
            owner=owner or Owner(),
            services=tuple(services),
            deploys=dict(deploys or {}),
            groups=tuple(env_groups),
            databases=tuple(databases),
            disks=tuple(disks),
            logs=logs,
        )
        self.state = RenderState(account, behaviour or RenderBehaviour(), clock)
        self._deploys = Deploys(self.state)
        self._deploys.restore()
        self._limits = RateLimit(self.state)
        routes = [
            *Services(self.state).routes(),
            *DeployRoutes(self.state, self._deploys).routes(),
            *Events(self.state).routes(),
            *Logs(self.state).routes(),
            *Storage(self.state).routes(),
        ]
        self._app = self.build(routes, {RenderError: as_render_error, 404: no_such_route, 405: no_such_route})

    @property
    def app(self) -> ASGIApp:
        return self._app

    @property
    def behaviour(self) -> RenderBehaviour:
        return self.state.behaviour

    @behaviour.setter
    def behaviour(self, behaviour: RenderBehaviour) -> None:
        self.state.behaviour = behaviour
        self.state.throttled = 0

    def advance(self) -> None:
        """Moves every unfinished deploy one status on in its script."""
        for service_id in self.state.services:
            for deploy in self._deploys.of(service_id):
                self._deploys.step(deploy)

    def restore(self) -> None:
        self.state.restore()
        self._deploys.restore()

    async def answering(self, request: Request, call_next: RequestResponseEndpoint) -> Response:
        await asyncio.sleep(self.state.behaviour.slow)
        limits = self._limits.count(request)
        try:
            self._check(request)
            self._limits.check(limits)
            response = await call_next(request)
        except RenderError as refused:
            response = refused.response()
        response.headers.update({**_EVERYWHERE, **limits.headers()})
        response.headers["Render-Request-Id"] = secrets.token_hex(8)
        response.headers["Date"] = http_date(self.state.clock())
        return response

    def _check(self, request: Request) -> None:
        if self.state.behaviour.unavailable:
            raise RenderError(503, "service unavailable")
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        refused = self.state.behaviour.key_refused
        if refused or scheme.lower() != "bearer" or not secrets.compare_digest(key, self._api_key):
            raise RenderError(401, "Unauthorized")
        accept = request.headers.get("accept", "*/*")
        if not any(kind in accept for kind in ("*/*", "application/*", "application/json")):
            raise RenderError(406, "unable to generate preferred media types as specified in Accept header.")
