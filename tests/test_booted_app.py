"""A small app that the sandbox does not know, started before its merge: it serves, and nothing of it stays."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from gate import drill
from gate.booted.job import Job, Running, begin, outcome, side
from gate.booted.ports import hold, url_of
from gate.results import CouldNotTell, Failed
from gate.user_agent import user_agent
from tests.conftest import CHECKLIST, HEAD, ROOT, TARGET, Suite

PATIENCE_S = 60
# The staging's own requirements: their environment is made once and kept.
REQUIREMENTS = (ROOT / "sandbox" / "app" / "requirements.txt").read_text(encoding="utf-8")
APP = """
import os
import psycopg
from flask import Flask
app = Flask(__name__)

@app.get("/login")
def login():
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        said = connection.execute("SELECT said FROM notes").fetchone()[0]
    return {"said": said, "environment": sorted(os.environ)}
"""
SETUP = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("CREATE TABLE notes (said text)")
    connection.execute("INSERT INTO notes VALUES ('hello')")
"""
DESCRIBED = (
    TARGET
    + """
[variables]
DATABASE_URL = { kind = "postgres" }
[candidate]
setup = ["python setup.py"]
"""
)


@pytest.fixture
def temporary(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder for temporary files of this test alone, open to the user that Postgres runs as."""
    folder = Path(tempfile.mkdtemp(prefix="bt-"))
    folder.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A repository with one commit."""
    folder = tmp_path / "app"
    folder.mkdir()
    for name, text in {
        "app.py": APP,
        "setup.py": SETUP,
        "requirements.txt": REQUIREMENTS,
        ".python-version": "3.11.9\n",
    }.items():
        (folder / name).write_text(text)
    commit(folder)
    return folder


def commit(folder: Path) -> None:
    for words in (
        "init -q -b main",
        "add .",
        "-c user.name=a -c user.email=a@b.example commit -q -m x --allow-empty",
    ):
        subprocess.run(["git", *words.split()], cwd=folder, check=True)


class Boot:
    """A job on the small app, and what it leaves."""

    def __init__(
        self, app: Path, folder: Path, described: str = DESCRIBED, *, upgraded: bool = False
    ) -> None:
        folder.mkdir()
        (folder / "target.toml").write_text(described)
        held = hold()
        self.url, self.folder = url_of(held), folder
        job = Job(
            "run",
            Path(os.environ["TMPDIR"]) / f"gate-{folder.name}-candidate",
            folder,
            folder / "target.toml",
            app,
            None,
            ROOT / ".cache",
            {"candidate": held.fileno()},
            {},
            upgraded=upgraded,
        )
        self.running: Running = begin(job, folder, [held])

    def served(self) -> dict[str, str]:
        return side(outcome(self.folder, PATIENCE_S), "candidate")


@pytest.fixture
def boot(app: Path, temporary: Path, tmp_path: Path) -> Iterator[Callable[..., Boot]]:
    """Starts the small app."""
    begun: list[Boot] = []

    def start(described: str = DESCRIBED) -> Boot:
        begun.append(Boot(app, tmp_path / f"boot-{len(begun)}", described))
        return begun[-1]

    yield start
    for one in begun:
        one.running.stop()


def until(holds: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def remains_of(temporary: Path) -> list[str]:
    """Files below the folder, and processes that have it in their command line."""
    lines = [" ".join(one.info["cmdline"] or ()) for one in psutil.process_iter(["cmdline"])]
    return [str(path) for path in temporary.iterdir()] + [line for line in lines if str(temporary) in line]


def test_it_is_served_with_its_own_data_and_environment(boot: Callable[..., Boot]) -> None:
    one = boot()
    assert one.served()["url"] == one.url
    told = httpx.get(f"{one.url}/login", trust_env=False).json()
    assert told["said"] == "hello"
    # The first to ask is the gate, whether it serves.
    assert user_agent("run") in (one.folder / "candidate.log").read_text(encoding="utf-8")
    given = {"DATABASE_URL", "PORT", "PATH", "HOME", "LANG", "PYTHONUNBUFFERED"}
    # gunicorn adds SERVER_SOFTWARE, Python its locale.
    assert set(told["environment"]) - given <= {"SERVER_SOFTWARE", "LC_CTYPE"}


@pytest.mark.parametrize(
    ("file", "text", "observed"),
    [
        ("setup.py", "raise SystemExit('no table')", "exit 1: no table"),
        ("app.py", "import nowhere", "app.py:1 - ModuleNotFoundError: No module named 'nowhere'"),
    ],
)
def test_why_it_does_not_serve(
    boot: Callable[..., Boot], app: Path, file: str, text: str, observed: str
) -> None:
    (app / file).write_text(text)
    commit(app)
    with pytest.raises(Failed) as stop:
        boot().served()
    assert stop.value.observed == observed


def test_a_command_that_is_not_there_is_the_descriptions_fault(boot: Callable[..., Boot]) -> None:
    with pytest.raises(CouldNotTell, match="there is no flusk in the app's environment"):
        boot(DESCRIBED.replace("python setup.py", "flusk db upgrade")).served()


def test_another_server_than_gunicorn(boot: Callable[..., Boot]) -> None:
    one = boot(f'{DESCRIBED}start = "flask --app app:app run --port {{port}}"\n')
    one.served()
    assert httpx.get(f"{one.url}/login", trust_env=False).json()["said"] == "hello"


# It tells that it runs, and does not end.
WAITS = "import time\nopen('waits', 'w')\ntime.sleep(600)\n"


def begun(
    boot: Callable[..., Boot], app: Path, temporary: Path, when: str
) -> tuple[Boot, list[psutil.Process]]:
    """Started as far as the file `when`, and the processes that there are by then."""
    if when.endswith("waits"):
        (app / "setup.py").write_text(WAITS)
        commit(app)
    one = boot()
    until(lambda: any(temporary.glob(when)) or any(one.folder.glob(when)))
    started = psutil.Process(one.running.process.pid).children(recursive=True)
    return one, started


@pytest.mark.slow
@pytest.mark.parametrize("when", ["gate-*-candidate/pg", "gate-*-candidate/candidate/waits", "outcome.json"])
@pytest.mark.parametrize("how", ["input closed", "SIGTERM"])
def test_nothing_of_it_stays_whenever_it_ends(
    boot: Callable[..., Boot], app: Path, temporary: Path, when: str, how: str
) -> None:
    one, started = begun(boot, app, temporary, when)
    if how == "SIGTERM":
        one.running.process.send_signal(signal.SIGTERM)
    else:
        assert one.running.process.stdin is not None
        one.running.process.stdin.close()
    assert one.running.process.wait(PATIENCE_S) == 0
    assert remains_of(temporary) == []
    until(lambda: not [process for process in started if process.is_running()])


@pytest.mark.parametrize("when", ["gate-*-candidate/pg", "gate-*-candidate/candidate/waits", "outcome.json"])
def test_nothing_of_it_stays_where_who_started_it_was_killed(
    boot: Callable[..., Boot], app: Path, temporary: Path, when: str
) -> None:
    one, started = begun(boot, app, temporary, when)
    one.running.process.kill()
    one.running.process.wait(PATIENCE_S)
    one.running.stop()
    assert remains_of(temporary) == []
    until(lambda: not [process for process in started if process.is_running()])


CANARY = "canary-4c1d-password"
REACHES_OUT = """
import json, os, pathlib, psycopg
told = {}
url = os.environ["DATABASE_URL"]
def attempt(name, url, sql):
    try:
        with psycopg.connect(url) as connection:
            told[name] = str(connection.execute(sql).fetchall())
    except psycopg.Error as error:
        told[name] = type(error).__name__
attempt("superuser", url, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
attempt("program", url, "COPY (SELECT 1) TO PROGRAM 'env >&2'")
attempt("other user", "postgresql://postgres@/postgres?" + url.partition("?")[2], "SELECT 1")
told["parent"] = pathlib.Path(f"/proc/{os.getppid()}/environ").read_text(errors="replace")
pathlib.Path("told.json").write_text(json.dumps(told))
"""


def test_the_app_learns_no_secret_of_the_gate(
    app: Path, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, boot: Callable[..., Boot]
) -> None:
    monkeypatch.setenv("GATE_ADMIN_PASSWORD", CANARY)
    (app / "setup.py").write_text(SETUP + REACHES_OUT)
    commit(app)
    one = boot()
    one.served()
    (file,) = temporary.glob("gate-*-candidate/candidate/told.json")
    told = json.loads(file.read_text(encoding="utf-8"))
    assert told["superuser"] == "[(False,)]"
    assert (told["program"], told["other user"]) == ("InsufficientPrivilege", "OperationalError")
    assert CANARY not in told["parent"]
    running = [process for process in psutil.process_iter() if process.pid != os.getpid()]
    assert _with_canary(running, one.running.process.pid) == []


def _with_canary(processes: list[psutil.Process], root: int) -> list[str]:
    """Those of the candidate and of its Postgres whose environment holds it."""
    found = []
    for process in processes:
        with contextlib.suppress(psutil.Error):
            ours = (
                root in (process.pid, *(one.pid for one in process.parents())) or "postgres" in process.name()
            )
            if ours and CANARY in process.environ().values():
                found.append(" ".join(process.cmdline()))
    return found


WAITS_FOR_IT = (
    HEAD
    + """
@pytest.mark.check("mini.one")
def test_one(check, answers):
    check.examined(1, "things")
"""
)
BOOTS = """
[[item]]
id = "candidate.boots"
stages = ["preflight", "smoke"]
section = "3.3"
title = "It starts"
capability = "candidate"
"""


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_nothing(
    suite: Suite, app: Path, temporary: Path, sent: signal.Signals
) -> None:
    (app / "setup.py").write_text(WAITS)
    commit(app)
    suite.write("smoke/test_one.py", WAITS_FOR_IT)
    suite.write("target.toml", DESCRIBED)
    suite.write("checklist.toml", CHECKLIST + BOOTS)
    (suite.path / ".cache").symlink_to(ROOT / ".cache")
    running = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-m", "preflight or smoke", "--boot-candidate", f"--app-dir={app}"],
        cwd=suite.path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # These tests may themselves run in a shell's background, where ctrl-C is ignored.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    until(lambda: any(temporary.glob("gate-*-candidate/candidate/waits")) or running.poll() is not None)
    started = psutil.Process(running.pid).children(recursive=True)
    running.send_signal(sent)
    said, _ = running.communicate(timeout=PATIENCE_S)
    assert running.returncode == 2, said
    assert remains_of(temporary) == []
    until(lambda: not [process for process in started if process.is_running()])
    assert json.loads((suite.runs()[0] / "verdict.json").read_text())["verdict"] == "INCONCLUSIVE"


@pytest.mark.slow
def test_the_journeys_hold_on_the_clean_change(tmp_path: Path) -> None:
    seen = drill.judge("smoke", None, tmp_path)
    assert (seen.verdict, seen.exit_code) == ("GO", 0), f"{seen.reason}; report: {seen.report}"
    verdict = json.loads((tmp_path / "latest" / "smoke" / "verdict.json").read_text(encoding="utf-8"))
    boots = next(check for check in verdict["checks"] if check["id"] == "candidate.boots")
    assert (boots["outcome"], boots["examined"]) == ("passed", 1)
    assert verdict["environment"] == "candidate"
    assert verdict["commit"]["tree"]
