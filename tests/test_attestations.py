"""What people attest as git keeps it: the note's form by table, and notes in real repositories."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gate.inputs import InputError
from gate.repo.attestations import REF, Attestation, Attestations, Malformed, parse, read, write
from gate.repo.candidate import Candidate
from gate.repo.git import Git
from tests.attested_suite import COMMIT, OTHER, TREE, attested, line, listed, preflight, with_attested, word
from tests.conftest import Suite
from tests.test_own_gate import commit
from tests.test_repo_candidate import git


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("I looked at it, all fine", "'I looked at it, all fine': Invalid JSON"),
        ("{}", "item: Field required"),
        ("[1]", "Input should be an object"),
        (line(by=""), "by: Value error, says too little: who answers for it, in 2 letters or more"),
        (line(reason="ok"), "reason: Value error, says too little: why it holds"),
        (line(reason="......... ........."), "reason: Value error, says too little"),
        (line(reason="all is well \x1b[2J"), "reason: Value error, holds characters that are not shown"),
        (line(reason="all is well \u202e"), "reason: Value error, holds characters that are not shown"),
        (line(by="Ana\nPaz"), "by: Value error, holds characters that are not shown, or more than one line"),
        (line(by="A" * 101), "by: String should have at most 100"),
        (line(at="yesterday"), "at: Input should be a valid datetime"),
        (line(at="2026-11-28T10:00:00"), "at: Input should have timezone info"),
        (line(tree="HEAD"), "tree: String should match pattern"),
        (line(extra="x"), "extra: Extra inputs are not permitted"),
        (line(tree=OTHER), f"written for tree {OTHER} and copied here"),
        ("x" * 200_000, "a note of 200000 bytes"),
    ],
)
def test_a_line_that_is_no_attestation_is_told(text: str, said: str) -> None:
    (found,) = parse(TREE, text.encode())
    assert isinstance(found, Malformed)
    assert said in found.problem


def test_good_lines_beside_a_bad_one_hold_and_a_note_may_be_no_text() -> None:
    note = f"{line()}\n\n  \nno JSON\n{line(by='Otra')}\r\n".encode()
    assert [isinstance(one, Attestation) for one in parse(TREE, note)] == [True, False, True]
    assert [type(one) for one in parse(TREE, b"\xff\xfe\x00")] == [Malformed]


def test_the_newest_of_this_tree_counts_and_others_are_told_by_the_branchs_commits() -> None:
    old, new = word(), word(at="2026-11-28T09:59:59-02:00", by="Otra")
    there = word(tree=OTHER)
    known = Attestations((old, new, there, word(item="data.else")))
    assert known.of("data.reversible", TREE) == (new, old)
    assert known.elsewhere("data.reversible", TREE, {COMMIT}) == there
    assert known.elsewhere("data.reversible", TREE, {"d" * 40}) is None
    assert known.elsewhere("data.none", TREE, {COMMIT}) is None


@pytest.fixture
def asked(suite: Suite) -> Suite:
    """A suite whose change owes a person's word."""
    return with_attested(suite)


def test_a_word_changes_neither_tree_nor_commit_nor_files(asked: Suite) -> None:
    app = asked.path / "app"
    before = git(app, "rev-parse", "HEAD", "HEAD^{tree}", "main")
    said = "\n".join(attested(asked))
    assert git(app, "rev-parse", "HEAD", "HEAD^{tree}", "main") == before
    assert git(app, "status", "--porcelain") == ""
    for told in before.splitlines()[:2]:
        assert told in said
    assert f"git -C {app} push origin {REF}" in said
    assert 'git fetch origin "refs/notes/*:refs/notes/*"' in said
    assert "the next commit" in said.lower()
    (one,) = read(Git(app)).given
    assert (one.item, one.by, one.tree) == ("mini.data", "Responsable", before.splitlines()[1])


def test_a_base_that_moved_on_needs_another_word_for_a_tree_that_no_commit_has(asked: Suite) -> None:
    attested(asked)
    git(asked.path / "app", "checkout", "-q", "main")
    commit(asked.path / "app", **{"app.py": "x = 1\n"})
    git(asked.path / "app", "checkout", "-q", "feature/x")
    assert "main has moved on since" in preflight(asked)[1]
    attested(asked)
    assert preflight(asked)[0] == "GO"
    # Its notes are whole although the tree itself is no object of the repository.
    git(asked.path / "app", "fsck", "--strict")
    git(asked.path / "app", "gc", "-q", "--prune=now")
    assert preflight(asked)[0] == "GO"


def test_the_word_travels_by_push_and_fetch_to_the_merge_that_ci_checks_out(asked: Suite) -> None:
    app, hub, ci = (asked.path / name for name in ("app", "hub", "ci"))
    git(app, "checkout", "-q", "main")
    commit(app, **{"app.py": "x = 1\n"})
    git(app, "checkout", "-q", "feature/x")
    git(asked.path, "init", "-q", "--bare", "-b", "main", str(hub))
    git(app, "remote", "add", "origin", str(hub))
    git(app, "push", "-q", "origin", "main", "feature/x")
    attested(asked)
    git(app, "push", "-q", "origin", REF)
    git(asked.path, "clone", "-q", str(hub), str(ci))
    git(ci, "checkout", "-q", "--detach", "main")
    git(ci, "merge", "-q", "--no-ff", "-m", "Merge", "origin/feature/x")
    verdict, _, hint = preflight(asked, app="ci")
    assert verdict == "INCONCLUSIVE"
    assert 'git fetch origin "refs/notes/*:refs/notes/*"' in hint
    git(ci, "fetch", "-q", "origin", "refs/notes/*:refs/notes/*")
    assert preflight(asked, app="ci")[0] == "GO"


def test_a_clone_without_any_notes_is_fetched_without_an_error(asked: Suite) -> None:
    git(asked.path, "clone", "-q", str(asked.path / "app"), str(asked.path / "ci"))
    git(asked.path / "ci", "fetch", "-q", "origin", "refs/notes/*:refs/notes/*")
    assert read(Git(asked.path / "ci")) == Attestations()


def test_two_people_in_two_clones_are_joined_line_by_line(asked: Suite) -> None:
    app, other = asked.path / "app", asked.path / "other"
    git(asked.path, "clone", "-q", "-b", "feature/x", str(app), str(other))
    tree = git(app, "rev-parse", "HEAD^{tree}")
    attested(asked)
    git(other, "config", "user.name", "Otra")
    git(other, "config", "user.email", "otra@gate.example")
    write(Git(other), word(item="mini.data", by="Otra", tree=tree))
    git(other, "fetch", "-q", "origin", f"{REF}:refs/notes/theirs")
    git(other, "notes", "--ref=release-gate", "merge", "-q", "-s", "cat_sort_uniq", "theirs")
    assert {one.by for one in read(Git(other)).of("mini.data", tree)} == {"Responsable", "Otra"}


def test_many_notes_that_git_spreads_over_folders_are_read(asked: Suite) -> None:
    app = asked.path / "app"
    trees = [f"{number:02x}{number:038x}" for number in range(256)]
    stream = f"commit {REF}\ncommitter Gate <gate@gate.example> 1000 +0000\ndata 0\n" + "".join(
        f"M 100644 inline {tree[:2]}/{tree[2:]}\ndata <<END\n{line(tree=tree)}\nEND\n" for tree in trees
    )
    subprocess.run(["git", "-C", str(app), "fast-import", "--quiet"], input=stream, text=True, check=True)
    attested(asked)
    assert {one.tree for one in read(Git(app)).given} > set(trees)


def test_attested_twice_adds_a_line_and_the_newest_counts(asked: Suite) -> None:
    attested(asked, "the first reason given")
    tree = git(asked.path / "app", "rev-parse", "HEAD^{tree}")
    write(
        Git(asked.path / "app"),
        word(item="mini.data", by="Otra", reason="the later reason", at="2999-01-01T00:00:00Z", tree=tree),
    )
    assert [one.by for one in read(Git(asked.path / "app")).of("mini.data", tree)] == ["Otra", "Responsable"]
    assert "attested by Otra, 2999-01-01 00:00 UTC: the later reason" in listed(asked)
    assert preflight(asked)[0] == "GO"


def test_a_candidate_that_keeps_objects_aside_writes_into_the_repository(asked: Suite) -> None:
    app = asked.path / "app"
    git(app, "checkout", "-q", "main")
    commit(app, **{"app.py": "x = 1\n"})
    git(app, "checkout", "-q", "feature/x")
    candidate = Candidate.open(app, "main")
    write(candidate.git, word(tree=candidate.tree))
    del candidate
    assert len(read(Git(app)).given) == 1


def test_a_git_that_does_not_know_who_writes_says_so(
    asked: Suite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(asked.path / "app", "config", "user.useConfigOnly", "true")
    git(asked.path / "app", "config", "--unset", "user.email")
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    with pytest.raises(InputError, match=r"could not keep the attestation .*git config --global user.name"):
        attested(asked)
