"""What a run types into a form, and what it then expects to be shown and stored. Pure."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from gate.target import FormField

_TODAY = re.compile(r"\{today(?:([+-])(\d+))?\}")
_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_DATE_FORMS = {
    "{dd/mm/yyyy}": "%d/%m/%Y",
    "{dd-mm-yyyy}": "%d-%m-%Y",
    "{mm/dd/yyyy}": "%m/%d/%Y",
    "{yyyy-mm-dd}": "%Y-%m-%d",
}


@dataclass(frozen=True)
class Entry:
    """One field of one record: the value typed, the text expected on the detail page, the value stored."""

    name: str
    typed: str | bool
    shown: str
    stored: str | float | bool
    field: FormField


def entries(fields: Mapping[str, FormField], run: str, today: dt.date) -> dict[str, Entry]:
    """Every field filled in for this run. `run` is the mark that replaces {run}; `today` is the app's day."""
    return {name: _entry(name, field, run, today) for name, field in fields.items()}


def fill(template: str, facts: Mapping[str, str]) -> str:
    """`template` with {names} replaced; an unknown name stays, so that the mismatch is seen."""
    return _PLACE.sub(lambda match: facts.get(match.group(1), match.group(0)), template)


def same_text(one: str, other: str) -> bool:
    """Equality as a reader sees it: Unicode form and the kind and number of blanks do not count."""
    return normal(one) == normal(other)


def normal(text: str) -> str:
    """Text in composed form with every run of blanks, also non-breaking ones, as one space."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def same_stored(found: object, expected: str | float | bool) -> bool:
    """Whether a column holds what was meant, whatever its type: 12.50 is 12.5, 12.51 is not, None never."""
    if found is None:
        return False
    if isinstance(expected, bool) or isinstance(found, bool):
        return _truth(found) is not None and _truth(found) == _truth(expected)
    if isinstance(found, dt.datetime) and len(str(expected)) == len("2025-01-31"):
        found = found.date()
    if isinstance(found, dt.date):
        return found.isoformat() == str(expected).replace(" ", "T")
    if isinstance(found, int | float | Decimal) or not isinstance(expected, str):
        try:
            return Decimal(str(found)) == Decimal(str(expected))
        except InvalidOperation:
            return False
    return _composed(str(found)) == _composed(expected)


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text).replace("\r\n", "\n")


def _truth(value: object) -> bool | None:
    return {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}.get(
        str(value).lower()
    )


def _entry(name: str, field: FormField, run: str, today: dt.date) -> Entry:
    typed: str | bool
    if isinstance(field.value, bool):
        typed = field.value
        default_shown = "Sí" if typed else "No"
    else:
        typed = _TODAY.sub(lambda match: _day(match, today), str(field.value)).replace("{run}", run)
        default_shown = typed
    shown = default_shown if field.shown is None else _shown(field.shown, str(typed))
    stored = (
        field.stored
        if field.stored is not None
        else (field.value if not isinstance(field.value, str) else typed)
    )
    return Entry(name, typed, shown, stored, field)


def _day(match: re.Match[str], today: dt.date) -> str:
    days = int(match.group(2) or 0) * (-1 if match.group(1) == "-" else 1)
    return (today + dt.timedelta(days=days)).isoformat()


def _shown(template: str, typed: str) -> str:
    for mark, form in _DATE_FORMS.items():
        if mark in template:
            template = template.replace(mark, dt.date.fromisoformat(typed).strftime(form))
    return template.replace("{value}", typed)
