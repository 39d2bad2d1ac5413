"""A client that calls an ASGI app without a socket."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import httpx
from starlette.types import ASGIApp


class InProcess(httpx.BaseTransport):
    """Each request runs in a loop and thread of its own, so that a loop of the test run is not in the way."""

    def __init__(self, app: ASGIApp) -> None:
        self._inner = httpx.ASGITransport(app=app)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        with ThreadPoolExecutor(1) as executor:
            return executor.submit(asyncio.run, self._answer(request)).result()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        return httpx.Response(
            response.status_code, headers=response.headers, content=await response.aread(), request=request
        )


def in_process(app: ASGIApp) -> httpx.Client:
    return httpx.Client(transport=InProcess(app), base_url="http://testserver")
