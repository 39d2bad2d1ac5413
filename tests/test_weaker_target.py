"""What a change of target.toml takes off that is proven, by table, on the sandbox's own description."""

from __future__ import annotations

import tomllib
import typing
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest
from pydantic import BaseModel

from gate.checklist import Checklist
from gate.repo.weaker_target import RULES, weaker
from gate.target import Target
from tests.conftest import ROOT

DESCRIBED: dict[str, Any] = tomllib.loads((ROOT / "sandbox" / "target.toml").read_text(encoding="utf-8"))
FACTS: list[str] = DESCRIBED["pdf"]["contains"]  # the number, the recipient, and others
GONE = object()


def changed(path: str, value: object) -> dict[str, Any]:
    """The description with one key set, or taken out."""
    target = deepcopy(DESCRIBED)
    *way, last = path.split("/")
    part: Any = target
    for name in way:
        part = part[int(name)] if isinstance(part, list) else part.setdefault(name, {})
    if value is GONE:
        del part[int(last) if isinstance(part, list) else last]
    else:
        part[int(last) if isinstance(part, list) else last] = value
    return target


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("render", GONE, "drops render: "),
        ("version", GONE, "drops version: "),
        ("sync", GONE, "drops sync: "),
        ("mail", GONE, "drops mail: "),
        ("login/error", GONE, "drops login.error: "),
        ("sync/log", GONE, "drops sync.log: "),
        ("shipment/edit", GONE, "drops shipment.edit: "),
        ("panels/0", GONE, "drops estado from panels: "),
        ("variables/DB_SCHEMA", GONE, "drops DB_SCHEMA from variables: "),
        ("access/foreign/cliente", ["/envios/1"], "drops /envios/1/pdf from access.foreign.cliente: "),
        ("environments/sandbox/allow", ["create", "cancel"], "drops edit, mail, sync, write_probe from "),
        ("repository/approvals", 0, "lowers repository.approvals from 1 to 0: "),
        ("repository/merges", {"main": ["*"]}, "alters repository.merges: "),
        ("candidate/cost_factor", 1000, "raises candidate.cost_factor from 1.5 to 1000.0: "),
        ("guard/errors", [], "drops Traceback (most recent call last), Internal Server Error, "),
        ("logs/forbidden", [], "drops DATABASE_URL no está definido, "),
        ("panels/2/max_rows", GONE, "drops panels.ingresos.max_rows: "),
        ("panels/2/max_rows", 20_001, "raises panels.ingresos.max_rows from 20000 to 20001: "),
        ("panels/0/empty_ok", True, "sets panels.estado.empty_ok: "),
        ("pdf/contains", [*FACTS[:1], *FACTS[2:], "Guía"], "drops {destinatario} from pdf.contains: "),
        ("variables/DATABASE_URL/required", False, "unsets variables.DATABASE_URL.required: "),
        ("variables/FLASK_SECRET_KEY/min_length", 8, "lowers variables.FLASK_SECRET_KEY.min_length from 32 "),
        ("routes/guards", ["role_required", "cached"], "adds cached to routes.guards: "),
        ("without/csrf", "none", "adds csrf to without: "),
        ("guard/ignore", {"/ads": "not ours"}, "adds /ads to guard.ignore: "),
        ("environments/other/not_proven", {"a.b": "x"}, "adds a.b to environments.other.not_proven: "),
    ],
)
def test_what_takes_something_off_is_told(path: str, value: object, said: str) -> None:
    (told,) = weaker(DESCRIBED, changed(path, value))
    assert told.startswith(said)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("name", "Otro"),
        ("login/submit", "Ingresar"),
        ("login/error", "Otra frase"),
        ("panels/0/heading", "Otro título"),
        ("panels/0/budget_ms", 2000),
        ("panels/2/max_rows", 100),
        ("panels/0/max_rows", 100),
        ("panels/5", {"id": "nuevo", "open": ["Nuevo"], "heading": "Nuevo", "budget_ms": 60_000}),
        ("shipment/query/filters/0/field", "Situación"),
        ("repository/approvals", 2),
        ("pdf/contains", [*FACTS, "Guía"]),
        ("routes/public", {}),
        ("access/roles/operador", ["/"]),
        ("variables/NEW", {"required": False}),
        ("without", {}),
        ("guard/errors", [*Target.model_fields["guard"].get_default().errors, "Oops"]),
    ],
)
def test_what_is_the_apps_own_or_asks_for_more_is_not(path: str, value: object) -> None:
    target = deepcopy(DESCRIBED)
    if path == "panels/5":
        target["panels"].append(value)
    else:
        target = changed(path, value)
    assert weaker(DESCRIBED, target) == []


def test_what_is_required_by_another_part_goes_with_it_and_is_told_once() -> None:
    told = [one.partition(":")[0] for one in weaker(DESCRIBED, changed("sync", GONE))]
    assert told == ["drops sync"]


def test_a_target_of_an_older_format_is_compared_as_it_stands() -> None:
    before = {"renderer": 1, "version": {"path": "/v"}, "repository": {"approvals": 2}, "panels": "?"}
    after = {"repository": {"approvals": 1}, "guard": {}}
    told = [one.partition(":")[0] for one in weaker(before, after)]
    assert told == ["lowers repository.approvals from 2 to 1", "drops version"]


def _exists(model: Any, path: list[str]) -> bool:
    if not path:
        return True
    candidates = [model, *_inner(model)]
    return any(
        _exists(field.annotation, path[1:])
        for one in candidates
        if isinstance(one, type) and issubclass(one, BaseModel)
        for name, field in one.model_fields.items()
        if path[0] in (name, field.alias)
    ) or (path[0] == "*" and any(_exists(one, path[1:]) for one in _inner(model)))


def _inner(annotation: Any) -> Iterator[Any]:
    for argument in typing.get_args(annotation):
        yield argument
        yield from _inner(argument)


@pytest.mark.parametrize("path", [rule.path for rule in RULES])
def test_every_key_of_the_list_is_one_of_target_toml(path: str) -> None:
    assert _exists(Target, path.split("."))


def test_every_part_that_an_item_stands_on_is_in_the_list() -> None:
    listed = tomllib.loads((ROOT / "checklist.toml").read_text(encoding="utf-8"))
    stood_on = {item.capability for item in Checklist.model_validate(listed).item if item.capability}
    parts = {one for one in stood_on if one.partition(".")[0] in Target.model_fields}
    # A change is started without a description too.
    assert parts - {rule.path for rule in RULES} == {"candidate"}
