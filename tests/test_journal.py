"""The journal survives being cut off anywhere, and knows what is still to be accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.journal import Journal


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "run" / "journal.jsonl")


def test_a_record_is_open_from_its_plan_to_its_close(journal: Journal) -> None:
    assert journal.open() == []
    journal.plan("a", "shipment", "gate-1-full")
    assert [(entry.state, entry.tag, entry.url) for entry in journal.open()] == [
        ("planned", "gate-1-full", None)
    ]
    journal.created("a", "N-1", "http://app/1")
    assert [(entry.state, entry.number) for entry in journal.open()] == [("created", "N-1")]
    journal.closed("a", "shows cancelled", remains=True)
    assert journal.open() == []
    assert [(entry.number, entry.note, entry.remains) for entry in journal.entries()] == [
        ("N-1", "shows cancelled", True)
    ]


def test_the_moment_of_the_plan_is_kept(journal: Journal) -> None:
    journal.plan("a", "shipment", "t")
    planned = journal.entries()[0].planned_at
    journal.created("a", "N-1", "http://app/1")
    assert journal.entries()[0].planned_at == planned > 0


def test_what_is_gone_does_not_remain(journal: Journal) -> None:
    journal.plan("a", "shipment", "t")
    journal.closed("a", "was never created")
    assert not journal.entries()[0].remains


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_line_that_was_cut_off_is_passed_over_and_swallows_nothing(journal: Journal, kept: int) -> None:
    journal.plan("a", "shipment", "tá")
    whole = journal.path.read_bytes()
    journal.created("a", "N-1", "http://app/ñ")
    torn = journal.path.read_bytes()[: len(whole) + kept]
    journal.path.write_bytes(torn)
    assert [entry.state for entry in journal.open()] == ["planned"]
    journal.closed("a", "swept")
    assert journal.open() == []


@pytest.mark.parametrize("line", ["[]", "1", '"text"', "{}", "null", '{"key": "b"}'])
def test_what_is_no_event_is_passed_over(journal: Journal, line: str) -> None:
    journal.plan("a", "shipment", "t")
    with journal.path.open("a", encoding="utf-8") as stream:
        stream.write(line + "\n")
    assert [entry.key for entry in journal.entries()] == ["a"]
