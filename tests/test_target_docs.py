"""docs/target.md and target.schema.json are what the models say, and the schema accepts what the models accept."""

import json
import re
import tomllib
from pathlib import Path

import jsonschema
import pytest

from gate import target_docs

RENEW = "run: python -m gate.target_docs"
TARGETS = [target_docs.EXAMPLE, *sorted((target_docs.ROOT / "examples").glob("*/target.toml"))]


def test_the_page_is_up_to_date() -> None:
    assert target_docs.DOCUMENT.read_text(encoding="utf-8") == target_docs.document(), RENEW


def test_the_schema_is_up_to_date() -> None:
    assert target_docs.SCHEMA.read_text(encoding="utf-8") == target_docs.schema(), RENEW


def test_every_key_is_described() -> None:
    bare = re.findall(r"^\| `\w+` \|  \|.*", target_docs.document(), re.MULTILINE)
    assert bare == []


@pytest.mark.parametrize("path", TARGETS, ids=lambda path: path.parent.name)
def test_the_schema_accepts_the_targets_that_there_are(path: Path) -> None:
    schema = json.loads(target_docs.schema())
    # An editor sees TOML's arrays, which the models read as tuples.
    jsonschema.validate(tomllib.loads(path.read_text(encoding="utf-8")), schema)


def test_the_schema_refuses_an_unknown_key() -> None:
    schema = json.loads(target_docs.schema())
    data = tomllib.loads(target_docs.EXAMPLE.read_text(encoding="utf-8"))
    data["login"]["pasword"] = "x"
    with pytest.raises(jsonschema.ValidationError, match="pasword"):
        jsonschema.validate(data, schema)


def test_every_key_has_an_example() -> None:
    rows = [line.split(" | ") for line in target_docs.document().splitlines() if line.startswith("| `")]
    assert len(rows) > 100
    assert [row[0] for row in rows if not row[-1].strip(" |")] == []
