"""The log's judge, and where its lines come from: a file, a command, Render's API."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from gate.results import CouldNotTell
from gate.services.http import ServiceError
from gate.services.logs import (
    as_lines,
    from_last_start,
    judge,
    last_starts,
    of_new_instances,
    restarts,
)
from gate.services.logsource import CommandLog, FileLog, RenderLog
from gate.services.render import LogLine, Render
from gate.target import Logs
from sandbox.doubles.render import LogLine as PlayedLine
from tests.doubles_client import InProcess
from tests.doubles_render import KEY, SERVICE, RenderAccount, minutes_ago

LOGS = Logs(settles_within_s=10)
T0 = dt.datetime(2025, 11, 24, 12, tzinfo=dt.UTC)
BEGINS = "[INFO] Listening at: http://0.0.0.0:10000 (7)"
BOOTS = "[INFO] Booting worker with pid: 9"


def line(message: str, second: float | None = 0, instance: str = "a") -> LogLine:
    at = None if second is None else T0 + dt.timedelta(seconds=second)
    return LogLine(f"{second}{message}", at, message, {"instance": instance})


@pytest.mark.parametrize(
    "message",
    [
        "DATABASE_URL no está definido",
        "Traceback (most recent call last):",
        "[CRITICAL] WORKER TIMEOUT (pid:12)",
        "[ERROR] Worker (pid:12) was sent SIGKILL! Perhaps out of memory?",
        "==> Out of memory (used over 512Mi)",
        "[ERROR] Worker (pid:12) exited with code 3",
        "gunicorn.errors.HaltServer: <HaltServer 'Worker failed to boot.' 3>",
    ],
)
def test_what_no_line_may_say(message: str) -> None:
    verdict = judge([BEGINS, message], LOGS)
    assert [finding.place for finding in verdict.forbidden] == ["line 2"]
    assert verdict.missing == ()


@pytest.mark.parametrize(
    "message", ["[INFO] Worker exiting (pid: 9)", "Worker (pid:9) exited with code 0", "200"]
)
def test_what_a_line_may_say(message: str) -> None:
    assert judge([BEGINS, message], LOGS).forbidden == ()


def test_a_harmless_line_is_ignored_and_a_missing_one_is_told() -> None:
    logs = Logs(ignore=("known noise",), required=("Listening at", "ready"))
    verdict = judge(["Traceback (most recent call last): known noise", BEGINS], logs)
    assert verdict.forbidden == ()
    assert verdict.missing == ("ready",)


@pytest.mark.parametrize(
    ("lines", "before", "found"),
    [
        ([line(BEGINS), line(BOOTS, 1), line(BOOTS, 2)], {}, []),
        ([line(BEGINS), line(BOOTS, 11)], {}, ["logs.rebooted"]),
        ([line(BEGINS), line(BOOTS, 1), line(BEGINS, 30)], {}, ["logs.restarted"]),
        # Two instances of one deploy are no restart.
        ([line(BEGINS), line(BEGINS, 5, "b"), line(BOOTS, 6, "b")], {}, []),
        # A window of the run, after the start that the boot check saw.
        ([line(BOOTS, 60)], {"a": T0}, ["logs.rebooted"]),
        ([line(BEGINS, 60)], {"a": T0}, ["logs.restarted"]),
        ([line(BEGINS, 60, "b")], {"a": T0}, []),
        ([line("GET / 200", 60)], {"a": T0}, []),
        # gunicorn's max_requests ends a worker on purpose.
        ([line(BEGINS), line("Autorestarting worker after current request.", 50), line(BOOTS, 51)], {}, []),
        # Nobody saw the start: a boot alone says nothing.
        ([line(BOOTS, 60)], {}, []),
        ([line(BEGINS, None), line(BOOTS, None)], {}, []),
    ],
)
def test_what_starts_again(
    lines: Sequence[LogLine], before: dict[str, dt.datetime], found: list[str]
) -> None:
    assert [finding.id for finding in restarts(lines, LOGS, before)] == found


def test_the_old_instances_last_errors_are_not_this_deploys() -> None:
    lines = [line("Traceback", 0, "old"), line(BEGINS, 1, "new"), line("ready", 2, "new")]
    assert [one.message for one in of_new_instances(lines, LOGS)] == [BEGINS, "ready"]
    assert of_new_instances(lines[:1], LOGS) == tuple(lines[:1])
    assert last_starts(lines, LOGS) == {"new": lines[1].at}


def test_a_plain_log_begins_at_its_last_start() -> None:
    text = (
        "[2025-11-24 12:00:00 +0000] [7] [INFO] Starting gunicorn\n"
        f"[2025-11-24 12:00:01 +0000] {BEGINS}\n"
        "[2025-11-24 13:00:00 -0500] [8] [INFO] Starting gunicorn\n"
        f"[2025-11-24 13:00:01 -0500] {BEGINS}\nno time of its own\n"
    )
    lines = from_last_start(as_lines(text), LOGS)
    assert len(lines) == 3
    assert lines[0].at == dt.datetime(2025, 11, 24, 18, tzinfo=dt.UTC)
    assert lines[2].at == lines[1].at
    assert len(from_last_start(as_lines("a\nb"), LOGS)) == 2


def test_a_file_is_read_from_its_last_start_and_then_from_the_mark(tmp_path: Path) -> None:
    file = tmp_path / "app.log"
    file.write_text(f"old error\nStarting gunicorn\n{BEGINS}\n", encoding="utf-8")
    source = FileLog(file, LOGS)
    assert [one.message for one in source.of_the_boot(T0)] == ["Starting gunicorn", BEGINS]
    mark = source.mark()
    with file.open("a", encoding="utf-8") as stream:
        stream.write("of the run\n")
    assert [one.message for one in source.of_the_run(T0, mark)] == ["of the run"]
    file.write_text("anew\n", encoding="utf-8")
    assert [one.message for one in source.of_the_run(T0, mark)] == ["anew"]


def test_a_file_that_is_not_there_is_the_configurations_fault(tmp_path: Path) -> None:
    with pytest.raises(CouldNotTell) as told:
        FileLog(tmp_path / "none.log", LOGS).mark()
    assert "none.log" in told.value.expected
    assert "logs.file" in told.value.hint


def test_a_command_is_told_the_time_and_none_of_the_gates_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_RENDER_KEY", "made-up")
    code = "import os, sys; print(sys.argv[1]); print('GATE_RENDER_KEY' in os.environ)"
    source = CommandLog((sys.executable, "-c", code, "{since}"), LOGS)
    said = [one.message for one in source.of_the_run(T0, source.mark())]
    assert said == ["2025-11-24 12:00:00 UTC", "False"]


def test_a_commands_earlier_lines_are_left_out() -> None:
    code = "print('2025-11-24 11:00:00 old'); print('2025-11-24 12:00:01 new')"
    source = CommandLog((sys.executable, "-c", code, "{since}"), LOGS)
    assert [one.message for one in source.of_the_run(T0, 0)] == ["2025-11-24 12:00:01 new"]


def test_a_log_of_which_a_part_would_not_be_read_proves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.services.logsource._LARGEST", 100)
    file = tmp_path / "app.log"
    file.write_text("x" * 250, encoding="utf-8")
    assert FileLog(file, LOGS).of_the_run(T0, 50)
    with pytest.raises(CouldNotTell, match="all log lines of the run read"):
        FileLog(file, LOGS).of_the_run(T0, 0)
    new = "for n in range(9): print('2025-11-24 12:00:01 new')"
    with pytest.raises(CouldNotTell, match="all log lines of the run read"):
        CommandLog((sys.executable, "-c", new, "{since}"), LOGS).of_the_run(T0, 0)
    # What was cut off is older than an old line that was read.
    code = "for n in range(9): print('2025-11-24 11:00:00 old')\nprint('2025-11-24 12:00:01 new')"
    found = CommandLog((sys.executable, "-c", code, "{since}"), LOGS).of_the_run(T0, 0)
    assert [one.message for one in found] == ["2025-11-24 12:00:01 new"]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (
            (sys.executable, "-c", "import sys; sys.exit('no journal')", "{since}"),
            "it ended with 1: no journal",
        ),
        (("/no/such/command", "{since}"), "FileNotFoundError"),
    ],
)
def test_a_command_that_fails_is_told(command: tuple[str, ...], said: str) -> None:
    with pytest.raises(CouldNotTell) as told:
        CommandLog(command, LOGS).of_the_boot(T0)
    assert said in told.value.observed


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"file": "a.log", "command": ["cat", "{since}"]}, "not both"),
        ({"command": ["cat", "a.log"]}, "{since}"),
        ({"forbidden": ["("]}, "no regular expression"),
        ({"boots": "["}, "no regular expression"),
    ],
)
def test_a_wrong_description_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said.replace("{", r"\{")):
        Logs.model_validate(given)


def _render(account: RenderAccount, sleep: Callable[[float], None]) -> RenderLog:
    def opened() -> nullcontext[Render]:
        return nullcontext(
            Render(
                SERVICE,
                SecretStr(KEY),
                "run-1",
                api="http://127.0.0.1/v1",
                patience_s=65,
                transport=InProcess(account.double.app),
                clock=account.clock,
                sleep=sleep,
            )
        )

    return RenderLog(opened, LOGS)


def test_many_lines_are_paged_and_the_limit_per_minute_is_kept() -> None:
    at = minutes_ago(5)
    lines = [PlayedLine(at + dt.timedelta(milliseconds=n), f"line {n}") for n in range(1, 1200)]
    account = RenderAccount(lines=[PlayedLine(at, BEGINS), *lines])
    waits: list[float] = []

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        account.clock.seconds += seconds

    source = _render(account, sleep)
    for _ in range(3):  # 12 pages each: the third does not fit into the minute any more
        assert len(source.of_the_boot(minutes_ago(6))) == 1200
    assert len(waits) == 1
    assert 50 < waits[0] <= 60


def test_more_lines_than_can_be_read_are_not_taken_for_all() -> None:
    at = minutes_ago(5)
    lines = [PlayedLine(at + dt.timedelta(milliseconds=n), f"line {n}") for n in range(2100)]
    source = _render(RenderAccount(lines=lines), lambda seconds: None)
    with pytest.raises(CouldNotTell, match="more than 2000"):
        source.of_the_run(minutes_ago(6), 0)


def test_a_render_that_does_not_answer_is_no_empty_log() -> None:
    def refused(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    def opened() -> nullcontext[Render]:
        return nullcontext(
            Render(SERVICE, SecretStr(KEY), "run-1", patience_s=0, transport=httpx.MockTransport(refused))
        )

    with pytest.raises(ServiceError):
        RenderLog(opened, LOGS).of_the_boot(T0)
