"""Facts about a session that is carried by cookies: which of them carry it, and whether it lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import httpx

from gate.access.page import read_page
from gate.access.signing_in import Session, is_in, no_word

IN_A_ROW = 8
TOGETHER = 6


async def carriers(
    client: httpx.AsyncClient, home: str, login_path: str, cookies: Mapping[str, str]
) -> list[str]:
    """The cookies without which the app asks to sign in; all of them when none alone decides."""
    if len(cookies) < 2:
        return list(cookies)
    without = [{key: value for key, value in cookies.items() if key != name} for name in cookies]
    still_in = await asyncio.gather(*(is_in(client, home, login_path, one) for one in without))
    return [name for name, inside in zip(cookies, still_in, strict=True) if not inside] or list(cookies)


async def lasting(
    client: httpx.AsyncClient, home: str, login_path: str, cookies: Mapping[str, str]
) -> tuple[list[bool], list[bool]]:
    """Whether each of many requests found the session: one after the other, then several at once.

    Raises what `no_word` gives for a request that shows neither.
    One after the other the cookies are kept as a browser keeps them; at once they reach every worker process.
    """
    session = Session(dict(cookies))
    in_a_row = []
    for _ in range(IN_A_ROW):
        _, response = await session.open(client, home)
        if stop := no_word(home, response.status_code, f"HTTP {response.status_code}"):
            raise stop
        in_a_row.append(response.is_success and read_page(response.text).sign_in is None)
    together = await asyncio.gather(
        *(is_in(client, home, login_path, session.cookies) for _ in range(2 * TOGETHER))
    )
    return in_a_row, list(together)


async def with_token(
    client: httpx.AsyncClient, path: str, cookies: Mapping[str, str]
) -> tuple[Session, tuple[str, str] | None]:
    """The session as it is after opening a page, and name and value of the token that the page's forms carry.

    The token may be tied to a cookie that comes with the same page.
    """
    session = Session(dict(cookies))
    _, response = await session.open(client, path)
    return session, read_page(response.text).token
