"""How the app shows what it stores, learned from one record: its form's values beside its page. Pure."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

_DATES = {
    "{dd/mm/yyyy}": "%d/%m/%Y",
    "{dd-mm-yyyy}": "%d-%m-%Y",
    "{mm/dd/yyyy}": "%m/%d/%Y",
    "{yyyy-mm-dd}": "%Y-%m-%d",
}
_FIGURE = re.compile(r"\d[\d.,\u00a0\u202f' ]*\d|\d")


@dataclass(frozen=True)
class Figures:
    """How a number is written: decimal mark, thousands mark, how many decimals, what stands around it."""

    before: str
    after: str
    decimal: str
    thousands: str
    decimals: int

    def write(self, value: float) -> str:
        """`value` in this style."""
        plain = f"{value:,.{self.decimals}f}".replace(",", "\0").replace(".", self.decimal)
        return f"{self.before}{plain.replace(chr(0), self.thousands)}{self.after}"


def shown_like(raw: str, shown: str, typed: str | float | bool) -> str | None:
    """How `typed` will be shown by an app that shows `raw` as `shown`; None where that cannot be told."""
    if isinstance(typed, bool):
        return None
    if date := _date(raw):
        return next((mark for mark, form in _DATES.items() if date.strftime(form) == shown), None)
    value, wanted = number(raw), number(str(typed))
    style = None if value is None or wanted is None else figures(value, shown)
    if style and wanted is not None:
        return style.write(wanted)
    return str(typed) if raw == shown and not re.match(r"^\{today", str(typed)) else None


def figures(value: float, shown: str) -> Figures | None:
    """The style in which `shown` writes `value`, or None when it does not."""
    found = _FIGURE.search(shown)
    if not found:
        return None
    text = found.group()
    for decimal, thousands in ((",", "."), (".", ","), (",", "\u00a0"), (",", " "), (".", "")):
        _, mark, part = text.rpartition(decimal)
        decimals = len(part) if mark else 0
        style = Figures(shown[: found.start()], shown[found.end() :], decimal, thousands, decimals)
        if style.write(value) == shown:
            return style
    return None


def figure(text: str) -> float | None:
    """The number in a text that says more, such as $500.00, or None."""
    found = _FIGURE.search(text)
    return number(found.group()) if found else None


def number(text: str) -> float | None:
    """A number typed in English or Spanish style, or None."""
    plain = text.strip()
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})*,\d+|-?\d+,\d+", plain):
        plain = plain.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", plain):
        plain = plain.replace(",", "")
    try:
        return float(plain)
    except ValueError:
        return None


def _date(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
