"""What could be typed into a field that was never seen before. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

TAG_LENGTH = len("gate-0123456789-minimal")


@dataclass(frozen=True)
class Words:
    """What is proposed where nothing was seen, in the app's language; `text` has accents, an apostrophe and markup."""

    text: str
    note: str
    save: str
    search: str
    cancel: str
    cancelled: str


_SPANISH = Words(
    "Ñandú & D'Olivia <b>SAC</b>", "Control de entrega {run}", "Guardar", "Buscar", "Anular", "Anulado"
)
_ENGLISH = Words("Zoë & O'Brien <b>Ltd</b>", "Release gate {run}", "Save", "Search", "Cancel", "Cancelled")


def words_in(language: str) -> Words:
    """The words for a page's language, such as en-US; Spanish where the page says none."""
    return _SPANISH if (language or "es").lower().startswith("es") else _ENGLISH


_NOTES = re.compile(r"observ|nota|note|coment|comment|descrip|detalle|remark|referenc", re.IGNORECASE)
_PLACEHOLDER_CHOICE = re.compile(
    r"^(-+|elija|elige|seleccion|escoja|choose|select|todos|all$|none|ninguno|cargando|loading)|(…|\.\.\.)$",
    re.IGNORECASE,
)
_NUMBERS = {"telefono": 9, "teléfono": 9, "phone": 9, "ruc": 11, "dni": 8, "zip": 5, "postal": 5}


def kind_of(seen: Mapping[str, Any]) -> str:
    """The kind that target.toml knows for a surveyed field."""
    kind = str(seen["kind"])
    if seen["date"] and kind == "text":
        return "date"  # a drawn calendar
    return {"email": "text", "search": "text", "password": "text"}.get(kind, kind)


def choice(options: list[dict[str, str]]) -> str | None:
    """The first option that is one."""
    real = [
        one["label"]
        for one in options
        if one["label"] and not one["label"].startswith("__") and not _PLACEHOLDER_CHOICE.search(one["label"])
    ]
    valued = [one["label"] for one in options if one["value"] and one["label"] in real]
    return next(iter(valued or real), None)


def sample(seen: Mapping[str, Any], own: Words = _SPANISH) -> tuple[Any, str | None]:
    """A value for a field, and what is not sure about it. Selects and radios are chosen elsewhere."""
    kind, words = seen["kind"], f"{seen['label']} {seen['name']} {seen['placeholder']}".lower()
    if kind == "date":
        return "{today+2}", None
    if kind == "checkbox":
        return True, None
    if kind == "number":
        return _number(seen), None
    if kind == "email" or "email" in words or "correo" in words:
        return "qa@example.com", "an address in the field of a record"
    if seen["date"] or re.search(r"\b(fecha|date)\b", words):
        return "{today+2}", f"a date in a text field; the form shows {seen['placeholder'] or 'no example'}"
    if kind == "textarea":
        return own.note, None
    longest = int(seen["longest"] or 0)
    digits = next((size for word, size in _NUMBERS.items() if word in words), 0)
    if seen["mode"] == "numeric" or digits:
        size = min(longest or digits or 8, 11)
        return "20123456789012345678"[:size], "digits that this field may have to check"
    if re.match(r"^[\d.,]+$", str(seen["placeholder"])):
        return seen["placeholder"], None
    if seen["mode"] == "decimal" or re.search(
        r"(peso|weight|precio|price|valor|monto|amount|importe)", words
    ):
        return "12.5", "a number in a text field"
    return (own.text[:longest].strip() if longest else own.text), None


def carries_the_mark(seen: Mapping[str, Any]) -> int:
    """How well a field can carry the run's id: 0 not at all."""
    if seen["kind"] not in ("text", "textarea") or seen["pattern"] or seen["mode"] in ("numeric", "decimal"):
        return 0
    if seen["date"] or (seen["longest"] and int(seen["longest"]) < TAG_LENGTH):
        return 0
    value, unsure = sample(seen)
    if unsure or str(value) == seen["placeholder"]:
        return 0
    return (
        1 + 2 * int(seen["kind"] == "textarea") + 4 * bool(_NOTES.search(f"{seen['label']} {seen['name']}"))
    )


def number_pattern(values: list[str]) -> str | None:
    """What the numbers in a list have in common, as a regular expression: T-42 is T-\\d+, ENV-000123 is ENV-\\d{6}."""
    split = [re.split(r"(\d+)", one) for one in values]
    if len({tuple(one[::2]) for one in split}) != 1 or not re.search(r"[A-Za-z]", values[0]):
        return None
    if not any(re.search(r"\d{2}", one) for one in values):
        return None
    parts = enumerate(zip(*split, strict=True))
    pattern = "".join(_digits(texts) if rank % 2 else re.escape(texts[0]) for rank, texts in parts)
    return pattern.replace("\\-", "-").replace("\\ ", " ")


def _digits(texts: Sequence[str]) -> str:
    """Of a fixed width only where zeros fill it up: what counts without them grows longer one day."""
    if not any(text.startswith("0") and len(text) > 1 for text in texts):
        return r"\d+"
    widths = {len(text) for text in texts}
    return f"\\d{{{min(widths)}{',' if len(widths) > 1 else ''}}}"


def _number(seen: Mapping[str, Any]) -> float:
    step = str(seen["step"])
    low = float(seen["min"]) if re.match(r"^-?[\d.]+$", str(seen["min"])) else 0.0
    high = float(seen["max"]) if re.match(r"^-?[\d.]+$", str(seen["max"])) else 1e9
    if "." in step or step == "any":
        return float(min(max(12.5, low), high))
    return int(min(max(3.0, low), high))
