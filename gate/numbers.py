"""A record's number in a text: all of it, or none. T-13 does not stand in T-131. Pure."""

from __future__ import annotations

import re

from gate.results import Cause, CouldNotTell

# A letter or digit that would go on with the number; not the sign of Nº, which stands before one.
_MORE = r"[^\W_ºª]"
_FLAGS = re.compile(r"\(\?([aiLmsux]+)\)")


def whole(pattern: str) -> re.Pattern[str]:
    """`pattern` (shipment.number.pattern) where neither letter nor digit stands directly before or after it."""
    return re.compile(rf"(?<!{_MORE}){_grouped(pattern)}(?!{_MORE})")


def first_in(pattern: str, text: str) -> str | None:
    """The first number in a text."""
    found = whole(pattern).search(text)
    return found.group() if found else None


def all_in(pattern: str, text: str) -> set[str]:
    """The numbers in a text."""
    return {found.group() for found in whole(pattern).finditer(text)}


def only_a_part(pattern: str, *texts: str) -> CouldNotTell | None:
    """That the pattern is wrong: no text has a number, but one has a longer word of which it matches a part."""
    if any(first_in(pattern, text) for text in texts):
        return None
    longer = re.compile(rf"{_MORE}*{_grouped(pattern)}{_MORE}*")
    found = next((found for text in texts if (found := longer.search(text))), None)
    if found is None or not found.group():
        return None
    return CouldNotTell(
        f"a number like {pattern}",
        f"pattern '{pattern}' matches only a part of {found.group()!r}",
        r"write shipment.number.pattern of target.toml so that it matches the whole number, such as 'T-\d+'",
        cause=Cause.CONFIGURATION,
    )


def _grouped(pattern: str) -> str:
    """As one part of a longer expression; flags such as (?i) at its beginning hold for it alone."""
    found = _FLAGS.match(pattern)
    flags, body = (found.group(1), pattern[found.end() :]) if found else ("", pattern)
    end = "\n" if "x" in flags else ""  # its last line may be a comment
    return f"(?{flags}:{body}{end})"
