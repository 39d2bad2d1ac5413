"""One scrubber on every way out: known secrets and whatever looks like one become a fixed mark."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

MARK = "[redacted]"
SHORTEST = 4  # shorter values occur by chance in ordinary text and would shred it

_PATTERNS = (
    re.compile(r"(?i)(?<=://)[^/\s:@]+:[^/\s@]+(?=@)"),  # user:password@ in a URL
    re.compile(r"(?i)(?<=bearer )[\w.~+/=-]{8,}"),
    re.compile(r"(?i)((?:password|passwd|contraseña|client_secret|api[_-]?key|secret_key|csrf_token)\s*[=:]\s*[\"']?)[^\s\"'&,;<>]{3,}"),
    re.compile(r"\brnd_[A-Za-z0-9]{8,}"),
    re.compile(r"\beyJ[\w-]{10,}\.[\w-]{10,}\.[\w-]*"),  # JSON web token
    re.compile(r"(?i)((?:set-)?cookie:\s*[^=\s]+=)[^;\s]+"),
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----", re.DOTALL),
)


class Scrubber:
    """Replaces secrets in text and in nested data. Secrets can be added while a run learns them."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        self._known: re.Pattern[str] | None = None
        self.add(*secrets)

    def add(self, *secrets: str) -> None:
        """Make `secrets`, also URL-encoded, base64 and as Python or JSON would print them, unprintable."""
        for secret in secrets:
            if len(secret) >= SHORTEST:
                escaped = secret.encode("unicode_escape").decode()
                self._secrets |= {secret, quote(secret, safe=""), escaped, repr(secret)[1:-1]}
                self._secrets.add(base64.b64encode(secret.encode()).decode())
        longest_first = sorted(self._secrets, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def __call__(self, text: str) -> str:
        """`text` without secrets."""
        if self._known:
            text = self._known.sub(MARK, text)
        for pattern in _PATTERNS:
            text = pattern.sub(lambda match: (match.group(1) if match.re.groups else "") + MARK, text)
        return text

    def data(self, value: Any) -> Any:
        """The same for strings anywhere in lists, tuples and dicts."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {self.data(key): self.data(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(self.data(item) for item in value)
        return value
