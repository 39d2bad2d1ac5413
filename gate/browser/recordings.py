"""A trace of Playwright's (`--tracing`) made fit to be kept: an archive of what was typed, sent, answered and shown."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from gate.redact import MARK, Scrubber

_EVENTS = (".trace", ".network", ".stacks")  # a JSON document, or one on each line
# Pictures show what screenshots show, and no letter form is a secret.
_AS_THEY_ARE = (".png", ".jpeg", ".jpg", ".gif", ".webp", ".ico", ".woff", ".woff2", ".ttf", ".otf")
_IN_HEADERS = ("authorization", "cookie", "set-cookie")


def keep_trace(trace: Path, kept: Path, scrub: Scrubber) -> list[str]:
    """Write `trace` to `kept` without secrets and without cookies, which are sessions.

    Returns the entries that are left out, since they are neither text nor a picture. Raises OSError, and
    zipfile.BadZipFile where it is no archive.
    """
    left_out = []
    with zipfile.ZipFile(trace) as source, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = _clean(name, source.read(name), scrub)
            if content is None:
                left_out.append(name)
            else:
                target.writestr(name, content)
    return left_out


def _clean(name: str, content: bytes, scrub: Scrubber) -> bytes | None:
    ending = PurePosixPath(name).suffix.lower()
    if ending in _AS_THEY_ARE:
        return content
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return None
    return ("\n".join(_events(text, scrub)) if ending in _EVENTS else scrub(text)).encode()


def _events(text: str, scrub: Scrubber) -> Iterator[str]:
    for line in text.split("\n"):
        try:
            event = json.loads(line)
        except ValueError:
            yield scrub(line)
        else:
            yield json.dumps(_without_sessions(scrub.data(event)), ensure_ascii=False)


def _without_sessions(value: Any) -> Any:
    """HTTP exchanges carry cookies and headers as lists of names and values."""
    if isinstance(value, list):
        return [_without_sessions(one) for one in value]
    if not isinstance(value, dict):
        return value
    told = {key: _without_sessions(one) for key, one in value.items()}
    if isinstance(told.get("cookies"), list):
        told["cookies"] = [
            {**one, "value": MARK} if isinstance(one, dict) else MARK for one in told["cookies"]
        ]
    if str(told.get("name")).lower() in _IN_HEADERS and "value" in told:
        told["value"] = MARK
    return told
