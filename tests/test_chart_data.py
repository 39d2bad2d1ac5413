"""Which answers hold data for a chart."""

import pytest

from gate.browser.chart_data import holds_something


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ('{"months": ["2026-01"], "sent": [0]}', True),
        ('{"months": [], "sent": []}', False),
        ('{"labels": ["a"], "datasets": []}', True),
        ('{"data": {"series": [], "total": 3}}', False),
        ("[]", False),
        ("[[1, 2]]", True),
        ('{"total": 3}', True),
        ('{"ok": true, "error": null, "note": ""}', False),
        ("null", False),
        ("0", True),
        ("", False),
        ("  ", False),
        ("month,sent\n2026-01,3", True),
    ],
)
def test_which_data_holds_something(text: str, holds: bool) -> None:
    assert holds_something(text) is holds
