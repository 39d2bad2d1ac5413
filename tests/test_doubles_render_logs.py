"""The Render double's logs: windows, pages, filters, and a gunicorn log file as their source."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.doubles.render import LogFile, LogLine, RenderBehaviour
from tests.doubles_render import NOW, OWNER, SERVICE, RenderAccount, minutes_ago

QUERY = {"ownerId": OWNER.id, "resource": SERVICE}


def _numbered(count: int) -> list[LogLine]:
    return [LogLine(minutes_ago(count - number), f"line {number}") for number in range(count)]


def _messages(answer: Any) -> list[str]:
    return [entry["message"] for entry in answer["logs"]]


def test_the_last_hour_comes_newest_first_in_pages_of_twenty() -> None:
    account = RenderAccount(lines=[LogLine(minutes_ago(61), "too old"), *_numbered(30)])
    answer = account.get("/logs", **QUERY)
    assert _messages(answer)[:2] == ["line 29", "line 28"]
    assert (len(answer["logs"]), answer["hasMore"]) == (20, True)
    rest = account.get("/logs", **QUERY, startTime=answer["nextStartTime"], endTime=answer["nextEndTime"])
    assert _messages(rest)[-1] == "line 0"
    assert (len(rest["logs"]), rest["hasMore"]) == (10, False)


@pytest.mark.parametrize("direction", ["forward", "backward"])
@pytest.mark.parametrize("overlap", [False, True])
def test_pages_lose_no_line_even_at_equal_times(direction: str, overlap: bool) -> None:
    lines = [LogLine(minutes_ago(5), f"line {number}") for number in range(25)]
    account = RenderAccount(RenderBehaviour(log_pages_overlap=overlap), lines=lines)
    seen: list[str] = []
    window: dict[str, str] = {}
    while True:
        answer = account.get("/logs", **QUERY, **window, direction=direction, limit=10)
        seen += [entry["id"] for entry in answer["logs"]]
        window = {"startTime": answer["nextStartTime"], "endTime": answer["nextEndTime"]}
        if not answer["hasMore"]:
            break
    assert len(set(seen)) == 25
    assert (len(seen) > 25) is overlap


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"text": "Traceback"}, ["Traceback (most recent call last):"]),
        ({"text": "Trace*last"}, ["Traceback (most recent call last):"]),
        ({"text": "/boot(ed|ing)/"}, ["booted", "booting"]),
        ({"text": ["booted", "Traceback"]}, ["booted", "Traceback (most recent call last):"]),
        ({"type": "build"}, ["booting"]),
        ({"level": "error"}, ["Traceback (most recent call last):"]),
        ({"type": "build", "level": "error"}, []),
        ({"instance": "srv-*"}, ["booting", "booted", "Traceback (most recent call last):"]),
        ({"text": "TRACEBACK"}, []),
    ],
)
def test_filters(filters: dict[str, Any], found: list[str]) -> None:
    lines = [
        LogLine(minutes_ago(3), "booting", type="build"),
        LogLine(minutes_ago(2), "booted"),
        LogLine(minutes_ago(1), "Traceback (most recent call last):", level="error"),
    ]
    answer = RenderAccount(lines=lines).get("/logs", **QUERY, direction="forward", **filters)
    assert sorted(_messages(answer)) == sorted(found)


def test_text_may_match_without_regard_to_case() -> None:
    account = RenderAccount(RenderBehaviour(text_case_sensitive=False), lines=_numbered(1))
    assert _messages(account.get("/logs", **QUERY, text="LINE")) == ["line 0"]


def test_lines_show_up_late_when_ingestion_is_slow() -> None:
    account = RenderAccount(RenderBehaviour(log_delay=90), lines=_numbered(3))
    assert _messages(account.get("/logs", **QUERY)) == ["line 1", "line 0"]


def test_labels_name_the_resource_and_the_live_instance() -> None:
    account = RenderAccount(lines=_numbered(1))
    (entry,) = account.get("/logs", **QUERY)["logs"]
    labels = {label["name"]: label["value"] for label in entry["labels"]}
    (instance,) = account.get(f"/services/{SERVICE}/instances")
    assert labels == {"resource": SERVICE, "instance": instance["id"], "level": "info", "type": "app"}


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"resource": SERVICE}, 400),
        ({"ownerId": OWNER.id}, 400),
        ({**QUERY, "ownerId": "tea-another"}, 404),
        ({**QUERY, "resource": "srv-none"}, 404),
        ({**QUERY, "startTime": "yesterday"}, 400),
        ({**QUERY, "startTime": "2025-11-24T15:00:00Z", "endTime": "2025-11-24T14:00:00Z"}, 400),
        ({**QUERY, "direction": "sideways"}, 400),
        ({**QUERY, "limit": "101"}, 400),
        ({**QUERY, "text": "/(/"}, 400),
        ({**QUERY, "startTime": "1764000000", "endTime": "1764000001"}, 200),
    ],
)
def test_parameters(params: dict[str, str], status: int) -> None:
    account = RenderAccount(lines=_numbered(1))
    assert account.call("GET", "/logs", params=params).status_code == status


def test_a_gunicorn_log_file_is_read_as_it_grows(tmp_path: Path) -> None:
    file = tmp_path / "gunicorn.log"
    source = LogFile(file, started_at=minutes_ago(2))
    assert list(source()) == []
    file.write_text(
        "printed before anything\n"
        "[2025-11-24 15:59:00 +0000] [7] [INFO] Listening at: http://127.0.0.1:8000 (7)\n"
        "Traceback (most recent call last):\n"
    )
    before = list(source())
    assert [line.timestamp for line in before] == [minutes_ago(2), minutes_ago(1), minutes_ago(1)]
    with file.open("a") as lines:
        lines.write("[2025-11-24 11:00:00 -0500] [7] [INFO] DATABASE_URL no está definido\n")
    assert list(source())[:3] == before
    assert list(source())[3] == LogLine(
        NOW, "[2025-11-24 11:00:00 -0500] [7] [INFO] DATABASE_URL no está definido"
    )
