"""Render's rate limits: counted per minute and kind of request, and told on every response."""

import re
from dataclasses import dataclass

from starlette.requests import Request

from sandbox.doubles.render.state import RenderState
from sandbox.doubles.render.wire import RenderError

_WINDOW_S = 60.0
_LIMITS = {"logs": 30, "read": 400, "service": 10, "write": 100}
_PER_SERVICE = re.compile(r"/v1/services/[^/]+(/deploys)?")


@dataclass(frozen=True)
class Standing:
    """Where a request left its limit; `reset_s` are seconds until the window starts anew."""

    limit: int
    remaining: int
    reset_s: int
    exceeded: bool
    retry_after_s: int

    def headers(self) -> dict[str, str]:
        return {
            "Ratelimit-Limit": str(self.limit),
            "Ratelimit-Remaining": str(self.remaining),
            "Ratelimit-Reset": str(self.reset_s),
        }


class RateLimit:
    def __init__(self, state: RenderState) -> None:
        self._state = state

    def count(self, request: Request) -> Standing:
        """Counts the request. A request that the behaviour throttles stands at zero."""
        kind = _kind(request)
        limit = _LIMITS[kind]
        now = self._state.clock()
        key = f"{kind} {request.url.path}" if kind == "service" else kind
        window = self._state.windows.setdefault(key, [])
        if window and now - window[0] >= _WINDOW_S:
            window.clear()
        window.append(now)
        reset_s = max(1, round(window[0] + _WINDOW_S - now))
        behaviour = self._state.behaviour
        if self._state.throttled < behaviour.throttle:
            self._state.throttled += 1
            return Standing(limit, 0, behaviour.retry_after, True, behaviour.retry_after)
        return Standing(limit, max(0, limit - len(window)), reset_s, len(window) > limit, reset_s)

    def check(self, standing: Standing) -> None:
        """Raises RenderError 429 when the limit is exceeded."""
        if standing.exceeded:
            raise RenderError(429, "rate limit exceeded", {"Retry-After": str(standing.retry_after_s)})


def _kind(request: Request) -> str:
    if request.method == "GET":
        return "logs" if request.url.path == "/v1/logs" else "read"
    return "service" if _PER_SERVICE.fullmatch(request.url.path) else "write"
