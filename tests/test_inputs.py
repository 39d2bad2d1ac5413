"""Input files: every problem is told at once, with file, key and remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pytest
from pydantic import Field

from gate.inputs import Input, InputError, nearest, read_toml, validate


class Part(Input):
    label: str
    kind: Literal["text", "date"] = "text"


class Named(Input):
    css: str


class Sample(Input):
    schema_: Literal[1] = Field(alias="schema")
    name: str
    part: dict[str, Part] = {}
    list_of: tuple[Part, ...] = ()
    reasons: dict[str, str] = {}
    some: tuple[Part, ...] = Field((), min_length=1)
    either: str | Part | Named = ""


def problems(folder: Path, content: str | bytes) -> list[str]:
    path = folder / "sample.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        validate(path, read_toml(path, "copy the template"), Sample)
    assert str(caught.value) == "\n".join(caught.value.problems)
    assert all(problem.startswith(f"{path}: ") for problem in caught.value.problems)
    return [problem.removeprefix(f"{path}: ") for problem in caught.value.problems]


def test_brackets_without_end_are_a_problem_of_the_file(tmp_path: Path) -> None:
    assert problems(tmp_path, "a = " + "[" * 100_000) == ["not read: brackets nested too deeply; mend them"]


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "sample.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TOP.encode())
    assert validate(path, read_toml(path, ""), Sample).name == "x"


def test_what_only_follows_from_a_problem_is_not_told(tmp_path: Path) -> None:
    assert problems(tmp_path, f"{TOP}[[some]]\nlabel = 'y'\nknid = 'text'\n") == [
        "some.0.knid: unknown key; did you mean 'kind'?"
    ]
    assert len(problems(tmp_path, f"{TOP}some = []\n")) == 1


def test_a_good_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "sample.toml"
    path.write_text('schema = 1\nname = "Envíos"\neither = { label = "Guía" }\n', encoding="utf-8")
    assert validate(path, read_toml(path, ""), Sample).either == Part(label="Guía")


TOP = 'schema = 1\nname = "x"\n'


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'schema = 1\nname = "Env\xedos"\n', "not UTF-8 text (byte 22); save it as UTF-8"),
        ("schema = 1\nname = \n", "not valid TOML: Invalid value (at line 2, column 8); mend that line"),
        ("schema = 1\nschema = 1\n", "not valid TOML: "),
        ("schema = 1\n", "name: required and missing; add it"),
        (f"{TOP}nmae = 1\n", "nmae: unknown key; did you mean 'name'?"),
        (
            f"{TOP}zzz = 1\n",
            "zzz: unknown key; known keys here: either, list_of, name, part, reasons, schema, some",
        ),
        (f"{TOP}[part.a]\nlabel = 'y'\nlabl = 1\n", "part.a.labl: unknown key; did you mean 'label'?"),
        (f"{TOP}[[list_of]]\nkind = 'text'\n", "list_of.0.label: required and missing; add it"),
        (f"{TOP}[[list_of]]\nlabel = 'y'\nkind = 'time'\n", "list_of.0.kind: input should be 'text' or"),
        (
            f"{TOP}[[list_of]]\nlabel = 'y'\nkind = 'tetx'\n",
            "list_of.0.kind: input should be 'text' or 'date' (found 'tetx'); did you mean 'text'?",
        ),
        ("schema = 1\nname = 7\n", "name: input should be a valid string (found 7)"),
        ("schema = 9\nname = 'x'\n", "schema: input should be 1 (found 9)"),
        ("", "schema: required and missing; add it"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, content: str | bytes, said: str) -> None:
    assert any(problem.startswith(said) for problem in problems(tmp_path, content)), problems(
        tmp_path, content
    )


ABOVE = "a top-level key must stand above the first [table]"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            f"{TOP}[part.a]\nlabel = 'y'\nreasons = {{ b = 'c' }}\n",
            f"part.a.reasons: unknown key; {ABOVE}, or be written as [reasons]",
        ),
        (
            f"{TOP}[reasons]\nlist_of = [{{ label = 'y' }}]\n",
            f"reasons.list_of: input should be a valid string; {ABOVE}, or be written as [[list_of]]",
        ),
        ("schema = 1\n[part.a]\nlabel = 'y'\nname = 'x'\n", f"part.a.name: unknown key; {ABOVE}"),
        (f"{TOP}[part.either]\nlabel = 'y'\ncss = 'x'\n", f"part.either.css: unknown key; {ABOVE}, or be"),
        # A name of the user's own that is also a key of the file.
        (
            f"{TOP}[part.name]\nlabel = 'y'\nlabl = 'x'\n",
            "part.name.labl: unknown key; did you mean 'label'?",
        ),
        (f"{TOP}[part.name]\n", "part.name.label: required and missing; add it"),
    ],
)
def test_a_top_level_key_below_a_table_is_told_so(tmp_path: Path, content: str, said: str) -> None:
    told = problems(tmp_path, content)
    assert any(one.startswith(said) and one.count("top-level") == said.count("top-level") for one in told), (
        told
    )


def test_all_problems_at_once(tmp_path: Path) -> None:
    told = problems(tmp_path, 'schema = 2\nnmae = "x"\n[part.a]\nkind = "time"\n')
    assert len(told) == 5
    assert len(set(told)) == 5


def test_a_missing_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.toml: not found; copy the template"):
        read_toml(tmp_path / "absent.toml", "copy the template")


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read \\(Is a directory\\); check the path"):
        read_toml(tmp_path, "")


def test_nearest_word_or_none() -> None:
    assert nearest("shipmnet", ["shipment", "panels"]) == "shipment"
    assert nearest("xyz", ["shipment", "panels"]) is None
