"""What the change touches decides what it owes: patterns, the verdict's rule, and a run on a real repository."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from gate.checklist import Checklist, Item
from gate.results import CheckResult
from gate.verdict import Run, TargetFacts, Verdict, decide
from tests.conftest import CHECKLIST, EARLY, URL, Suite
from tests.test_repo_candidate import git

ITEM: dict[str, Any] = {"stages": ["preflight"], "section": "4", "title": "The thing"}
PDF = {**ITEM, "id": "pdf.generated", "stages": ["preflight", "smoke"], "when_touched": ["*pdf*.py"]}


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("pdf_template.html", "templates/pdf_template.html", True),
        ("pdf_template.html", "pdf_template.html", True),
        ("pdf_template.html", "templates/old_pdf_template.html", False),
        ("*pdf*.py", "app/documents/pdf_service.py", True),
        ("*pdf*.py", "app/pdf/service.py", True),
        ("*pdf*.py", "docs/pdf.md", False),
        ("migrations/*", "migrations/0001.sql", True),
        ("migrations/*", "app/migrations/versions/0001.py", True),
        ("migrations/*", "app/old_migrations/0001.py", False),
    ],
)
def test_a_pattern_fits_the_end_of_a_path(pattern: str, path: str, fits: bool) -> None:
    item = Item.model_validate({**ITEM, "id": "a.b", "when_touched": [pattern]})
    assert item.touched_by(["README.md", path]) == ((path,) if fits else ())


def judged(
    touched: tuple[str, ...] | None,
    *,
    booted: bool = False,
    stage: str = "preflight",
    not_proven: dict[str, str] | None = None,
) -> Verdict:
    """A run in which every check passed, the PDF's on whatever was running."""
    checklist = Checklist.model_validate({"schema": 1, "item": [{**ITEM, "id": "a.b"}, PDF]})
    passed = [
        CheckResult.model_validate({"id": name, "outcome": "passed", "examined": 1})
        for name in ("a.b", PDF["id"])
    ]
    run = Run(
        run_id="r",
        stage=stage,
        target=TargetFacts(name="Envíos"),
        started_at="2026-11-24T13:05:01Z",
        touched=touched,
        booted=booted,
        not_proven=not_proven or {},
    )
    return decide(passed, checklist, run)


def test_what_is_not_touched_does_not_apply_and_says_why() -> None:
    verdict = judged(("app.py",))
    assert verdict.verdict == "GO"
    assert verdict.checklist[1].why == "does not apply: the change touches no *pdf*.py"


@pytest.mark.parametrize("touched", [("app.py", "pdf_service.py"), None])
def test_a_journey_on_another_deploy_does_not_prove_the_change(touched: tuple[str, ...] | None) -> None:
    verdict = judged(touched)
    assert (verdict.verdict, verdict.root_causes) == ("INCONCLUSIVE", ("pdf.generated",))
    assert ("pdf_service.py" if touched else "what is not known") in verdict.reason
    assert "--boot-candidate" in verdict.checks[1].hint
    assert verdict.next == "fix"


def test_a_journey_on_the_change_itself_proves_it() -> None:
    assert judged(("pdf_service.py",), booted=True).verdict == "GO"


def test_what_another_place_cannot_prove_is_still_owed_of_the_change() -> None:
    excused = {"pdf.generated": "no writes in production"}
    assert judged(("pdf_service.py",), not_proven=excused).verdict == "INCONCLUSIVE"
    assert (
        judged(("pdf_service.py",), booted=True, not_proven=excused)
        .checklist[1]
        .why.endswith("no writes in production")
    )


def test_a_running_app_owes_it_whatever_was_touched() -> None:
    verdict = judged(None, stage="smoke")
    assert (verdict.verdict, len(verdict.checks)) == ("GO", 1)


TWO_ITEMS = """
schema = 1
[[item]]
id = "mini.early"
stages = ["preflight"]
section = "4"
title = "The early thing"
[[item]]
id = "mini.pdf"
stages = ["preflight"]
section = "4"
title = "The PDF"
when_touched = ["pdf.py"]
"""


# A journey that some places forbid: it stands in smoke/, and no smoke run owes it.
SYNC_ITEM = """
[[item]]
id = "mini.sync"
stages = ["preflight", "postdeploy"]
section = "4"
title = "The sync"
when_touched = ["sync.py"]
"""
SYNC = """
import pytest
pytestmark = [pytest.mark.preflight, pytest.mark.postdeploy]
@pytest.mark.check("mini.sync")
def test_sync(check):
    open("synced", "w").close()
    check.examined(1, "syncs")
"""


@pytest.fixture
def app(suite: Suite) -> Path:
    """The suite's two checks before a merge, one of them owed where pdf.py is touched; the app on a branch."""
    suite.write("checklist.toml", TWO_ITEMS)
    second = (
        EARLY.replace("mini.early", "mini.pdf").replace("test_early", "test_pdf").replace("import pytest", "")
    )
    suite.write("preflight/test_early.py", EARLY + second)
    folder = suite.path / "app"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, "app.py")
    git(folder, "checkout", "-q", "-b", "feature/x")
    return folder


def commit(folder: Path, *files: str) -> None:
    for file in files:
        (folder / file).parent.mkdir(exist_ok=True)
        (folder / file).write_text("pass\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "A change")


def owed(suite: Suite, app: Path, *arguments: str) -> dict[str, str]:
    """Outcome of each item, or why it does not apply."""
    suite.run("-m", "preflight", f"--app-dir={app}", *arguments)
    return {line["id"]: line["why"] or line["outcome"] for line in suite.verdict("preflight")["checklist"]}


@pytest.mark.parametrize("workers", [[], ["-n", "1"]])
def test_a_check_of_what_is_not_touched_is_left_out(suite: Suite, app: Path, workers: list[str]) -> None:
    commit(app, "other.py", "tests/pdf.py")
    skipped = "does not apply: the change touches no pdf.py"
    assert owed(suite, app, *workers) == {"mini.early": "passed", "mini.pdf": skipped}


def test_an_option_asks_for_it_whatever_is_touched(suite: Suite, app: Path) -> None:
    suite.write("checklist.toml", TWO_ITEMS + 'asked_with = "--query-cost"\n')
    commit(app, "other.py")
    assert owed(suite, app)["mini.pdf"].endswith("(asked for with --query-cost)")
    assert owed(suite, app, "--query-cost")["mini.pdf"] == "passed"


def test_a_check_of_what_is_touched_runs(suite: Suite, app: Path) -> None:
    commit(app, "pdf.py")
    assert owed(suite, app) == {"mini.early": "passed", "mini.pdf": "passed"}


def test_what_the_base_changed_meanwhile_is_not_the_changes_doing(suite: Suite, app: Path) -> None:
    commit(app, "other.py")
    git(app, "checkout", "-q", "main")
    commit(app, "pdf.py")
    git(app, "checkout", "-q", "feature/x")
    assert owed(suite, app)["mini.pdf"].startswith("does not apply")


def test_where_the_base_is_unknown_everything_is_owed(suite: Suite, app: Path) -> None:
    commit(app, "other.py")
    assert owed(suite, app, "--base-ref=no-such-branch")["mini.pdf"] == "passed"


def test_in_a_shallow_clone_everything_is_owed(suite: Suite, app: Path) -> None:
    commit(app, "other.py")
    git(app, "clone", "-q", "--depth=1", f"file://{app}", str(suite.path / "shallow"))
    assert owed(suite, suite.path / "shallow")["mini.pdf"] == "passed"


@pytest.mark.parametrize(
    ("stages", "ran"),
    [("smoke", False), ("preflight or smoke", False), ("postdeploy", True)],
)
def test_a_journey_that_smoke_does_not_owe_touches_no_deploy_for_nothing(
    suite: Suite, app: Path, stages: str, ran: bool
) -> None:
    suite.write("checklist.toml", CHECKLIST + SYNC_ITEM)
    suite.write("smoke/test_sync.py", SYNC)
    commit(app, "sync.py")
    suite.run("-m", stages, f"--base-url={URL}", f"--app-dir={app}", "--no-commit")
    assert (suite.path / "synced").exists() == ran
    if "preflight" in stages:
        found = next(one for one in suite.verdict("preflight")["checks"] if one["id"] == "mini.sync")
        assert (found["outcome"], found["observed"]) == ("not_run", "the change was not started")
