"""What is typed, shown and stored, by table."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from gate.target import FormField
from gate.values import entries, fill, normal, same_stored, same_text

TODAY = dt.date(2025, 1, 30)


@pytest.mark.parametrize(
    ("field", "typed", "shown", "stored"),
    [
        ({"value": "text"}, "text", "text", "text"),
        ({"value": "for {run}"}, "for gate-1", "for gate-1", "for gate-1"),
        ({"value": 3, "kind": "number"}, "3", "3", 3),
        ({"value": 12.5, "kind": "number", "shown": "12,50 kg"}, "12.5", "12,50 kg", 12.5),
        ({"value": "1.234,50", "shown": "S/ {value}", "stored": 1234.5}, "1.234,50", "S/ 1.234,50", 1234.5),
        ({"value": True, "kind": "checkbox"}, True, "Sí", True),
        ({"value": False, "kind": "checkbox"}, False, "No", False),
        ({"value": "{today}", "kind": "date"}, "2025-01-30", "2025-01-30", "2025-01-30"),
        (
            {"value": "{today+2}", "kind": "date", "shown": "{dd/mm/yyyy}"},
            "2025-02-01",
            "01/02/2025",
            "2025-02-01",
        ),
        (
            {"value": "{today-31}", "kind": "date", "shown": "{mm/dd/yyyy}"},
            "2024-12-30",
            "12/30/2024",
            "2024-12-30",
        ),
    ],
)
def test_an_entry(field: dict[str, object], typed: object, shown: str, stored: object) -> None:
    entry = entries({"f": FormField.model_validate({"label": "F", **field})}, "gate-1", TODAY)["f"]
    assert (entry.typed, entry.shown, entry.stored) == (typed, shown, stored)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (12.5, 12.5),
        (Decimal("12.50"), 12.5),
        (Decimal("1234.50"), "1234.5"),
        (3, 3),
        (3, "3"),
        ("3", 3),
        (20123456789, "20123456789"),
        ("20123456789", "20123456789"),
        (True, True),
        (False, False),
        (1, True),
        ("f", False),
        (dt.date(2025, 2, 1), "2025-02-01"),
        (dt.datetime(2025, 2, 1, 10, 30, tzinfo=dt.UTC), "2025-02-01"),
        ("N\u0303andu\u0301", "Ñandú"),
        ("two\r\nlines", "two\nlines"),
    ],
)
def test_the_same_value_in_another_type(found: object, expected: str | float | bool) -> None:
    assert same_stored(found, expected)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (12.51, 12.5),
        (Decimal("12.4999"), 12.5),
        (None, ""),
        (None, False),
        (None, 0),
        ("", False),
        (True, False),
        (0, True),
        (2, True),
        ("yes", True),
        (dt.date(2025, 2, 2), "2025-02-01"),
        ("text ", "text"),
        ("Text", "text"),
        ("three", 3),
        ("Ã‘andÃº", "Ñandú"),
        (Decimal("NaN"), 1),
    ],
)
def test_another_value(found: object, expected: str | float | bool) -> None:
    assert not same_stored(found, expected)


def test_text_as_a_reader_sees_it() -> None:
    assert normal("  two \u00a0 words\n") == "two words"
    assert same_text("S/\u00a01.234,50", "S/ 1.234,50")
    assert not same_text("S/ 1.234,50", "S/ 1,234.50")


def test_an_unknown_name_stays_to_be_seen() -> None:
    assert fill("Envío {number} {what}", {"number": "N-1"}) == "Envío N-1 {what}"
