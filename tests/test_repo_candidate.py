"""gate.repo.candidate on real git repositories."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from gate.inputs import InputError
from gate.repo.candidate import Candidate
from gate.repo.merge import left_marks

GitIn = Callable[..., str]


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Gate", "-c", "user.email=gate@gate.example", "-c", "commit.gpgsign=false"]
    command = ["git", *who, "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """main with one commit, and a branch on it with two."""
    folder = tmp_path / "app"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "app.py").write_text("app = 1\n")
    (folder / "ñandú.txt").write_text("¡sí!\n", encoding="utf-8")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "In production")
    git(folder, "checkout", "-q", "-b", "feature/x")
    (folder / "app.py").write_text("app = 2\n")
    git(folder, "commit", "-q", "-am", "First change")
    (folder / "other.py").write_text("pass\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Second change")
    return folder


def test_the_change_is_what_git_has_not_what_lies_around(repository: Path) -> None:
    (repository / "app.py").write_text("app = 'uncommitted'\n")
    (repository / "new.py").write_text("uncommitted\n")
    candidate = Candidate.open(repository, "main")
    assert [commit.subject for commit in candidate.commits] == ["First change", "Second change"]
    assert candidate.changed == ("app.py", "other.py")
    assert candidate.files == ("app.py", "other.py", "ñandú.txt")
    assert candidate.text("app.py") == "app = 2\n"
    assert candidate.text("ñandú.txt") == "¡sí!\n"
    assert candidate.text("new.py") is None
    assert (candidate.branch, candidate.base_ref) == ("feature/x", "main")
    assert candidate.head == git(repository, "rev-parse", "HEAD")
    assert candidate.tree == git(repository, "rev-parse", "HEAD^{tree}")


def test_the_base_is_found_without_being_named(repository: Path) -> None:
    assert Candidate.open(repository).base == git(repository, "rev-parse", "main")


def test_a_base_that_only_the_remote_has_is_found(repository: Path) -> None:
    git(repository, "update-ref", "refs/remotes/origin/production", "main")
    assert Candidate.open(repository, "production").base == git(repository, "rev-parse", "main")


def test_the_base_itself_has_no_commits_of_its_own(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    candidate = Candidate.open(repository, "main")
    assert candidate.commits == ()
    assert candidate.changed == ()


def test_a_base_that_moved_on_is_no_change_of_the_branch(repository: Path) -> None:
    git(repository, "checkout", "-q", "main")
    (repository / "main.py").write_text("pass\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "Meanwhile")
    git(repository, "checkout", "-q", "feature/x")
    assert Candidate.open(repository, "main").changed == ("app.py", "other.py")


def test_an_app_in_a_folder_of_its_repository_is_read_from_there(repository: Path) -> None:
    (repository / "web").mkdir()
    (repository / "web" / "app.py").write_text("web = 1\n")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "Third change")
    candidate = Candidate.open(repository / "web", "main")
    assert candidate.files == ("app.py",)
    assert candidate.text("app.py") == "web = 1\n"
    assert candidate.changed == ("app.py", "other.py", "web/app.py")
    exported = candidate.export(repository.parent / "exported")
    assert [path.name for path in exported.iterdir()] == ["app.py"]


def test_an_export_holds_head_and_nothing_else(repository: Path, tmp_path: Path) -> None:
    (repository / ".env").write_text("SECRET=1\n")
    (repository / "link").symlink_to("/etc")
    git(repository, "add", "link")
    git(repository, "commit", "-q", "-m", "A link to elsewhere")
    candidate = Candidate.open(repository, "main")
    exported = candidate.export(tmp_path / "exported")
    assert sorted(path.name for path in exported.iterdir()) == ["app.py", "other.py", "ñandú.txt"]
    assert candidate.export(tmp_path / "exported") == exported


def test_configuration_of_the_repository_starts_no_program(repository: Path, tmp_path: Path) -> None:
    witness = tmp_path / "started"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {witness}\n")
    program.chmod(0o755)
    for setting in ("core.fsmonitor", "diff.external", "core.pager"):
        git(repository, "config", setting, str(program))
    (repository / ".git" / "hooks" / "post-checkout").write_text(program.read_text())
    candidate = Candidate.open(repository, "main")
    candidate.export(tmp_path / "exported")
    assert not witness.exists()


def test_variables_of_a_git_hook_do_not_lead_elsewhere(
    repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(tmp_path / "index"))
    assert Candidate.open(repository, "main").branch == "feature/x"


def test_without_a_base_what_is_checked_out_can_be_read(repository: Path) -> None:
    standing = Candidate.standing(repository)
    assert standing.text("app.py") == "app = 2\n"
    assert (standing.base, standing.commits, standing.changed) == ("", (), ())
    assert (standing.files_before, standing.text_before("app.py")) == ((), None)


@pytest.mark.parametrize(
    ("base", "said"),
    [
        ("maim", r"the base 'maim' is unknown; did you mean 'main'\?"),
        ("--exec=x", "the base '--exec=x' is unknown"),
        ("release/9", "branches here: feature/x, main"),
    ],
)
def test_an_unknown_base_is_named_with_the_nearest(repository: Path, base: str, said: str) -> None:
    git(repository, "checkout", "-q", "feature/x")
    with pytest.raises(InputError, match=said):
        Candidate.open(repository, base)


def test_a_shallow_clone_says_which_fetch_is_needed(repository: Path, tmp_path: Path) -> None:
    shallow = tmp_path / "shallow"
    subprocess.run(
        ["git", "clone", "-q", "--depth", "1", f"file://{repository}", str(shallow)],
        check=True,
        capture_output=True,
    )
    with pytest.raises(InputError, match="git fetch --unshallow origin "):
        Candidate.open(shallow, "feature/x")


def test_what_is_no_repository_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not a git repository"):
        Candidate.open(tmp_path, "main")
    with pytest.raises(InputError, match="no such folder"):
        Candidate.open(tmp_path / "missing", "main")


def test_a_repository_without_commits_is_said(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(InputError, match="no commit yet"):
        Candidate.open(tmp_path, None)


def test_all_problems_are_told_at_once(repository: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{repository}", str(clone))
    with pytest.raises(InputError) as caught:
        Candidate.open(clone, "nowhere")
    assert len(caught.value.problems) == 2
    assert "shallow" in caught.value.problems[0]


def meanwhile(repository: Path, **files: str) -> None:
    """main moves on after the branch left it."""
    git(repository, "checkout", "-q", "main")
    for name, text in files.items():
        (repository / f"{name}.py").write_text(text)
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "Meanwhile")
    git(repository, "checkout", "-q", "feature/x")


def test_the_merge_result_is_judged_not_the_branch_as_it_stands(repository: Path) -> None:
    meanwhile(repository, elsewhere="new = True\n")
    stored = sorted((repository / ".git" / "objects").rglob("*"))
    candidate = Candidate.open(repository, "main")
    assert candidate.merge.clean
    assert not candidate.merge.forward
    assert candidate.tree != git(repository, "rev-parse", "HEAD^{tree}")
    assert candidate.files == ("app.py", "elsewhere.py", "other.py", "ñandú.txt")
    assert (candidate.text("app.py"), candidate.text("elsewhere.py")) == ("app = 2\n", "new = True\n")
    assert (candidate.export(repository.parent / "out") / "elsewhere.py").is_file()
    assert sorted((repository / ".git" / "objects").rglob("*")) == stored


def test_a_branch_that_holds_its_base_is_judged_as_it_stands(repository: Path) -> None:
    candidate = Candidate.open(repository, "main")
    assert candidate.merge.forward
    assert candidate.tree == git(repository, "rev-parse", "HEAD^{tree}")


def test_files_in_conflict_are_named_and_the_branch_is_read_as_it_stands(repository: Path) -> None:
    meanwhile(repository, app="app = 3\n", other="other = 3\n")
    candidate = Candidate.open(repository, "main")
    assert candidate.merge.conflicts == ("app.py", "other.py")
    assert candidate.text("app.py") == "app = 2\n"
    assert candidate.changed == ("app.py", "other.py")


def test_histories_without_a_common_commit_cannot_be_merged(repository: Path) -> None:
    git(repository, "checkout", "-q", "--orphan", "other")
    git(repository, "commit", "-q", "-m", "Another beginning")
    candidate = Candidate.open(repository, "main")
    assert "unrelated histories" in candidate.merge.problem
    assert candidate.files == ("app.py", "other.py", "ñandú.txt")


def test_what_the_base_had_can_be_read(repository: Path) -> None:
    candidate = Candidate.open(repository, "main")
    assert candidate.files_before == ("app.py", "ñandú.txt")
    assert (candidate.text_before("app.py"), candidate.text_before("other.py")) == ("app = 1\n", None)


def test_marks_of_a_conflict_that_the_change_leaves_are_found(repository: Path) -> None:
    marks = "<<<<<<< HEAD\na\n=======\nb\n>>>>>>> other\n"
    git(repository, "checkout", "-q", "main")
    (repository / "git.md").write_text(f"About git\n{marks}")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "A text that shows them")
    git(repository, "checkout", "-q", "-b", "feature/y")
    (repository / "git.md").write_text(f"About git and its marks\n{marks}")
    (repository / "quoted.txt").write_text("<<<<<<< is where it begins\n")
    (repository / "página uno.css").write_text(f"b {{}}\n{marks}{marks}")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "Change")
    candidate = Candidate.open(repository, "main")
    found = left_marks(candidate.git, candidate.tree, candidate.base, candidate.changed)
    assert found == ("página uno.css:2",)
