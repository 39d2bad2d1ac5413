"""The flags of a session's cookie, read from what the app really sent. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http.cookies import CookieError, Morsel, SimpleCookie

from gate.results import Finding

SHORTEST_S = 300


@dataclass(frozen=True)
class CookieFlags:
    """One Set-Cookie line. `max_age` is None for a cookie that lives as long as the browser."""

    name: str
    http_only: bool
    secure: bool
    same_site: str
    max_age: float | None


def flags_of(lines: Iterable[str], name: str, now: dt.datetime) -> CookieFlags | None:
    """The flags with which cookie `name` was last set, by Set-Cookie lines that came at `now`."""
    found = None
    for line in lines:
        try:
            morsels = SimpleCookie(line)
        except CookieError:
            continue
        if morsel := morsels.get(name):
            found = CookieFlags(
                name,
                bool(morsel["httponly"]),
                bool(morsel["secure"]),
                str(morsel["samesite"]),
                _lives_s(morsel, now),
            )
    return found


def _lives_s(morsel: Morsel[str], now: dt.datetime) -> float | None:
    """Seconds until the browser drops the cookie; Max-Age counts before Expires."""
    try:
        if morsel["max-age"]:
            return float(morsel["max-age"])
        if morsel["expires"]:
            return (parsedate_to_datetime(morsel["expires"]) - now).total_seconds()
    except (ValueError, TypeError):
        return None
    return None


def wrong_with(cookie: CookieFlags, https: bool) -> list[Finding]:
    """What is missing. Secure counts only where the app is served over https."""

    def finding(what: str, expected: str, observed: str, hint: str) -> Finding:
        return Finding(
            id=f"session.{what}",
            place=f"cookie {cookie.name}",
            expected=expected,
            observed=observed,
            hint=hint,
        )

    wrong = []
    if not cookie.http_only:
        wrong.append(
            finding(
                "http_only", "HttpOnly", "scripts can read it", "set SESSION_COOKIE_HTTPONLY back to True"
            )
        )
    if cookie.same_site.lower() not in ("lax", "strict"):
        said = f"SameSite={cookie.same_site}" if cookie.same_site else "no SameSite"
        wrong.append(
            finding("same_site", "SameSite=Lax or Strict", said, "set SESSION_COOKIE_SAMESITE to 'Lax'")
        )
    if https and not cookie.secure:
        wrong.append(
            finding(
                "secure", "Secure", "it is sent over http as well", "set SESSION_COOKIE_SECURE where https is"
            )
        )
    if cookie.max_age is not None and cookie.max_age < SHORTEST_S:
        wrong.append(
            finding(
                "lifetime",
                f"a session of at least {SHORTEST_S} s",
                f"it ends {cookie.max_age:.0f} s after signing in",
                "look at PERMANENT_SESSION_LIFETIME",
            )
        )
    return wrong
