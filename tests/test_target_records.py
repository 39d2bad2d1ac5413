"""What target.toml says of records and the sync hangs together, and a mistake is named."""

from __future__ import annotations

import copy
import tomllib
from typing import Any

import pytest
from pydantic import ValidationError

from gate.target import Target
from tests.conftest import ROOT


@pytest.fixture
def described() -> dict[str, Any]:
    text = (ROOT / "sandbox" / "target.toml").read_text(encoding="utf-8")
    return copy.deepcopy(tomllib.loads(text))


def _told(described: dict[str, Any]) -> str:
    with pytest.raises(ValidationError) as error:
        Target.model_validate(described)
    return str(error.value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("minimal", ["cliente", "nombre"], "minimal names 'nombre'"),
        ("invalid", {"fields": {"dni": "1"}, "message": "no"}, "invalid.fields names 'dni'"),
        ("edit", {"open": "Editar", "field": "cajas", "value": 4}, "edit.field names 'cajas'"),
    ],
)
def test_a_name_that_is_no_field(described: dict[str, Any], key: str, value: object, said: str) -> None:
    described["shipment"][key] = value
    assert said in _told(described)


@pytest.mark.parametrize(
    ("by", "said"), [("nombre", "query.by names 'nombre'"), ("direccion", "must have {run} in its value")]
)
def test_a_search_needs_a_text_of_its_own(described: dict[str, Any], by: str, said: str) -> None:
    described["shipment"]["query"]["by"] = by
    assert said in _told(described)


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ("(?P<read>[0-9]+) rows", "no group 'inserted'"),
        ("(?P<rows>[0-9]+ rows", "no regular expression"),
    ],
)
def test_the_words_of_a_sync_hold_its_counts(described: dict[str, Any], done: str, said: str) -> None:
    described["sync"]["done"] = done
    assert said in _told(described)


def test_who_may_create_must_be_able_to_put_away(described: dict[str, Any]) -> None:
    described["environments"]["sandbox"]["allow"] = ["create", "mail"]
    assert "allow has create without cancel" in _told(described)


@pytest.mark.parametrize(
    ("capability", "there"),
    [("pdf", True), ("shipment.edit", True), ("shipment.nothing", False), ("render.nothing.deeper", False)],
)
def test_a_capability_is_what_is_described(described: dict[str, Any], capability: str, there: bool) -> None:
    assert Target.model_validate(described).has(capability) is there
