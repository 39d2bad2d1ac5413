"""What the hooks ask of pytest's own objects."""

from __future__ import annotations

import pytest

PROBLEMS = "gate_problems"  # what a worker tells the controller
RUNS_NOTHING = (
    *("collectonly", "setuponly", "setupplan"),
    *("showfixtures", "show_fixtures_per_test", "cacheshow"),
)


def is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def check_id(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("check")
    return str(marker.args[0]) if marker and marker.args else None
