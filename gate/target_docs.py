"""docs/target.md and target.schema.json, written from the models of gate/target/: `python -m gate.target_docs`.

A test holds both against the models, so that neither can fall behind.
"""

from __future__ import annotations

import json
import tomllib
import types
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from gate.discover.draft import toml
from gate.inputs import Input
from gate.target import Locator, Proof, Target

ROOT = Path(__file__).parent.parent
DOCUMENT = ROOT / "docs" / "target.md"
SCHEMA = ROOT / "target.schema.json"
EXAMPLE = ROOT / "sandbox" / "target.toml"

HEAD = """# target.toml

The application under test, as a person sees it. Every locator is a string that can be read on the page, or a table
that says more; every field separates what is typed, what the app shows and what it stores. Nobody has to edit Python.

Begin with `python -m gate discover --base-url URL`, which looks at the running app and writes a first file, then let
`python -m gate doctor --base-url URL` name what is wrong in it. Editors complete and check the file when its first
line is `#:schema ./target.schema.json`.

Three kinds of placeholder: `{run}` is this run's own mark, `{today}` and `{today+2}` are days as `2026-12-31`,
`{number}` and the names of the fields stand for the record in `[pdf]` and `[mail]`. In `shown`, `{dd/mm/yyyy}` and
its like write the day that was typed, `{value}` what was typed.

This page is written from the models by `python -m gate.target_docs`. The examples are those of the embedded staging,
where it has the key.
"""
_ENDS = {Locator: "place", Proof: "proof"}
_NAMES = {str: "text", int: "whole number", float: "number", bool: "true or false", Path: "path"}


def schema() -> str:
    """The JSON Schema of target.toml, for editors."""
    made = Target.model_json_schema(by_alias=True)
    place = made["$defs"]["Locator"]
    made["$defs"]["Locator"] = {"anyOf": [{"type": "string"}, place], "description": place.pop("description")}
    made = {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": "target.toml"}
    return json.dumps(made, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def document() -> str:
    """docs/target.md."""
    example = tomllib.loads(EXAMPLE.read_text(encoding="utf-8"))
    parts = [HEAD, "## The file's head\n", _table(Target, example, top=True)]
    for path, model, sample in _sections(Target, "", example):
        parts += [f"## `{path}`\n", f"{_first(model)}\n", _table(model, sample)]
    parts += ["## A place\n", f"{_first(Locator)} A plain string is its `text`.\n", _table(Locator, {})]
    parts += ["## A proof\n", f"{_first(Proof)}\n", _table(Proof, {})]
    return "\n".join(parts).rstrip() + "\n"


def _sections(model: type[Input], path: str, sample: Any) -> Iterator[tuple[str, type[Input], Any]]:
    """Every table below `model`: its path as written in the file, its model, the example's values."""
    for name, field in model.model_fields.items():
        for inner, shape in _inner(field.annotation):
            key = field.alias or name
            here = sample.get(key) if isinstance(sample, dict) else None
            below = f"{path}.{key}" if path else key
            if shape == "list":
                here = here[0] if here else None
                head = f"[[{below}]]"
            elif shape == "names":
                here = next(iter(here.values())) if here else None
                below = f"{below}.NAME"
                head = f"[{below}]"
            else:
                head = f"[{below}]"
            yield head, inner, here
            yield from _sections(inner, below, here)


def _inner(annotation: Any, shape: str = "one") -> Iterator[tuple[type[Input], str]]:
    if isinstance(annotation, type) and issubclass(annotation, Input):
        if annotation not in _ENDS:
            yield annotation, shape
        return
    origin = typing.get_origin(annotation)
    for argument in typing.get_args(annotation):
        yield from _inner(argument, {tuple: "list", dict: "names"}.get(origin, shape))


def _table(model: type[Input], sample: Any, *, top: bool = False) -> str:
    lines = ["| key | what it is | type | default | example |", "| --- | --- | --- | --- | --- |"]
    for name, field in model.model_fields.items():
        key = field.alias or name
        if top and any(_inner(field.annotation)):
            continue
        shown = sample.get(key) if isinstance(sample, dict) else None
        if shown is None:
            shown = field.examples[0] if field.examples else _plain_default(field)
        own_table = any(_inner(field.annotation))
        cells = [
            f"`{key}`",
            field.description or "",
            _type(field.annotation),
            _default(field),
            "its own table" if own_table else f"`{_short(shown)}`" if shown is not None else "",
        ]
        lines.append("| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _type(annotation: Any) -> str:
    if annotation in _NAMES:
        return _NAMES[annotation]
    if isinstance(annotation, type) and issubclass(annotation, Input):
        return _ENDS.get(annotation, "table")
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _type(arguments[0])
    if origin is typing.Literal:
        return " or ".join(f"`{toml(value)}`" for value in arguments)
    if origin is tuple:
        return f"list of: {_type(arguments[0])}"
    if origin is dict:
        return f"table of: {_type(arguments[1])}"
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_type(one) for one in arguments if one is not type(None)))
    return "text"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = _plain_default(field)
    return "" if value is None else f"`{_short(value)}`"


def _plain_default(field: FieldInfo) -> Any:
    """The default where it says something, else None."""
    value = field.get_default(call_default_factory=True, validated_data={})
    silent = value is None or value is PydanticUndefined or isinstance(value, Input) or value in ({}, ())
    return None if silent else value


def _short(value: Any) -> str:
    text = toml(value)
    return text if len(text) <= 90 else f"{text[:87]}..."


def _first(model: type[Input]) -> str:
    return " ".join((model.__doc__ or "").split())


def main() -> None:
    """Write both files."""
    DOCUMENT.parent.mkdir(exist_ok=True)
    DOCUMENT.write_text(document(), encoding="utf-8")
    SCHEMA.write_text(schema(), encoding="utf-8")


if __name__ == "__main__":
    main()
