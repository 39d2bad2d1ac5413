"""Whether a file is of the kind that was expected, by its name, its declared type and its first bytes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["xlsx", "xls", "csv", "docx", "pdf"]

_ZIP, _OLE, _PDF = b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"%PDF-"
# What people call the formats that these bytes begin.
_FORMATS = (
    (_ZIP, "a zip archive (such as xlsx or docx)"),
    (_OLE, "an old or encrypted Office file"),
    (_PDF, "a PDF"),
)


@dataclass(frozen=True)
class _Signs:
    """`types` are parts of the MIME types that it may have, `begins` its first bytes; empty for plain text."""

    endings: tuple[str, ...]
    types: tuple[str, ...]
    begins: bytes


_KINDS: dict[Kind, _Signs] = {
    "xlsx": _Signs((".xlsx", ".xlsm"), ("spreadsheetml", "ms-excel.sheet.macro"), _ZIP),
    "xls": _Signs((".xls",), ("ms-excel",), _OLE),
    "csv": _Signs((".csv", ".txt"), ("text/", "ms-excel"), b""),
    "docx": _Signs((".docx",), ("wordprocessingml",), _ZIP),
    "pdf": _Signs((".pdf",), ("application/pdf",), _PDF),
}


def other_than(kind: Kind, name: str, mime_type: str, begins: bytes) -> str:
    """Why a file is not of that kind, or an empty text. Where `begins` is empty name and type alone decide."""
    signs = _KINDS[kind]
    if begins and not (begins.startswith(signs.begins) if signs.begins else _is_text(begins)):
        return f"its content begins like {_format(begins)}, not like {kind}"
    if not name.lower().endswith(signs.endings):
        return f"its name is {name!r}, which is no {kind}"
    if mime_type and not any(part in mime_type for part in signs.types) and "octet-stream" not in mime_type:
        return f"its type is {mime_type}, which is no {kind}"
    return ""


def _is_text(begins: bytes) -> bool:
    return b"\0" not in begins and not begins.startswith((_ZIP, _OLE, _PDF))


def _format(begins: bytes) -> str:
    known = next((name for sign, name in _FORMATS if begins.startswith(sign)), "")
    if known:
        return known
    if begins.lstrip()[:1] == b"<":
        return "a web page"
    return "text" if _is_text(begins) else "something unknown"
