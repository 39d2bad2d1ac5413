"""Paths and the patterns that stand for many of them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from urllib.parse import urljoin, urlsplit

from gate.services.http import is_loopback

_NUMBER = re.compile(r"^\d+$")
_LONG_ID = re.compile(
    r"^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{24,})$", re.IGNORECASE
)
MISSING_ID = "999999999"


def pattern_of(path: str) -> str:
    """`path` without its query, ids replaced: /envios/12/pdf is /envios/{n}/pdf, a UUID is {id}."""
    parts = (urlsplit(path).path or "/").split("/")
    return "/".join(
        "{n}" if _NUMBER.match(part) else "{id}" if _LONG_ID.match(part) else part for part in parts
    )


def matches(pattern: str, path: str) -> bool:
    """Whether `path` is one of `pattern`'s. {anything} stands for one part of a path, * for any rest.

    A query counts only when the pattern has one.
    """
    asked = urlsplit(path)
    whole = f"{asked.path or '/'}?{asked.query}" if "?" in pattern else asked.path or "/"
    return bool(_compiled(pattern).fullmatch(whole))


def covered(patterns: Iterable[str], path: str) -> bool:
    """Whether one of the patterns covers the path."""
    return any(matches(pattern, path) for pattern in patterns)


def is_literal(pattern: str) -> bool:
    """Whether a pattern is a path that can be asked for as it stands."""
    return "{" not in pattern and "*" not in pattern


def own_path(base_url: str, page: str, link: str) -> str | None:
    """`link` on the page `page` as a path with query of the app itself, or None when it leads elsewhere."""
    try:
        there = urlsplit(urljoin(urljoin(f"{base_url}/", page), link.strip()))
    except ValueError:
        return None
    here = urlsplit(base_url)
    if (there.scheme, there.netloc) != (here.scheme, here.netloc):
        return None
    return (there.path or "/") + (f"?{there.query}" if there.query else "")


def leads_to_oneself(base_url: str, link: str) -> bool:
    """Whether a link leads to the computer of whoever clicks it: a developer's address, left in a page.

    An app that runs on this machine may call itself by another of its names; then the port tells.
    """
    try:
        there = urlsplit(link.strip())
        elsewhere = there.port != urlsplit(base_url).port or not is_loopback(base_url)
        return there.scheme in ("http", "https") and is_loopback(link.strip()) and elsewhere
    except ValueError:
        return False


def same_origin(base_url: str, url: str) -> bool:
    """Whether a full URL belongs to the app."""
    return urlsplit(base_url)[:2] == urlsplit(url)[:2]


def where_a_browser_goes(url: str, location: str) -> str:
    """Where a browser goes when `url` answers with `location`; it forgives what urljoin does not."""
    said = re.sub(r"[\t\r\n]", "", location).strip("\x00 ").replace("\\", "/")
    return urljoin(url, re.sub(r"^/{2,}", "//", said))


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]*\}|\*)", pattern)
    return re.compile(
        "".join(
            ".*" if part == "*" else "[^/?]+" if part.startswith("{") else re.escape(part) for part in parts
        )
    )
