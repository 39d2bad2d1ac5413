"""What a killed run left behind is put away: killed at any moment, it is never GO, and afterwards nothing is open."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from gate import running
from gate.journal import Journal
from gate.sweep import sweep
from tests.conftest import ROOT
from tests.sandbox_runs import Staging, staging

LATE_S = 5.0


@pytest.fixture(scope="module")
def app() -> Iterator[Staging]:
    with staging() as one:
        yield one


@pytest.fixture(scope="module")
def requests_of_a_run(app: Staging, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How many requests a whole run sends: the moments at which one can be killed."""
    before = app.asked()
    verdict = app.judge(tmp_path_factory.mktemp("whole") / "reports")
    assert verdict["verdict"] == "GO", verdict["reason"]
    assert not verdict["leftovers"]
    return app.asked() - before


def _kill_at(app: Staging, reports: Path, request: int) -> None:
    """Run postdeploy and kill it, with everything that is in its process group, once the app has answered `request`.

    No two runs ask equally often: one that ends before that moment is followed by one that is killed a little earlier.
    """
    while not _killed(app, reports, request):
        shutil.rmtree(reports)
        request -= 5


def _killed(app: Staging, reports: Path, request: int) -> bool:
    before = app.asked()
    process = subprocess.Popen(
        app.command(reports),
        cwd=ROOT,
        env=app.environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    end = time.monotonic() + 120
    while app.asked() - before < request and process.poll() is None and time.monotonic() < end:
        time.sleep(0.005)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def _is_put_away(app: Staging, reports: Path, request: int) -> None:
    _kill_at(app, reports, request)
    folder = next((reports / "postdeploy").iterdir())
    verdict = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
    assert verdict["verdict"] == "UNFINISHED"
    said: list[str] = []
    assert sweep(reports, said.append, LATE_S) == 0, said
    assert Journal(folder / "journal.jsonl").open() == []
    assert [row for row in app.rows() if row["estado"] != "anulado"] == []
    assert not running.read(folder).run.private.exists()
    again: list[str] = []
    assert sweep(reports, again.append, LATE_S) == 0
    assert "nothing to sweep" in again[0]


@pytest.mark.parametrize("moment", [0.3, 0.8])
def test_a_run_killed_on_its_way(app: Staging, requests_of_a_run: int, tmp_path: Path, moment: float) -> None:
    _is_put_away(app, tmp_path / "reports", int(requests_of_a_run * moment))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_a_run_killed_at_a_random_moment(
    app: Staging, requests_of_a_run: int, tmp_path: Path, seed: int
) -> None:
    _is_put_away(app, tmp_path / "reports", random.Random(seed).randrange(requests_of_a_run))


@pytest.mark.slow
def test_what_is_stored_after_nobody_waited_any_more(tmp_path: Path) -> None:
    with staging(["create-stores-late"]) as app:
        verdict = app.judge(tmp_path / "reports")
        assert (verdict["verdict"], verdict["root_causes"][0]) == ("NO-GO", "shipments.create")
        assert verdict["leftovers"] == []
        assert [row["estado"] for row in app.rows()] == ["anulado"]


def _left_behind(tmp_path: Path, *, embedded: bool = False, record: bool = True) -> Path:
    folder = tmp_path / "reports" / "postdeploy" / "20250131T000000Z-nocommit-0123456789"
    folder.mkdir(parents=True)
    if record:
        target = tmp_path / "target.toml"
        shutil.copy(ROOT / "sandbox" / "target.toml", target)
        paths = dict.fromkeys(("gate_env_file", "app_dir", "app_env_file", "release_notes"))
        run = {
            **paths,
            "run_id": "0123456789",
            "stages": ["postdeploy"],
            "root": str(ROOT),
            "target_file": str(target),
            "checklist_file": str(ROOT / "checklist.toml"),
            "base_url": "http://127.0.0.1:9",
            "environment_name": "sandbox",
            "commit": None,
            "no_commit": True,
            "base_ref": None,
            "folder": str(folder),
            "private": str(tmp_path / "private"),
            "report_dir": str(tmp_path / "reports"),
            "started_at": "2025-01-31T00:00:00+00:00",
            "browser": None,
            "stage_folders": {"postdeploy": str(folder)},
        }
        (folder / running.RECORD).write_text(json.dumps({"embedded": embedded, "run": run}), encoding="utf-8")
    Journal(folder / "journal.jsonl").plan("a", "shipment", "gate-0123456789-full")
    return folder


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("GATE_")]:
        monkeypatch.delenv(name)


def test_a_run_that_is_still_going_is_not_touched(tmp_path: Path) -> None:
    folder = _left_behind(tmp_path)
    said: list[str] = []
    lock = running.take_over(folder)
    assert lock is not None
    try:
        assert sweep(tmp_path / "reports", said.append) == 0
    finally:
        lock.release()
    assert "still running" in said[0]
    assert Journal(folder / "journal.jsonl").open()


def test_what_went_with_the_embedded_staging_is_closed(tmp_path: Path) -> None:
    folder = _left_behind(tmp_path, embedded=True)
    said: list[str] = []
    assert sweep(tmp_path / "reports", said.append) == 0
    assert Journal(folder / "journal.jsonl").open() == []
    assert "gone with the embedded staging" in said[0]


def test_the_sessions_of_a_run_that_created_nothing_are_removed(tmp_path: Path) -> None:
    folder = _left_behind(tmp_path)
    (folder / "journal.jsonl").unlink()
    private = tmp_path / "private"
    private.mkdir()
    (private / "session-admin.json").write_text("{}", encoding="utf-8")
    said: list[str] = []
    assert sweep(tmp_path / "reports", said.append) == 0
    assert not private.exists()
    assert "sessions" in said[0]


def test_what_a_killed_run_left_running_is_ended(tmp_path: Path) -> None:
    folder = _left_behind(tmp_path)
    (folder / "journal.jsonl").unlink()
    own = running.read(folder).run.serves_in("candidate")
    (own / "home-candidate").mkdir(parents=True)
    left = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(600)"], env={"HOME": str(own / "home-candidate")}
    )
    said: list[str] = []
    assert sweep(tmp_path / "reports", said.append) == 0
    left.wait(30)
    assert not own.exists()
    assert "the app that it had started" in said[0]


def test_what_cannot_be_reached_stays_open_and_is_told(tmp_path: Path) -> None:
    folder = _left_behind(tmp_path)
    said: list[str] = []
    assert sweep(tmp_path / "reports", said.append, 0) == 3
    assert "LEFT BEHIND" in said[0]
    assert Journal(folder / "journal.jsonl").open()


@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"run": {}, "embedded": false}'])
def test_a_run_without_a_usable_record_is_told(tmp_path: Path, text: str | None) -> None:
    folder = _left_behind(tmp_path, record=False)
    if text is not None:
        (folder / running.RECORD).write_text(text, encoding="utf-8")
    said: list[str] = []
    assert sweep(tmp_path / "reports", said.append) == 3
    assert running.RECORD in said[0]


def test_nothing_to_sweep(tmp_path: Path) -> None:
    said: list[str] = []
    assert sweep(tmp_path, said.append) == 0
    assert said == [f"nothing to sweep below {tmp_path}"]
