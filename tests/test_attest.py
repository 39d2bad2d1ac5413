"""`python -m gate attest`, and the verdict of runs that owe a person's word."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gate.attest import command
from gate.inputs import InputError
from gate.repo.attestations import REF, Attestations, read
from gate.repo.git import Git
from gate.target import Repository
from tests.attested_suite import ATTESTED, attested, change, listed, preflight, with_attested
from tests.conftest import CHECKLIST, ROOT, Suite
from tests.test_own_gate import commit
from tests.test_repo_candidate import git


@pytest.fixture
def asked(suite: Suite) -> Suite:
    """A suite whose change owes a person's word."""
    return with_attested(suite)


@pytest.mark.parametrize(
    ("app", "base", "described", "more"),
    [
        ("/w/envios", "main", Repository(path=Path("../envios"), base="main"), []),
        ("/w/envios", None, Repository(path=Path("../envios"), base="main"), []),
        (
            "/w/otra app",
            "origin/main",
            Repository(path=Path("../envios")),
            ["'--app-dir=../otra app'", "--base-ref=origin/main"],
        ),
        ("/w/envios", "main", None, ["--app-dir=../envios", "--base-ref=main"]),
    ],
)
def test_the_line_to_type_says_what_the_description_does_not(
    app: str, base: str | None, described: Repository | None, more: list[str]
) -> None:
    told = command("data.reversible", Path("/w/gate"), Path(app), base, described)
    assert told == " ".join(["python -m gate attest data.reversible --by NAME --reason TEXT", *more])


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_nobodys_word_is_inconclusive_and_somebodys_is_go(asked: Suite, workers: list[str]) -> None:
    verdict, observed, hint = preflight(asked, *workers)
    assert (verdict, observed) == ("INCONCLUSIVE", "nobody has attested it")
    assert "python -m gate attest mini.data --by NAME --reason TEXT --app-dir=app --base-ref=main" in hint
    assert "if somebody has, fetch it first" in hint
    attested(asked, "<b>a script</b> takes it back; password=hunter2222")
    assert preflight(asked, *workers)[0] == "GO"
    (check,) = (one for one in asked.verdict("preflight")["checks"] if one["id"] == "mini.data")
    assert (check["examined"], check["unit"]) == (1, "attestations")
    told = "\n".join(one["text"] for one in check["evidence"])
    assert "Responsable" in told
    assert "schema.sql" in told
    assert "hunter2222" not in told
    assert "<b>a script" not in asked.report("preflight")
    assert "&lt;b&gt;a script&lt;/b&gt; takes it back" in asked.report("preflight")


def test_the_next_commit_needs_another_word(asked: Suite) -> None:
    attested(asked)
    commit(asked.path / "app", **{"app.py": "x = 1\n"})
    verdict, observed, hint = preflight(asked)
    assert verdict == "INCONCLUSIVE"
    assert observed.startswith("Responsable attested it for tree ")
    assert observed.endswith("; the branch or main has moved on since")
    assert "fetch" not in hint
    attested(asked)
    assert preflight(asked)[0] == "GO"


def test_a_note_by_hand_is_told_and_proves_nothing(asked: Suite) -> None:
    git(asked.path / "app", "notes", f"--ref={REF}", "add", "-m", "all fine", "HEAD^{tree}")
    verdict, observed, _ = preflight(asked)
    assert verdict == "INCONCLUSIVE"
    assert observed.startswith("its note holds no attestation: 'all fine': Invalid JSON")
    assert "no attestation, and proves nothing: 'all fine'" in listed(asked)


def test_a_branch_that_does_not_merge_has_no_tree_to_attest(asked: Suite) -> None:
    app = asked.path / "app"
    git(app, "checkout", "-q", "main")
    commit(app, **{"schema.sql": "-- three\n"})
    git(app, "checkout", "-q", "feature/x")
    with pytest.raises(InputError, match=r"does not merge into main \(conflicts in schema.sql\)"):
        attested(asked)
    asked.run("-m", "preflight", f"--app-dir={app}", "--base-ref=main")
    (check,) = (one for one in asked.verdict("preflight")["checks"] if one["id"] == "mini.data")
    assert (check["outcome"], check["blocked_by"]) == ("blocked", "change.merges")


def test_what_is_owed_is_listed(asked: Suite) -> None:
    assert "owed, and nobody has attested it for this tree" in listed(asked)
    attested(asked)
    assert "attested by Responsable" in listed(asked)
    git(asked.path / "app", "checkout", "-q", "-B", "feature/y", "main")
    commit(asked.path / "app", **{"app.py": "x = 1\n"})
    assert "does not apply: the change touches no *.sql" in listed(asked)
    assert "does not ask for it here" in "\n".join(attested(asked))


def test_a_waiver_or_a_stated_gap_makes_it_a_warning(asked: Suite) -> None:
    asked.write(
        "checklist.toml",
        ATTESTED + '[[waiver]]\nitem = "mini.data"\nreason = "r"\nauthor = "a"\nexpires = 2099-12-31\n',
    )
    assert preflight(asked)[0] == "GO"
    asked.write("checklist.toml", ATTESTED)
    asked.write(
        "target.toml",
        (asked.path / "target.toml").read_text("utf-8")
        + '[environments.production]\nurls = []\nnot_proven = { "mini.data" = "agreed by mail" }\n',
    )
    asked.run("-m", "preflight", f"--app-dir={asked.path / 'app'}", "--base-ref=main")
    verdict = asked.verdict("preflight")
    assert verdict["verdict"] == "GO"
    assert any("agreed by mail" in warning for warning in verdict["warnings"])
    assert "agreed by mail" in listed(asked)


def test_a_list_without_attested_items_runs_nothing(asked: Suite) -> None:
    asked.write("checklist.toml", CHECKLIST)
    assert asked.run("-m", "preflight", f"--app-dir={asked.path / 'app'}", "--base-ref=main").ret == 0
    assert "the checklist has no item that people attest" in listed(asked)


def test_a_test_for_what_people_attest_is_a_wrong_configuration(asked: Suite) -> None:
    early = (asked.path / "preflight" / "test_early.py").read_text("utf-8")
    asked.write("preflight/test_data.py", early.replace("mini.early", "mini.data"))
    result = asked.run("-m", "preflight", f"--app-dir={asked.path / 'app'}", "--base-ref=main")
    assert result.ret == 4
    result.stderr.fnmatch_lines(
        ["*test_data.py::test_early: a person attests 'mini.data'*give the check another*"]
    )
    assert "defined twice" not in result.stderr.str()


def test_only_what_is_not_merged_yet_is_attested(asked: Suite) -> None:
    asked.write(
        "checklist.toml",
        ATTESTED.replace('stages = ["preflight"]\nsection = "6.2"', 'stages = ["smoke"]\nsection = "6.2"'),
    )
    result = asked.run("-m", "preflight", f"--app-dir={asked.path / 'app'}")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*mini.data: a person attests it for what is not merged yet; say stages*"])


def test_the_list_of_the_base_says_what_people_attest(asked: Suite) -> None:
    git(asked.path, "init", "-q", "-b", "main")
    asked.write(".gitignore", "reports/\napp/\n")
    commit(asked.path, **{"schema.sql": "-- one\n"})
    git(asked.path, "checkout", "-q", "-b", "feature/x")
    commit(asked.path, **{"checklist.toml": CHECKLIST, "schema.sql": "-- two\n"})
    assert [item.id for item in change(asked, ".").items] == ["mini.data"]
    assert preflight(asked, app=".")[0] == "INCONCLUSIVE"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "attest what? give ITEM with --by and --reason, or --list"),
        (["data.reversable"], "no item 'data.reversable' to attest; did you mean 'data.reversible'?"),
        (["nothing.like_it"], "no item 'nothing.like_it' to attest; people attest data.reversible"),
        (["login.admin"], "login.admin is no human judgement: the check login.admin proves it in smoke and"),
        (["data.reversible"], "attest: by: says too little: who answers for it"),
        (["data.reversible", "--by=Ana", "--reason=fine"], "attest: reason: says too little: why it holds"),
        (["data.reversible", "--by=A\tna"], "attest: by: holds characters that are not shown"),
        (["data.reversible", "--base-ref=mian"], "the base 'mian' is unknown; did you mean 'main'?"),
        (["data.reversible", "--app-dir=/"], "/: not a git repository; name the app's repository"),
        (["data.reversible", "--target=/none.toml"], "/none.toml: not found"),
    ],
)
def test_wrong_input_ends_with_4_and_a_remedy(asked: Suite, arguments: list[str], said: str) -> None:
    target = f"--target={ROOT / 'sandbox' / 'target.toml'}"
    done = subprocess.run(
        [sys.executable, "-m", "gate", "attest", f"--app-dir={asked.path / 'app'}", target, *arguments],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 4, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert read(Git(asked.path / "app")) == Attestations()
