"""gate.repo: requirements, environment, python_version and processes; packages made here, no network."""

import datetime as dt
import json
import os
import sys
import textwrap
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from gate.repo import environment, installer
from gate.repo.candidate import Candidate
from gate.repo.environment import CleanEnvironment
from gate.repo.extras import unknown_extras
from gate.repo.installer import InstallFailed, InstallImpossible
from gate.repo.pinning import unpinned
from gate.repo.processes import Ran, Started, run
from gate.repo.python_version import WantedPython, wanted_python
from gate.repo.requirements import instead, named_in, read_requirements
from tests.test_repo_candidate import git
from tests.test_repo_render import described


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An app with one requirement, installed from a wheel beside it."""
    folder = tmp_path / "project"
    (folder / "wheels").mkdir(parents=True)
    make_wheel(folder / "wheels", "demo_package", "1.0")
    (folder / "requirements.txt").write_text("--no-index\n--find-links wheels\ndemo-package==1.0\n")
    return folder


def make_wheel(folder: Path, name: str, version: str, requires: str = "", extra: str = "") -> None:
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    files = {
        f"{name}.py": f"version = {version!r}\n",
        f"{info}/METADATA": metadata
        + (f"Requires-Dist: {requires}\n" if requires else "")
        + (f"Provides-Extra: {extra}\n" if extra else ""),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in files) + f"{info}/RECORD,,\n"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, content in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(path, content)


def test_requirements_are_read_with_their_includes_and_places(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text(
        "# comment\nFlask[async]==3.1.3  # why\n-r more/base.txt\n-c limits.txt\n\n"
        "psycopg2 \\\n    ==2.9 \\\n    --hash=sha256:00\nx @ https://files.example/x-1.whl\n"
        "git+https://github.com/a/b.git#egg=Some_Thing\n--extra-index-url https://index.example\n"
    )
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "base.txt").write_text("requests>=2; python_version > '3'\n-r ../requirements.txt\n")
    found = read_requirements(tmp_path, "requirements.txt")
    assert [(line.name, line.place) for line in found.lines] == [
        ("flask", "requirements.txt:2"),
        ("psycopg2", "requirements.txt:6"),
        ("x", "requirements.txt:9"),
        ("some-thing", "requirements.txt:10"),
        ("requests", "more/base.txt:1"),
    ]
    assert [(line.text, line.place) for line in found.missing] == [("-c limits.txt", "requirements.txt:4")]
    assert not found.local


@pytest.mark.parametrize(
    ("line", "asked"),
    [
        (".", ["flask:4", "gevent:5"]),
        ("-e .[web,Other_Extra] ; python_version > '3'", ["flask:4", "gevent:5", "gunicorn:8"]),
        ("./absent", []),
        ("../outside", []),
    ],
)
def test_a_folder_that_is_installed_asks_for_what_its_project_does(
    tmp_path: Path, line: str, asked: list[str]
) -> None:
    app = tmp_path / "app"
    for folder in (app, tmp_path / "outside"):
        folder.mkdir()
        (folder / "pyproject.toml").write_text(
            '[project]\nname = "x"\ndependencies = [\n    "flask >= 3",\n    \'gevent; python_version > "3"\',\n]\n'
            '[project.optional-dependencies]\nweb = ["gunicorn~=23.0"]\nunasked = ["celery"]\n'
        )
    (app / "requirements.txt").write_text(f"{line}\n")
    own, *found = read_requirements(app, "requirements.txt").lines
    assert (own.text, own.place) == (line, "requirements.txt:1")
    assert [f"{one.name}:{one.line}" for one in found] == asked
    assert {one.file for one in found} <= {"pyproject.toml"}
    assert unpinned(found) == found


@pytest.mark.parametrize(
    ("files", "named"),
    [((), "FILE"), (("requirements/prod.txt", "requirements/base.txt"), "requirements/base.txt")],
)
def test_another_file_is_named_where_the_one_to_install_is_absent(
    tmp_path: Path, files: tuple[str, ...], named: str
) -> None:
    for file in files:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    assert f'[start] requirements = "{named}"' in instead(tmp_path)


@pytest.mark.parametrize("line", ["-e .", "./vendor/x", "vendor/x-1.0.whl", "file:///x", "--editable=./x"])
def test_what_is_installed_from_beside_is_local(tmp_path: Path, line: str) -> None:
    (tmp_path / "requirements.txt").write_text(line)
    assert read_requirements(tmp_path, "requirements.txt").local


def test_requirements_of_windows_are_read_as_pip_reads_them(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_bytes("flask==3.1.3\r\n-r more.txt\r\n".encode("utf-16"))
    (tmp_path / "more.txt").write_bytes(b"\xef\xbb\xbfrequests==2.34.2\r\n")
    found = read_requirements(tmp_path, "requirements.txt")
    assert [(line.name, line.text) for line in found.lines] == [
        ("flask", "flask==3.1.3"),
        ("requests", "requests==2.34.2"),
    ]
    assert not unpinned(found.lines)


def test_an_include_outside_the_app_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("x\n")
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "requirements.txt").write_text("-r ../secret.txt\n")
    assert read_requirements(tmp_path / "app", "requirements.txt").lines == ()


def test_a_message_names_requirements_in_its_own_order(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("flask\nflask-login\nwerkzeug==2\n")
    requirements = read_requirements(tmp_path, "requirements.txt")
    said = "Because Flask_Login depends on werkzeug>=3 and you require werkzeug==2"
    assert [line.name for line in named_in(requirements, said)] == ["flask-login", "werkzeug"]


def test_an_environment_is_clean_made_once_and_kept(project: Path, tmp_path: Path) -> None:
    first = CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    assert first.packages == ("demo_package==1.0",)
    assert not first.reused
    again = CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    assert again.reused
    assert (again.folder, again.packages) == (first.folder, first.packages)
    script = "import demo_package, os, json; print(json.dumps([demo_package.version, dict(os.environ)]))"
    ran = first.run(("python", "-c", script), project, tmp_path / "home", {"GIVEN": "1"}, 30)
    version, environment = json.loads(ran.output)
    assert version == "1.0"
    assert set(environment) - {"LC_CTYPE"} == {"PATH", "HOME", "LANG", "GIVEN"}
    assert first.run(("python", "-c", "import pytest"), project, tmp_path / "home", {}, 30).code == 1


def test_an_extra_that_a_package_does_not_have_is_found(project: Path, tmp_path: Path) -> None:
    make_wheel(project / "wheels", "other_package", "2.0", extra="Fast_Mail")
    (project / "requirements.txt").write_text(
        "--no-index\n--find-links wheels\nother-package[fast-mail, fats_mail]==2.0\n"
        "demo-package[x]; sys_platform == 'nowhere'\n"
    )
    made = CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    found = unknown_extras(made.folder, read_requirements(project, "requirements.txt").lines)
    assert [(line.line, extra, known) for line, extra, known in found] == [(3, "fats-mail", ["fast-mail"])]


def test_other_requirements_are_another_environment(project: Path, tmp_path: Path) -> None:
    first = CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    make_wheel(project / "wheels", "other_package", "2.0")
    with (project / "requirements.txt").open("a") as file:
        file.write("other-package\n")
    second = CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    assert second.folder != first.folder
    assert second.packages == ("demo_package==1.0", "other_package==2.0")


def test_a_half_made_environment_is_made_anew(project: Path, tmp_path: Path) -> None:
    first = CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    (first.folder / "environment.json").unlink()
    assert not CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache").reused


def test_a_python_that_cannot_be_had_is_replaced_and_stated(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    made = CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache", wanted="3.99.1")
    assert made.wanted == "3.99.1"
    assert made.python_version.split(".")[:2] == [str(part) for part in sys.version_info[:2]]
    again = CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache", wanted="3.99.1")
    assert again.reused
    # Once it has been installed, as the report asks for, what was taken instead is made anew.
    monkeypatch.setattr(environment, "_came_since", lambda uv, kept: kept.wanted == "3.99.1")
    anew = CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache", wanted="3.99.1")
    assert not anew.reused


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("demo-package==9.9", "requirements.txt:3", "no version of demo-package==9.9"),
        ("nowhere-to-be-found", "requirements.txt:3", "nowhere-to-be-found"),
        ("fla sk??", "requirements.txt:3", "Couldn't parse requirement"),
    ],
)
def test_the_requirement_that_fails_is_named(
    project: Path, tmp_path: Path, text: str, place: str, said: str
) -> None:
    (project / "requirements.txt").write_text(f"--no-index\n--find-links wheels\n{text}\n")
    with pytest.raises(InstallFailed) as caught:
        CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    assert said in str(caught.value)
    assert [line.place for line in caught.value.culprits] == [place]


def test_a_build_that_fails_is_told_by_its_reason_without_its_traceback(
    project: Path, tmp_path: Path
) -> None:
    broken = project / "broken"
    broken.mkdir()
    (broken / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (broken / "backend.py").write_text("from os import no_such_feature\n")
    (project / "requirements.txt").write_text("./broken\n")
    with pytest.raises(InstallFailed) as caught:
        CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    assert "Traceback" not in str(caught.value)
    assert "Traceback" in caught.value.output, "the installer's own words stand below it as evidence"
    assert "ImportError: cannot import name 'no_such_feature'" in str(caught.value)


def test_threads_that_a_program_leaves_do_not_keep_it(project: Path, tmp_path: Path) -> None:
    environment = CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    program = environment.folder / "bin" / "loads"
    program.write_text(
        f"#!{environment.folder}/bin/python\n"
        "import sys, threading\n"
        "threading.Thread(target=threading.Event().wait).start()\n"
        "print(sys.argv[1:])\nsys.exit(3)\n"
    )
    program.chmod(0o755)
    ran = environment.run_to_its_end(["loads", "app:app"], project, tmp_path / "home", {}, 30)
    assert (ran.code, ran.output.strip()) == (3, "['app:app']")


def test_two_that_contradict_each_other_are_both_named(project: Path, tmp_path: Path) -> None:
    make_wheel(project / "wheels", "other_package", "2.0", requires="demo-package>=2")
    (project / "requirements.txt").write_text(
        "--no-index\n--find-links wheels\ndemo-package==1.0\nother-package\n"
    )
    with pytest.raises(InstallFailed) as caught:
        CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    assert {line.line for line in caught.value.culprits} == {3, 4}


def test_a_missing_file_is_named(project: Path, tmp_path: Path) -> None:
    with pytest.raises(InstallFailed, match=r"other\.txt: no such file in the commit"):
        CleanEnvironment.build(project, "other.txt", tmp_path / "cache")
    (project / "requirements.txt").write_text("demo-package==1.0\n-r more.txt\n")
    with pytest.raises(InstallFailed, match=r"-r more\.txt: no such file") as caught:
        CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    assert [line.place for line in caught.value.culprits] == ["requirements.txt:2"]


def test_what_only_uv_refuses_is_left_to_pip(project: Path, tmp_path: Path) -> None:
    tool = tmp_path / "tool"
    tool.mkdir()
    (tool / "pyproject.toml").write_text(
        '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    (tool / "backend.py").write_text(
        'def build_editable(*_):\n    pass\ndef get_requires_for_build_editable(_):\n    raise OSError("not today")\n'
    )
    git(tool, "init", "-q", "-b", "main")
    git(tool, "add", "-A")
    git(tool, "commit", "-q", "-m", "A tool")
    (project / "requirements.txt").write_text(f"-e git+file://{tool}#egg=tool\n")
    with pytest.raises(InstallFailed, match="OSError: not today") as caught:
        CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")
    assert [line.place for line in caught.value.culprits] == ["requirements.txt:1"]


def test_constraints_ask_for_nothing_and_pin_what_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("-c limits.txt\nflask\nrequests\n")
    (tmp_path / "limits.txt").write_text("flask==3.1.3\nrequests<3\nnever-asked-for\n")
    found = read_requirements(tmp_path, "requirements.txt")
    assert [line.name for line in found.lines] == ["flask", "requests"]
    assert [line.name for line in unpinned(found.lines, found.limits)] == ["requests"]


def test_no_network_is_no_fault_of_the_requirements(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    (project / "requirements.txt").write_text("--index-url http://127.0.0.1:1/simple\ndemo-package\n")
    with pytest.raises(InstallImpossible, match="could not be reached"):
        CleanEnvironment.build(project, "requirements.txt", tmp_path / "cache")


def test_a_program_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    child = "import time; print('started', flush=True); time.sleep(600)"
    script = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    ran = run([sys.executable, "-c", script], tmp_path, {}, 1.0)
    assert ran.code is None
    assert not ran.ok


def test_a_command_beside_ends_with_its_output(tmp_path: Path) -> None:
    ran = Started([sys.executable, "-c", "print('x' * 300_000); exit(3)"], tmp_path, {}, 30).end()
    assert (ran.code, len(ran.output)) == (3, 300_001)


def test_a_command_beside_is_killed_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    os.mkfifo(pids)
    script = textwrap.dedent(
        f"""
        import os, subprocess, sys
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        open({str(pids)!r}, "w").write(f"{{os.getpid()}} {{child.pid}}")
        child.wait()
        """
    )
    started = Started([sys.executable, "-c", script], tmp_path, {}, 600)
    family = [psutil.Process(int(pid)) for pid in pids.read_text().split()]
    started.stop()
    gone, alive = psutil.wait_procs(family, timeout=10)
    assert (len(gone), alive) == (2, [])
    started.stop()


def test_a_program_gets_nothing_of_this_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    ran = run([sys.executable, "-c", "import os; print(sorted(os.environ))"], tmp_path, {"A": "1"}, 30)
    assert "DATABASE_URL" not in ran.output
    assert os.environ["DATABASE_URL"]


NOBODY = "nothing names a version; Render takes the one that was its default when the service was made"
BLUEPRINT = "services:\n  - envVars:\n      - key: PYTHON_VERSION\n        value: {}\n"


@pytest.mark.parametrize(
    ("files", "wanted"),
    [
        (
            {"render.yaml": BLUEPRINT.format("3.11.9"), ".python-version": "3.12"},
            ("3.11.9", "PYTHON_VERSION in render.yaml"),
        ),
        ({"render.yaml": "services: [", ".python-version": "3.12\n"}, ("3.12", ".python-version")),
        ({"render.yaml": "services:\n  - name: x\n", ".python-version": "3.12"}, ("3.12", ".python-version")),
        ({".python-version": "latest"}, ("", NOBODY)),
        ({}, ("", NOBODY)),
    ],
)
def test_renders_python_is_read_from_the_commit(
    tmp_path: Path, files: dict[str, str], wanted: tuple[str, str]
) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    for name, text in {"app.py": "", **files}.items():
        (tmp_path / name).write_text(text)
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "In production")
    assert wanted_python(Candidate.open(tmp_path, "main"), described()) == WantedPython(*wanted)


def test_renders_python_is_asked_for_where_render_yaml_has_none(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / ".python-version").write_text("3.12")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "In production")
    candidate = Candidate.open(tmp_path, "main")

    def never() -> Iterator[str]:
        yield pytest.fail("Render was asked for what render.yaml says")

    agreed = described(python_version="3.11.9")
    assert wanted_python(candidate, agreed, ["3.13.4"]) == WantedPython("3.13.4", "PYTHON_VERSION on Render")
    assert wanted_python(candidate, agreed).version == "3.11.9"
    (tmp_path / "render.yaml").write_text(BLUEPRINT.format("3.10.2"))
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "A blueprint")
    assert wanted_python(Candidate.open(tmp_path, "main"), agreed, never()).version == "3.10.2"


@pytest.mark.parametrize(
    ("made", "version"),
    [
        ("2020-05-01", "3.7.10"),
        ("2023-10-31", "3.7.10"),
        ("2023-11-01", ""),
        ("2023-12-04", "3.11.6"),
        ("2024-12-15", "3.11.10"),
        ("2024-12-16", "3.11.11"),
        ("2026-02-10", "3.13.4"),
        ("2026-11-28", "3.14.3"),
    ],
)
def test_renders_default_depends_on_the_day_on_which_the_service_was_made(
    tmp_path: Path, made: str, version: str
) -> None:
    git(tmp_path, "init", "-q", "-b", "main")
    (tmp_path / "app.py").write_text("")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "In production")
    candidate, moment = (
        Candidate.open(tmp_path, "main"),
        dt.datetime.fromisoformat(made).replace(tzinfo=dt.UTC),
    )
    wanted = wanted_python(candidate, described(), (), [None, moment])
    assert wanted.version == version
    assert made in wanted.source or not version
    assert wanted_python(candidate, described(python_version="3.12.1"), (), [moment]).version == "3.12.1"


def test_pyenv_is_told_which_python_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: dict[str, str | None] = {}

    def refuse(command: list[str], cwd: Path, variables: dict[str, str], timeout_s: float) -> Ran:
        told[command[command.index("--python") + 1]] = variables.get("PYENV_VERSION")
        return Ran(1, "no such Python")

    monkeypatch.setattr(installer, "run", refuse)
    with pytest.raises(InstallImpossible):
        installer._make_with_uv("uv", tmp_path / "made", "3.12.1", tmp_path, ())
    assert told == {"3.12.1": "3.12.1", "3.12": "3.12", sys.executable: None}
