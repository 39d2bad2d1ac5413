"""A suite in the app's own repository: the base's list is in force, and what a change does to the gate is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gate.checklist import load_checklist
from gate.repo.candidate import Candidate
from gate.repo.own_gate import TOLD_BY, OwnGate, changes, own_gate
from tests.conftest import CHECKLIST, EARLY, ROOT, TARGET, Suite
from tests.test_repo_candidate import git

WAIVER = """
[[waiver]]
item = "mini.early"
reason = "we know"
author = "autora"
expires = 2099-12-31
"""


def commit(folder: Path, **files: str | None) -> None:
    """One commit of files, a double underscore standing for a slash; None removes one."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "A change")


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """An app with its gate in a folder of its own, on a branch."""
    folder = tmp_path / "envios"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "gate").mkdir()
    (folder / "gate" / "checklist.toml").write_text(CHECKLIST)
    (folder / "gate" / "target.toml").write_text(TARGET)
    (folder / "gate" / "conftest.py").write_text("pass\n")
    (folder / "gate" / "README.md").write_text("# The gate\n")
    (folder / "app.py").write_text("pass\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "In production")
    git(folder, "checkout", "-q", "-b", "feature/x")
    return folder


def told(folder: Path, checklist: str = "gate/checklist.toml") -> list[str]:
    candidate = Candidate.open(folder, "main")
    gate = own_gate(candidate, folder / checklist, folder / "gate" / "target.toml")
    assert gate is not None
    return [f"{one.place}: {one.observed}" for one in changes(candidate, gate)]


def rewrite(folder: Path, file: str, old: str, new: str) -> None:
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    git(folder, "commit", "-q", "-am", "A change")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "mini.early"', 'id = "mini.later"', "the change takes mini.early off the list"),
        ('stages = ["preflight"]', 'stages = ["smoke"]', "the change alters stages of mini.early"),
        (
            'title = "The early thing"\n',
            'title = "The early thing"\nseverity = "advisory"\nwhen_touched = ["x"]\n',
            "the change alters severity, when_touched of mini.early",
        ),
        (
            'title = "The early thing"\n',
            'title = "The early thing"\nasked_with = "--sometimes"\n',
            "the change alters asked_with of mini.early",
        ),
        ('title = "The early thing"\n', 'title = "Else"\n' + WAIVER, "the change waives mini.early"),
        ('title = "The early thing"', 'title = "Another word"', "the change alters it"),
        ("schema = 1", "schema = ", "the change leaves no checklist that can be read"),
    ],
)
def test_what_the_change_does_to_the_list(repository: Path, old: str, new: str, said: str) -> None:
    rewrite(repository, "gate/checklist.toml", old, new)
    assert told(repository) == [f"gate/checklist.toml: {said}"]


def test_a_list_that_goes_is_told(repository: Path) -> None:
    commit(repository, **{"gate__checklist.toml": None})
    assert told(repository) == ["gate/checklist.toml: the change leaves no checklist that can be read"]


def test_a_waiver_made_longer_is_told_and_one_that_goes_is_a_change(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    commit(repository, **{"gate__checklist.toml": CHECKLIST + WAIVER})
    git(repository, "checkout", "-q", "-B", "feature/x")
    rewrite(repository, "gate/checklist.toml", "2099", "2100")
    assert told(repository) == ["gate/checklist.toml: the change waives mini.early"]
    commit(repository, **{"gate__checklist.toml": CHECKLIST})
    assert told(repository) == ["gate/checklist.toml: the change alters it"]


def test_excuses_in_the_description_are_told_and_other_words_are_the_apps(repository: Path) -> None:
    rewrite(repository, "gate/target.toml", 'user = "User"', 'user = "Usuario"')
    assert told(repository) == []
    more = (
        'sync = "none"\n[guard.ignore]\nads = "not ours"\n'
        '[environments.staging]\nurls = ["https://x.example"]\nnot_proven = { "mini.one" = "later" }\n'
    )
    rewrite(repository, "gate/target.toml", 'mail = "none"\n', 'mail = "none"\n' + more)
    assert [one.partition(": the change ")[2].partition(":")[0] for one in told(repository)] == [
        "adds sync to without",
        "adds mini.one to environments.staging.not_proven",
        "adds ads to guard.ignore",
    ]


def test_a_description_that_asks_for_less_is_told(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    described = TARGET + '[version]\npath = "/version"\n[repository]\npath = ".."\n'
    commit(repository, **{"gate__target.toml": described})
    git(repository, "checkout", "-q", "-B", "feature/x")
    less = TARGET + '[repository]\npath = ".."\napprovals = 0\n'
    commit(repository, **{"gate__target.toml": less})
    assert told(repository) == [
        "gate/target.toml: the change lowers repository.approvals from 1 to 0: fewer people must agree",
        "gate/target.toml: the change drops version: the app's own word on its commit",
    ]


def test_files_of_the_suite_are_told_but_for_those_that_judge_nothing(repository: Path) -> None:
    commit(
        repository,
        **{
            "app.py": "x = 1\n",
            "gate__conftest.py": "x = 1\n",
            "gate__smoke__test_new.py": "x = 1\n",
            "gate__README.md": "other\n",
            "gate__docs__one.toml": "x = 1\n",
        },
    )
    assert told(repository) == [
        f"gate/{name}: the change alters this file of the suite"
        for name in ("conftest.py", "smoke/test_new.py")
    ]


def test_a_list_at_the_top_does_not_make_the_app_a_suite(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    commit(repository, **{"checklist.toml": CHECKLIST})
    git(repository, "checkout", "-q", "-B", "feature/x")
    commit(repository, **{"app.py": "x = 1\n"})
    assert told(repository, "checklist.toml") == []


def test_a_gate_that_comes_with_the_change_is_told(repository: Path) -> None:
    commit(repository, **{"other__checklist.toml": CHECKLIST})
    assert told(repository, "other/checklist.toml") == [
        "other/checklist.toml: main has none: the gate comes with this change and is not in force yet"
    ]


def test_a_suite_elsewhere_is_no_part_of_the_change(repository: Path, tmp_path: Path) -> None:
    candidate = Candidate.open(repository, "main")
    target = repository / "gate" / "target.toml"
    assert own_gate(candidate, tmp_path / "checklist.toml", target) is None
    # A repository of its own in the app's folder, which git does not track there.
    assert own_gate(candidate, repository / "release-gate" / "checklist.toml", target) is None
    assert own_gate(candidate, repository / "gate" / "checklist.toml", target) == OwnGate(
        "gate/checklist.toml", "gate/target.toml"
    )


@pytest.fixture
def inside(suite: Suite) -> Suite:
    """The suite committed in the app's repository, on a branch."""
    suite.write(".gitignore", "reports/\n")
    git(suite.path, "init", "-q", "-b", "main")
    commit(suite.path, **{"app.py": "pass\n"})
    git(suite.path, "checkout", "-q", "-b", "feature/x")
    commit(suite.path, **{"app.py": "x = 1\n"})
    return suite


def preflight(suite: Suite, *arguments: str) -> pytest.RunResult:
    return suite.run("-m", "preflight", f"--app-dir={suite.path}", *arguments)


FAILS = EARLY.replace('check.examined(1, "things")', 'check.expect(False, expected="a", observed="b")')


def test_a_waiver_of_the_change_has_no_effect(inside: Suite) -> None:
    commit(inside.path, **{"checklist.toml": CHECKLIST + WAIVER, "preflight__test_early.py": FAILS})
    assert preflight(inside).ret == 1
    assert [check["waived"] for check in inside.verdict("preflight")["checks"]] == [False]
    # On main it is in force.
    git(inside.path, "checkout", "-q", "main")
    git(inside.path, "merge", "-q", "feature/x")
    git(inside.path, "checkout", "-q", "feature/x")
    preflight(inside)
    assert [check["waived"] for check in inside.verdict("preflight")["checks"]] == [True]


TELLS = """
import pytest
from gate.repo.own_gate import changes
@pytest.mark.preflight
@pytest.mark.check("change.gate_untouched")
def test_told(check, run):
    check.examined(1, "things")
    check.no_findings(changes(run.opened, run.own_gate), expected="nothing")
"""
TOLD = """
[[item]]
id = "change.gate_untouched"
stages = ["preflight"]
section = "2"
title = "Told"
"""


@pytest.mark.parametrize(
    "moved",
    [
        CHECKLIST + TOLD + WAIVER + WAIVER.replace("mini.early", "change.gate_untouched"),
        CHECKLIST + TOLD + 'severity = "advisory"\n',
        CHECKLIST + TOLD + 'when_touched = ["nothing"]\n',
        CHECKLIST + TOLD + 'where = "live"\n',
        CHECKLIST + TOLD.replace("preflight", "postdeploy"),
        CHECKLIST,
    ],
    ids=["waived", "advisory", "untouched", "elsewhere", "later", "dropped"],
)
def test_a_list_that_the_change_moves_excuses_nothing(inside: Suite, moved: str) -> None:
    git(inside.path, "checkout", "-q", "main")
    commit(inside.path, **{"checklist.toml": CHECKLIST + TOLD, "preflight__test_told.py": TELLS})
    git(inside.path, "checkout", "-q", "-B", "feature/x")
    commit(inside.path, **{"checklist.toml": None, "gate2__checklist.toml": moved})
    assert preflight(inside, "--checklist=gate2/checklist.toml").ret == 1
    verdict = inside.verdict("preflight")
    assert verdict["root_causes"] == ["change.gate_untouched"]
    assert not any(check["waived"] for check in verdict["checks"])


def test_what_is_told_of_a_moved_list_is_the_suites_own_item() -> None:
    own = load_checklist(ROOT / "checklist.toml", dt.date(2000, 1, 1))
    assert TOLD_BY in own.item


def test_no_waiver_holds_where_the_base_is_unknown(inside: Suite) -> None:
    commit(inside.path, **{"checklist.toml": CHECKLIST + WAIVER, "preflight__test_early.py": FAILS})
    assert preflight(inside, "--base-ref=no-such-branch").ret == 1


def test_an_item_that_the_change_takes_away_is_still_owed(inside: Suite) -> None:
    listed = CHECKLIST.partition('[[item]]\nid = "mini.early"')[0]
    later = (
        "import pytest\n@pytest.mark.preflight\n@pytest.mark.check('mini.late')\ndef test_late(check): ...\n"
    )
    added = '[[item]]\nid = "mini.late"\nstages = ["preflight"]\nsection = "4"\ntitle = "Late"\n'
    commit(inside.path, **{"checklist.toml": listed + added, "preflight__test_early.py": later})
    preflight(inside)
    verdict = inside.verdict("preflight")
    assert (verdict["verdict"], verdict["root_causes"]) == ("INCONCLUSIVE", ["mini.early"])


def test_an_expired_waiver_of_the_base_is_told_with_its_place(inside: Suite) -> None:
    git(inside.path, "checkout", "-q", "main")
    commit(inside.path, **{"checklist.toml": CHECKLIST + WAIVER.replace("2099", "2020")})
    git(inside.path, "checkout", "-q", "feature/x")
    result = preflight(inside)
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*checklist.toml of main: waiver for mini.early expired on 2020-12-31*"])
    assert inside.runs("preflight") == []
