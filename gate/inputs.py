"""What every input file has in common: strict models, errors that name file, key and remedy, all at once."""

from __future__ import annotations

import difflib
import re
import tomllib
import typing
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError


class Input(BaseModel):
    """Base of every part of an input file: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class InputError(Exception):
    """One or more problems of the user's input, each a complete sentence with its remedy."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


Model = TypeVar("Model", bound=Input)


def read_toml(path: Path, missing_hint: str) -> dict[str, Any]:
    """Parse a TOML file; raises InputError when it is missing, unreadable or not TOML."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise InputError([f"{path}: not found; {missing_hint}"]) from None
    except OSError as error:
        problem = f"{path}: cannot be read ({error.strerror}); check the path and its permissions"
        raise InputError([problem]) from None
    return parse_toml(content, path)


def parse_toml(content: bytes, source: Path | str) -> dict[str, Any]:
    """Parse TOML that comes from `source`; raises InputError when it is none."""
    try:
        # Editors of Windows begin a file with a mark that TOML does not know.
        return tomllib.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InputError([f"{source}: not UTF-8 text (byte {error.start}); save it as UTF-8"]) from None
    except tomllib.TOMLDecodeError as error:
        raise InputError([f"{source}: not valid TOML: {error}; mend that line"]) from None
    except RecursionError:
        raise InputError([f"{source}: not read: brackets nested too deeply; mend them"]) from None


def validate(source: Path | str, data: dict[str, Any], model: type[Model]) -> Model:
    """Validate parsed data; raises InputError with one sentence per wrong key."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False)
        problems = dict.fromkeys(
            f"{source}: {_sentence(model, dict(problem), data)}"
            for problem in found
            if not _follows(dict(problem), [one["loc"] for one in found])
        )
        raise InputError(list(problems)) from None


def nearest(word: str, known: Sequence[str]) -> str | None:
    """The known word most like `word`, or None when nothing is like it."""
    found = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return found[0] if found else None


def _follows(problem: dict[str, Any], places: Sequence[tuple[Any, ...]]) -> bool:
    """Whether it only follows from another: a list is too short for pydantic where its entries are wrong."""
    at = problem["loc"]
    return problem["type"] == "too_short" and any(one != at and one[: len(at)] == at for one in places)


def _sentence(model: type[BaseModel], problem: dict[str, Any], data: dict[str, Any]) -> str:
    where = tuple(problem["loc"])
    key = ".".join(str(part) for part in _existing(where, data)) or "the file"
    stray = _belongs_on_top(model, where, data) if problem["type"] != "missing" else ""
    if problem["type"] == "extra_forbidden":
        if stray:
            return f"{key}: unknown key; {stray}"
        known = _keys_at(model, where[:-1])
        guess = nearest(str(where[-1]), known)
        listed = ", ".join(sorted(known)) or "none"
        remedy = f"did you mean {guess!r}?" if guess else f"known keys here: {listed}"
        return f"{key}: unknown key; {remedy}"
    if problem["type"] == "missing":
        return f"{key}: required and missing; add it"
    message = str(problem["msg"]).removeprefix("Value error, ")
    given = problem.get("input")
    shown = "" if isinstance(given, dict | list) else f" (found {given!r})"
    if problem["type"] == "literal_error" and not stray:
        guess = nearest(str(given), re.findall(r"'([^']*)'", problem["ctx"]["expected"]))
        shown += f"; did you mean {guess!r}?" if guess else ""
    return f"{key}: {message[0].lower()}{message[1:]}{shown}{stray and f'; {stray}'}"


def _belongs_on_top(model: type[BaseModel], where: tuple[Any, ...], data: Any) -> str:
    """The remedy for a top-level key that stands below a [table], which TOML takes for the table's; else empty."""
    top = _keys_at(model, ())
    for rank, part in enumerate(where):
        data = data[part] if _has(data, part) else data
        if rank == 0 or part not in top or part in _keys_at(model, where[:rank]):
            continue
        if where[rank + 1 :] and where[rank + 1] not in _keys_at(model, (part,)):
            continue
        written = f"[{part}]" if isinstance(data, dict) else f"[[{part}]]" if isinstance(data, list) else ""
        also = f", or be written as {written}" if written else ""
        return f"a top-level key must stand above the first [table]{also}"
    return ""


def _has(data: Any, part: Any) -> bool:
    if isinstance(data, dict):
        return part in data
    return isinstance(data, list | tuple) and isinstance(part, int) and part < len(data)


def _existing(where: tuple[Any, ...], data: Any) -> list[Any]:
    """The part of a pydantic location that stands in the file: union tags and model names are not keys."""
    kept: list[Any] = []
    for rank, part in enumerate(where):
        if _has(data, part):
            data = data[part]
        elif rank != len(where) - 1 or not isinstance(data, dict):
            continue
        kept.append(part)
    return kept


def _keys_at(model: type[BaseModel], where: tuple[Any, ...]) -> list[str]:
    """Keys that the model at this location accepts."""
    current: list[type[BaseModel]] = [model]
    for part in where:
        fields = [f for one in current for n, f in one.model_fields.items() if part in (n, f.alias)]
        # What is no field is a name that the user chose, or pydantic's for one of several models.
        if fields:
            current = [below for field in fields for below in _models_in(field.annotation)]
    return [field.alias or name for one in current for name, field in one.model_fields.items()]


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for argument in typing.get_args(annotation) for model in _models_in(argument)]
