"""One scrubber on every way out: known secrets and whatever looks like one become a fixed mark."""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote, quote_plus

MARK = "[redacted]"
BEGINNING = 8  # as much of a secret's beginning is one too, where a text was cut
SHORTEST = 4  # shorter values occur by chance in ordinary text and would shred it

_PATTERNS = (
    re.compile(r"(?i)(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),  # user:password@ in a URL
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]{8,}"),
    re.compile(  # name=value, "name": "value", and the same in HTML
        r"(?i)((?:password|passwd|contraseña|client_secret|api[_-]?key|secret_key|csrf_token)"
        r"(?:[\"']|&\w+;|&#\w+;)?\s*[=:]\s*(?:[\"']|&\w+;|&#\w+;)?)[^\s\"'&,;<>]{3,}"
    ),
    re.compile(r"\brnd_[A-Za-z0-9]{8,}"),
    re.compile(r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*"),  # JSON web token
    re.compile(r"(?i)((?:set-)?cookie:\s*[^=\s]+=)[^;\s]+"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL),
)

# What follows where somebody cut a text and put it into a sentence, quotes, Python, JSON or HTML.
_CUT = re.compile(r"\s*\Z|\s*(?:\.\.\.|…|\[\.\.\.|\[…)|[\n\"'`”’»,;)]|\\+[\"'n]|&(?:quot|apos|#\w+);")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*(?::|%3a)(?://|%2f%2f)", re.IGNORECASE)


class Scrubber:
    """Replaces secrets in text and in nested data. Secrets can be added while a run learns them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._known: re.Pattern[str] | None = None
        self._heads: dict[str, list[str]] = {}
        self._begun: re.Pattern[str] | None = None
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Make `secrets` unprintable, also as URLs, HTML, base64, Python or JSON would carry them."""
        for secret in secrets:
            if len(secret) >= SHORTEST:
                self._secrets |= _spellings(secret)
        self._heads = {}
        for secret in self._secrets:
            if len(secret) > (needed := _begins(secret)):
                self._heads.setdefault(secret[:needed], []).append(secret)
        self._known, self._begun = _any_of(self._secrets), _any_of(self._heads)

    def __call__(self, text: str) -> str:
        """`text` without secrets, and without the beginning of one where it was cut; it can be written as UTF-8."""
        if not text.isascii():
            # A page or a file name may hold half a character, which no file and no JSON takes.
            text = text.encode("utf-8", "backslashreplace").decode("utf-8")
        if self._known:
            text = self._known.sub(MARK, text)
        if self._begun:
            text = self._without_beginnings(text, self._begun)
        for pattern in _PATTERNS:
            text = pattern.sub(lambda match: (match.group(1) if match.re.groups else "") + MARK, text)
        return text

    def _without_beginnings(self, text: str, begun: re.Pattern[str]) -> str:
        kept, at = [], 0
        for head in begun.finditer(text):
            start = head.start()
            end = start + max(_agree(secret, text, start) for secret in self._heads[head.group()])
            if start >= at and _CUT.match(text, end):
                kept += [text[at:start], MARK]
                at = end
        return "".join([*kept, text[at:]])

    def data(self, value: Any) -> Any:
        """The same for strings anywhere in lists, tuples and dicts."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self.data(key): self.data(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.data(item) for item in value)
        return value


def _any_of(words: Iterable[str]) -> re.Pattern[str] | None:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first))) if longest_first else None


def _begins(secret: str) -> int:
    """How many characters are its beginning: of an address those behind the scheme, which is an ordinary word."""
    scheme = _SCHEME.match(secret)
    return BEGINNING + (scheme.end() if scheme else 0)


def _agree(secret: str, text: str, start: int) -> int:
    """How many characters of the secret stand in the text from `start` on."""
    there = text[start : start + len(secret)]
    return next(
        (n for n, (one, other) in enumerate(zip(secret, there, strict=False)) if one != other), len(there)
    )


def _spellings(secret: str) -> set[str]:
    """The forms in which a secret turns up in requests, pages, logs and tracebacks."""
    in_urls = {quote(secret, safe=""), quote(secret), quote_plus(secret)}
    lower_case = {re.sub("%..", lambda code: code.group().lower(), spelling) for spelling in in_urls}
    in_text = {secret, repr(secret)[1:-1], ascii(secret)[1:-1], html.escape(secret)}
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    return in_urls | lower_case | in_text | in_json | _in_base64(secret.encode())


def _in_base64(secret: bytes) -> set[str]:
    """What is sure to stand in a base64 text that holds the secret at any place, such as user:password."""
    shared = (
        0,
        2,
        3,
    )  # characters that carry bits of 0, 1 or 2 neighbouring bytes: they differ between texts
    found = {base64.b64encode(secret).decode()}
    for before in range(3):
        after = -(before + len(secret)) % 3
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            padded = encode(bytes(before) + secret + bytes(after)).decode()
            sure = padded[shared[before] : len(padded) - shared[after]]
            if len(sure) >= 2 * SHORTEST:
                found.add(sure)
    return found
