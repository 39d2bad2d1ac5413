"""A target.toml in the making: sections of keys, each with what was seen and how sure that is. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Line:
    """One key. `unsure` says why it should be looked at; None: it was seen. `off` comments the line out."""

    key: str
    value: Any
    unsure: str | None = None
    off: bool = False

    def text(self) -> str:
        """As TOML."""
        said = f"{_key(self.key)} = {toml(self.value)}"
        mark = f"  # ? {' '.join(self.unsure.split())}" if self.unsure else ""
        return f"{'# ' if self.off else ''}{said}{mark}"


@dataclass
class Section:
    """One table, such as [login], with what should be said above it."""

    head: str
    lines: list[Line] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)

    def put(self, key: str, value: Any, unsure: str | None = None, *, off: bool = False) -> None:
        """Add a key; a value of None is left out."""
        if value is not None:
            self.lines.append(Line(key, value, unsure, off))

    def text(self) -> str:
        """As TOML."""
        parts = [f"# {' '.join(comment.split())}" for comment in self.comments]
        if self.head:
            parts.append(self.head)
        return "\n".join(parts + [line.text() for line in self.lines])


@dataclass
class Draft:
    """The whole file."""

    sections: list[Section] = field(default_factory=list)

    def section(self, head: str, *comments: str) -> Section:
        """Begin a table."""
        self.sections.append(Section(head, comments=list(comments)))
        return self.sections[-1]

    @property
    def unsure(self) -> int:
        """How many keys are marked."""
        return sum(line.unsure is not None for section in self.sections for line in section.lines)

    def text(self) -> str:
        """As TOML."""
        return "\n\n".join(section.text() for section in self.sections) + "\n"


def toml(value: Any) -> str:
    """One value on one line: strings, numbers, booleans, lists and inline tables."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(name)} = {toml(item)}" for name, item in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    text = str(value)
    if "\\" in text and "'" not in text and text.isprintable():
        return f"'{text}'"
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    plain = name and all(one.isascii() and (one.isalnum() or one in "_-") for one in name.replace(".", ""))
    return name if plain else json.dumps(name, ensure_ascii=False)
