"""An answer read to its end or to a limit: httpx bounds each piece alone, so that a flood or a trickle never ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import httpx

CONNECT_S = 5.0
PAGE = 4 * 2**20
_OF_THE_WIRE = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_REDIRECTS = 20


class Endless(httpx.ReadTimeout):
    """The answer began and did not end in time."""


def read(
    http: httpx.Client,
    request: httpx.Request,
    seconds: float,
    *,
    largest: int = PAGE,
    follow: bool = False,
    connect_s: float = CONNECT_S,
    clock: Callable[[], float] = time.monotonic,
) -> httpx.Response:
    """The answer to `request` within `seconds`, redirects among them where they are to `follow`.

    Reading stops beyond `largest` bytes: the caller sees by the length of the content that more was to come.
    Raises Endless, and what httpx raises.
    """
    ends = clock() + seconds
    for _ in range(_REDIRECTS):
        left = max(ends - clock(), 0.1)
        request.extensions["timeout"] = httpx.Timeout(left, connect=min(connect_s, left)).as_dict()
        answer = http.send(request, stream=True, follow_redirects=False)
        try:
            onward = answer.next_request if follow else None
            if onward is None:
                body = bytearray()
                for piece in answer.iter_bytes():
                    body += piece
                    if clock() > ends:
                        raise Endless(_endless(len(body), seconds), request=request)
                    if len(body) > largest:
                        break
                return _whole(answer, bytes(body))
        finally:
            answer.close()
        request = onward
    raise httpx.TooManyRedirects("Exceeded maximum allowed redirects.", request=request)


async def read_async(http: httpx.AsyncClient, request: httpx.Request, seconds: float) -> httpx.Response:
    """The same in async code, for one request; the seconds count from when it waits for a free connection."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            answer = await http.send(request, stream=True)
            try:
                async for piece in answer.aiter_bytes():
                    body += piece
                    if len(body) > PAGE:
                        break
            finally:
                await answer.aclose()
    except TimeoutError:
        raise Endless(_endless(len(body), seconds), request=request) from None
    return _whole(answer, bytes(body))


def _whole(answer: httpx.Response, body: bytes) -> httpx.Response:
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in _OF_THE_WIRE]
    return httpx.Response(answer.status_code, headers=headers, content=body, request=answer.request)


def _endless(count: int, seconds: float) -> str:
    return f"the answer does not end: {count} bytes in {seconds:.0f} s"
