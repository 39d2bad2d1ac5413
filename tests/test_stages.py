"""Every check carries the markers of the stages that its item names, and stands where they are looked for."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.checklist import STAGES, load_checklist
from tests.conftest import ROOT

ITEMS = {item.id: item for item in load_checklist(ROOT / "checklist.toml", dt.date.today()).item}


def checks(file: Path) -> Iterator[tuple[str, set[str]]]:
    """Each check of a file with its stages."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    of_all = {
        stage
        for node in tree.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "pytestmark"
        for stage in _marked(node.value)
    }
    for function in (node for node in tree.body if isinstance(node, ast.FunctionDef)):
        stages = {stage for one in function.decorator_list for stage in _marked(one)}
        for one in function.decorator_list:
            if isinstance(one, ast.Call) and ast.unparse(one.func) == "pytest.mark.check":
                yield ast.literal_eval(one.args[0]), of_all | stages


def _marked(node: ast.expr) -> set[str]:
    names = {one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)}
    return names & set(STAGES)


CHECKS = [
    pytest.param(folder, name, stages, id=name)
    for folder in STAGES
    for file in sorted((ROOT / folder).glob("test_*.py"))
    for name, stages in checks(file)
]


@pytest.mark.parametrize(("folder", "name", "stages"), CHECKS)
def test_a_check_is_of_the_stages_of_its_item(folder: str, name: str, stages: set[str]) -> None:
    assert stages == set(ITEMS[name].stages)
    assert folder != "postdeploy" or stages == {"postdeploy"}
