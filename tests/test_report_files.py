"""What a run leaves on disk: a folder of its own, honest from the first second, valid and scrubbed."""

from __future__ import annotations

import datetime as dt
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import pytest

from gate.inputs import InputError
from gate.redact import MARK, Scrubber
from gate.report import files, schema
from gate.results import CheckResult, Evidence, Finding, Outcome, Step
from gate.verdict import Verdict, decide, unfinished
from tests import report_samples as samples

STARTED = dt.datetime(2026, 11, 24, 15, 5, 1, tzinfo=dt.timezone(dt.timedelta(hours=2)))
KEYS = (
    *("schema", "run_id", "verdict", "reason", "cause", "next", "stage", "target", "environment", "commit"),
    *("started_at", "finished_at", "duration_s", "checks", "checklist", "root_causes", "leftovers"),
    *("remainders", "warnings"),
)
CHECK_KEYS = (
    *("id", "title", "section", "severity", "outcome", "cause", "examined", "duration_s", "expected"),
    *("observed", "hint", "attempts", "evidence", "waived"),
)


def folder_of(base: Path, run_id: str = "g7k2m9") -> Path:
    return files.run_folder(base, "postdeploy", STARTED, samples.COMMIT, run_id)


def all_passed(started_at: str, run_id: str) -> Verdict:
    run = samples.run(started_at=started_at, run_id=run_id)
    return decide(samples.results_passed().values(), samples.checklist(), run)


def shown(base: Path) -> str:
    text = (base / "latest" / "postdeploy" / "verdict.json").read_text(encoding="utf-8")
    return str(json.loads(text)["run_id"])


def test_the_folder_s_name_tells_time_commit_and_run(tmp_path: Path) -> None:
    assert folder_of(tmp_path) == tmp_path / "postdeploy" / "20261124T130501Z-4f2c9d1-g7k2m9"
    hostile = files.run_folder(tmp_path, "smoke", STARTED, "../../x", "a b")
    assert hostile == tmp_path / "smoke" / "20261124T130501Z-x-a-b"
    assert files.run_folder(tmp_path, "smoke", STARTED, None, "r").name == "20261124T130501Z-nocommit-r"


def test_no_folder_is_used_twice(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as runs:
        folders = list(runs.map(lambda _: folder_of(tmp_path), range(24)))
    assert len(set(folders)) == 24


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file", encoding="utf-8")
    with pytest.raises(InputError, match=r"cannot be created .*--report-dir"):
        folder_of(tmp_path / "reports")


def test_a_killed_run_leaves_an_unfinished_verdict_and_page(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    run = samples.run(finished_at=None)
    files.write_unfinished(unfinished([], samples.checklist(), run), folder, Scrubber())
    assert json.loads((folder / "verdict.json").read_bytes())["verdict"] == "UNFINISHED"
    assert "UNFINISHED" in (folder / "report.html").read_text(encoding="utf-8")
    assert not (folder / "junit.xml").exists()
    assert shown(tmp_path) == "g7k2m9"


def test_an_unfinished_page_refers_to_pictures_instead_of_reading_them_in(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    samples.picture(folder / "evidence" / "a.png", 4, 4)
    seen = samples.passed(
        "login.admin", evidence=(Evidence(kind="screenshot", title="x", path="evidence/a.png"),)
    )
    files.write_unfinished(unfinished([seen], samples.checklist(), samples.run()), folder, Scrubber())
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert '<img src="evidence/a.png"' in page
    assert "data:" not in page


def test_a_finished_run_leaves_all_its_files_and_nothing_else(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    files.write_unfinished(unfinished([], samples.checklist(), samples.run()), folder, Scrubber())
    verdict = samples.no_go(folder)
    written = files.write(verdict, folder, Scrubber())
    assert written == verdict
    assert {path.name for path in folder.iterdir()} == {
        "evidence",
        "junit.xml",
        "report.html",
        "verdict.json",
    }
    latest = tmp_path / "latest" / "postdeploy"
    for name in ("junit.xml", "report.html", "verdict.json"):
        assert (latest / name).read_bytes() == (folder / name).read_bytes()


def test_latest_shows_the_run_that_started_last_whichever_ended_last(tmp_path: Path) -> None:
    old, new = folder_of(tmp_path, "old"), folder_of(tmp_path, "new")
    files.write(all_passed("2026-11-24T13:05:02.5+00:00", "new"), new, Scrubber())
    files.write(all_passed("2026-11-24T13:05:02Z", "old"), old, Scrubber())
    assert shown(tmp_path) == "new"
    assert (old / "verdict.json").is_file()


def test_a_new_run_does_not_show_the_junit_file_of_the_one_before(tmp_path: Path) -> None:
    files.write(all_passed("2026-11-24T13:05:01Z", "old"), folder_of(tmp_path, "old"), Scrubber())
    run = samples.run(started_at="2026-11-24T13:09:00Z", run_id="new")
    files.write_unfinished(unfinished([], samples.checklist(), run), folder_of(tmp_path, "new"), Scrubber())
    assert shown(tmp_path) == "new"
    assert not (tmp_path / "latest" / "postdeploy" / "junit.xml").exists()


def test_an_unreadable_latest_is_replaced(tmp_path: Path) -> None:
    latest = tmp_path / "latest" / "postdeploy"
    latest.mkdir(parents=True)
    (latest / "verdict.json").write_text("{ cut off", encoding="utf-8")
    files.write(all_passed("2026-11-24T13:05:01Z", "r"), folder_of(tmp_path), Scrubber())
    assert shown(tmp_path) == "r"


def test_runs_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    def go_on(number: int) -> Path:
        run_id, started_at = f"r{number}", f"2026-11-24T13:05:{number:02d}Z"
        folder = folder_of(tmp_path, run_id)
        run = samples.run(run_id=run_id, started_at=started_at)
        files.write_unfinished(unfinished([], samples.checklist(), run), folder, Scrubber())
        files.write(all_passed(started_at, run_id), folder, Scrubber())
        return folder

    with ThreadPoolExecutor(6) as runs:
        folders = list(runs.map(go_on, range(12)))
    for number, folder in enumerate(folders):
        assert json.loads((folder / "verdict.json").read_bytes())["run_id"] == f"r{number}"
    latest = tmp_path / "latest" / "postdeploy"
    assert shown(tmp_path) == "r11"
    assert (latest / "report.html").read_bytes() == (folders[11] / "report.html").read_bytes()
    assert sorted(path.name for path in latest.iterdir()) == ["junit.xml", "report.html", "verdict.json"]


CANARY = "CANARY-not-a-real-secret"


def test_a_canary_is_in_no_file(tmp_path: Path) -> None:
    leaking = CheckResult(
        id="login.admin",
        outcome=Outcome.FAILED,
        expected=CANARY,
        observed=f"x {CANARY} y",
        hint=CANARY,
        unit=CANARY,
        findings=(Finding(id="a.b", place=CANARY, expected=CANARY, observed=CANARY, hint=CANARY),),
        steps=(Step(title=CANARY, started_s=0, duration_s=0),),
        evidence=(Evidence(kind="log", title=CANARY, text=CANARY),),
    )
    results = samples.results_passed() | {"login.admin": leaking}
    told = dict.fromkeys(("warnings", "leftovers", "remainders"), (CANARY,))
    run = samples.run(void=CANARY, target={"name": CANARY, "base_url": f"https://{CANARY}"}, **told)
    folder = folder_of(tmp_path)
    verdict = decide(results.values(), samples.checklist(), run)
    written = files.write(verdict, folder, Scrubber([CANARY]))
    assert MARK in written.reason
    for path in tmp_path.rglob("*.*"):
        assert not path.is_file() or CANARY not in path.read_text(encoding="utf-8"), path


def test_a_password_that_is_a_common_word_breaks_no_key(tmp_path: Path) -> None:
    scrub = Scrubber(["passed", "login", "postdeploy", "NO-GO", "rollback", "product", "schema"])
    written = files.write(samples.no_go(tmp_path), folder_of(tmp_path), scrub)
    assert (written.verdict, written.next, written.stage) == ("NO-GO", "rollback", "postdeploy")
    assert written.root_causes[0] == "login.admin"


def test_the_schema_file_is_up_to_date() -> None:
    assert schema.SCHEMA_FILE.read_text(encoding="utf-8") == schema.schema_text(), (
        "run python -m gate.report.schema"
    )
    jsonschema.Draft202012Validator.check_schema(schema.verdict_schema())


def test_what_is_written_is_valid_and_holds_every_promised_key(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema.verdict_schema())
    verdicts = (
        samples.go(tmp_path),
        samples.no_go(tmp_path),
        samples.hostile(),
        unfinished([], samples.checklist(), samples.run(finished_at=None)),
    )
    for number, verdict in enumerate(verdicts):
        folder = folder_of(tmp_path, f"r{number}")
        files.write(verdict, folder, Scrubber())
        data = json.loads((folder / "verdict.json").read_text(encoding="utf-8"))
        assert list(validator.iter_errors(data)) == []
        assert set(KEYS) <= set(data)
        assert {"name", "base_url"} <= set(data["target"])
        assert {"expected", "live", "tree"} <= set(data["commit"])
        assert all(set(CHECK_KEYS) <= set(check) for check in data["checks"])
        assert all({"id", "applies", "why", "outcome"} <= set(line) for line in data["checklist"])
        assert Verdict.model_validate(data) == verdict


def test_an_unknown_verdict_is_not_valid() -> None:
    data = json.loads(all_passed("2026-11-24T13:05:01Z", "r").model_dump_json(by_alias=True))
    validator = jsonschema.Draft202012Validator(schema.verdict_schema())
    assert not validator.is_valid(data | {"verdict": "MAYBE"})
    assert not validator.is_valid({key: value for key, value in data.items() if key != "checks"})
