"""Writing routes tried with a record that does not exist: refused to whom they must be, whatever the record."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from gate.access.asking import AT_ONCE, WHOLE_S, Answer, cookie_header
from gate.access.paths import MISSING_ID, covered, own_path, pattern_of
from gate.denylist import denied
from gate.results import Finding
from gate.services.bounded import read_async
from gate.services.http import PASSING
from gate.target import Access

ADMIN = "admin"
FORGED = "admin, without token"
# What stands before the route may have said it, or nobody: who else gets it was neither let in nor refused.
_NO_WORD = (0, *PASSING)
# Said to an admin, it shows nothing of what the route says of a missing record.
_NO_MEASURE = (*_NO_WORD, 400, 401, 403, 405)


@dataclass(frozen=True)
class Sender:
    """Who sends: cookies of a session and the token of its forms, None to send without one."""

    role: str
    cookies: Mapping[str, str]
    token: tuple[str, str] | None


@dataclass(frozen=True)
class Reply:
    """The answer to one POST, redirects not followed; `leads_to` is the path of a redirect."""

    status: int
    leads_to: str = ""
    error: str = ""

    def __str__(self) -> str:
        return self.error or f"HTTP {self.status}{f' to {self.leads_to}' if self.leads_to else ''}"


def probe_path(route: str) -> str:
    """The path to send to: {missing} and every other id are one that no record has."""
    return "/".join(
        MISSING_ID if part.startswith("{") or part.isdigit() else part for part in route.split("/")
    )


def routes(base_url: str, access: Access, answers: Iterable[Answer]) -> list[str]:
    """The routes to try: the declared ones, and those of the forms that were seen and name a record by its id.

    What the deny list holds is tried only when it is declared.
    """
    found = list(access.writes)
    for answer in answers:
        for form in answer.page.forms:
            action = own_path(base_url, answer.landed, form.action or answer.landed)
            if action is None or form.method != "post" or form.password or denied(action, access.skip):
                continue
            route = pattern_of(action)
            if "{n}" in route and not covered(found, probe_path(route)):
                found.append(route)
    return found


async def send(
    client: httpx.AsyncClient, to: Iterable[str], senders: Iterable[Sender]
) -> dict[tuple[str, str], Reply]:
    """One POST per route and sender; replies by (route, role)."""
    asked = [(route, sender) for route in to for sender in senders]
    limit = asyncio.Semaphore(AT_ONCE)

    async def one(route: str, sender: Sender) -> Reply:
        base = str(client.base_url).rstrip("/")
        name, value = sender.token or ("", "")
        headers = {**cookie_header(sender.cookies), "Referer": f"{base}/", "Origin": base}
        if sender.token:
            headers["X-CSRFToken"] = value
        async with limit:
            try:
                data = {name: value} if sender.token else {}
                request = client.build_request("POST", probe_path(route), data=data, headers=headers)
                answer = await read_async(client, request, WHOLE_S)
            except httpx.HTTPError as error:
                return Reply(0, error=f"{type(error).__name__}: {error}")
        return Reply(answer.status_code, urlsplit(answer.headers.get("location", "")).path)

    replies = await asyncio.gather(*(one(route, sender) for route, sender in asked))
    return {(route, sender.role): reply for (route, sender), reply in zip(asked, replies, strict=True)}


def judge_writes(
    replies: Mapping[tuple[str, str], Reply], may: Mapping[str, tuple[str, ...]]
) -> tuple[list[Finding], list[str]]:
    """(what is wrong, what was not proven). `may` says per route which roles besides the admin may send it.

    The admin's reply shows what the route says of a missing record: who gets the same reply was let in. A 400
    proves nothing: forms without a valid token get it from guarded and unguarded routes alike. Neither does what
    passes, on either side: a throttled request, a gateway without the app, no answer.
    """
    findings: list[Finding] = []
    unproven: list[str] = []
    for route, role in replies:
        admin, reply = replies[route, ADMIN], replies[route, role]
        if role == ADMIN:
            if admin.status in _NO_MEASURE:
                unproven.append(f"{route}: the admin's own attempt came to {admin}")
        elif admin.status not in _NO_MEASURE:
            if reply.status in _NO_WORD or (reply.status == 400 and role != FORGED):
                unproven.append(f"{route} as {role}: {reply}")
            elif wrong := _wrong_with(route, role, reply, admin, role in may.get(route, ())):
                findings.append(wrong)
    return findings, unproven


def _wrong_with(route: str, role: str, reply: Reply, admin: Reply, may: bool) -> Finding | None:
    place = f"POST {route} as {role}"
    if reply.status >= 500:
        return Finding(
            id="access.write_broken",
            place=place,
            expected="an orderly refusal",
            observed=str(reply),
            hint="see the app's log of that minute",
        )
    let_in = reply == admin
    if role == FORGED and let_in:
        return Finding(
            id="access.forgery",
            place=place,
            expected="refused: the form's token is missing",
            observed=f"{reply}, as with a token",
            hint="this route is exempt from CSRF protection",
        )
    if role != FORGED and let_in and not may:
        return Finding(
            id="access.write_open",
            place=place,
            expected="refused: target.toml does not let this role write there",
            observed=f"{reply}, as the admin gets for a record that does not exist",
            hint="look for a missing role_required on this route; if it is meant, say so in access.writes",
        )
    if role != FORGED and may and not let_in:
        return Finding(
            id="access.write_locked_out",
            place=place,
            expected=f"let in, as target.toml says: {admin}",
            observed=str(reply),
            hint="look at role_required on this route",
        )
    return None
