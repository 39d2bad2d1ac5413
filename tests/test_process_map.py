"""docs/proceso.md maps every line of the release process, and every item of the checklist stands in it."""

import datetime as dt
import re

import pytest

from gate.checklist import load_checklist
from tests.conftest import ROOT

ROWS = [
    [cell.strip() for cell in line.strip().strip("|").split("|")]
    for line in (ROOT / "docs" / "proceso.md").read_text("utf-8").splitlines()
    if line.startswith("| P")
]
ITEMS = {item.id: item for item in load_checklist(ROOT / "checklist.toml", dt.date.today()).item}
NAMED = re.compile(r"`([a-z_]+\.[a-z_]+)`")


def test_every_check_before_a_merge_is_documented_with_what_it_reads_and_cannot_see() -> None:
    text = (ROOT / "docs" / "preflight.md").read_text("utf-8")
    told = {}
    for row in re.findall(r"^\| ([a-z]+\.[a-z_]+)\b(.*)\|$", text, re.M):
        told[row[0]] = [cell.strip() for cell in row[1].split(" | ")]
    of_this_stage = {name for name, item in ITEMS.items() if item.stages[0] == "preflight"}
    # Journeys that a change may owe are documented where they are at home.
    journeys = {name for name in of_this_stage if ITEMS[name].when_touched and len(ITEMS[name].stages) > 1}
    assert told.keys() == of_this_stage - journeys
    assert {name for name, cells in told.items() if len(cells) < 3 or not all(cells[1:])} == set()
    assert {name for name in journeys if not re.search(rf"\b{re.escape(name)}\b", text)} == set()


def test_every_item_of_the_checklist_has_a_line() -> None:
    assert set(ITEMS) - {name for *_, how in ROWS for name in NAMED.findall(how)} == set()


@pytest.mark.parametrize("row", ROWS, ids=[row[0] for row in ROWS])
def test_a_line_names_what_exists(row: list[str]) -> None:
    _, said, by, how = row
    files = {"pdf_template.html", "report.html", "verdict.json"}
    assert set(NAMED.findall(how)) - files <= set(ITEMS)
    assert by in ("comprobación", "atestación", "paso", "persona")
    assert said
    assert how
    assert by != "comprobación" or NAMED.findall(how)


def test_what_a_person_attests_is_an_attested_item_and_the_other_way_round() -> None:
    attested = {name for *_, by, how in ROWS if by == "atestación" for name in NAMED.findall(how)}
    assert attested == {item.id for item in ITEMS.values() if item.attested}
    proven = {name for *_, by, how in ROWS if by == "comprobación" for name in NAMED.findall(how)}
    assert not attested & proven
    assert all(NAMED.findall(how) for *_, by, how in ROWS if by == "atestación")


def test_no_line_is_there_twice_and_every_section_of_the_checklist_is() -> None:
    ids = [row[0] for row in ROWS]
    assert len(set(ids)) == len(ids)
    missing = [item for item in ITEMS.values() if not any(one.startswith(f"P{item.section}.") for one in ids)]
    assert missing == []
