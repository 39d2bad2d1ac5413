"""A number that goes on is another record's: it is never read, and the pattern that ends too early is named."""

import re
from types import SimpleNamespace
from typing import cast

import pytest

from gate import numbers
from gate.browser import shipments
from gate.browser.visitor import Visitor
from gate.journal import Entry
from gate.results import Cause, CheckStopped, CouldNotTell
from gate.sweep import _found
from gate.target import Shipment


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"T-\d{2}", "T-42 and T-43.", {"T-42", "T-43"}),
        (r"T-\d{2}", "T-131", set()),
        (r"T-\d{2}", "T-131, T-13", {"T-13"}),
        (r"T-\d+", "T-131", {"T-131"}),
        (r"T-\d+", "BT-131 T-131b T-7_x", {"T-7"}),
        (r"\d{4}", "Nº1234 2ª1234 (5678)", {"1234", "5678"}),
        (r"T-\d|U-\d", "T-1 U-22", {"T-1"}),
        (r"(?i)t-\d{2}", "T-42", {"T-42"}),
        ("(?x)T-\\d{2}  # the team's", "T-42 T-421", {"T-42"}),
        (r"(T)-(\d)\2", "T-11 T-112 T-12", {"T-11"}),
    ],
)
def test_numbers_in_a_text(pattern: str, text: str, expected: set[str]) -> None:
    assert numbers.all_in(pattern, text) == expected
    assert (numbers.first_in(pattern, text) is None) == (not expected)


def test_a_pattern_that_ends_too_early_is_named() -> None:
    told = numbers.only_a_part(r"T-\d{2}", "nothing here", "saved as T-131.")
    assert isinstance(told, CouldNotTell)
    assert told.cause is Cause.CONFIGURATION
    assert told.observed == r"pattern 'T-\d{2}' matches only a part of 'T-131'"


@pytest.mark.parametrize("texts", [("T-13", "T-131"), ("nothing",), ()])
def test_a_pattern_that_fits_or_finds_nothing_is_not(texts: tuple[str, ...]) -> None:
    assert numbers.only_a_part(r"T-\d{2}", *texts) is None


def _shipment() -> Shipment:
    return Shipment.model_validate(
        {
            "open": ["New"],
            "submit": "Save",
            "number": {"pattern": r"T-\d{2}"},
            "tag": "note",
            "fields": {"note": {"label": "Note", "value": "{run}"}},
            "query": {"open": ["List"], "field": "Search", "empty": "Nothing"},
            "cleanup": {"cancel": "Cancel", "proof": "Cancelled"},
        }
    )


def test_neither_a_new_record_nor_one_to_put_away_is_taken_for_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    page = SimpleNamespace(text=lambda: "Ticket T-131", messages=lambda: "Saved")
    visitor = cast(Visitor, page)
    assert shipments._read_number(visitor, _shipment()) is None
    found = shipments.Search(hit=True, says_empty=False, url="")
    monkeypatch.setattr("gate.sweep._search", lambda *_: found)
    entry = cast(Entry, SimpleNamespace(number=None, tag="gate-0123456789-full"))
    with pytest.raises(CouldNotTell, match=re.escape("matches only a part of 'T-131'")):
        _found(visitor, _shipment(), entry)


def test_only_the_apps_own_word_proves_that_there_is_nothing_to_put_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    visitor = cast(Visitor, SimpleNamespace(text=lambda: "Records"))
    entry = cast(Entry, SimpleNamespace(number=None, tag="gate-0123456789-full"))
    says: dict[bool, shipments.Search] = {
        empty: shipments.Search(hit=False, says_empty=empty, url="") for empty in (True, False)
    }
    monkeypatch.setattr("gate.sweep._search", lambda *_: says[True])
    assert _found(visitor, _shipment(), entry) == []
    monkeypatch.setattr("gate.sweep._search", lambda *_: says[False])
    with pytest.raises(CheckStopped, match="or says 'Nothing'; observed neither"):
        _found(visitor, _shipment(), entry)
