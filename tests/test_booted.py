"""The parts of starting a candidate that need no running one."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gate.booted import doubles, running_candidate
from gate.booted.job import Job, outcome, side, write_outcome
from gate.booted.ports import hold, listens, port_of, taken, url_of
from gate.booted.side import Given, variables
from gate.inputs import validate
from gate.recorder import Check
from gate.redact import Scrubber
from gate.repo.last_words import advice, last_error
from gate.repo.processes import Ran
from gate.repo.start_command import serving
from gate.results import Blocked, Cause, CouldNotTell, Failed
from gate.run import Run
from gate.target import Target
from tests.conftest import TARGET as MINI

TARGET = {
    "schema": 1,
    "name": "Mini",
    "login": {
        "path": "/login",
        "user": "User",
        "password": "Password",
        "submit": "In",
        "proof": {"heading": "Home"},
    },
    "without": {"panels": "none", "shipment": "none", "pdf": "none", "mail": "none"},
    "variables": {
        "DATABASE_URL": {"kind": "postgres"},
        "DB_SCHEMA": {"kind": "schema"},
        "API_URL": {"kind": "url"},
        "NOT_NEEDED": {"required": False},
    },
    "candidate": {
        "accounts": {"admin": "admin@mini.example"},
        "env": {"SEED": "{password:admin}", "SQL": "{database}?x={1}", "API_KEY": "own"},
    },
}
DATABASE = "postgresql://candidate@/candidate"


def test_the_app_gets_what_target_says_and_nothing_of_the_gates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_ADMIN_PASSWORD", "never")
    target = validate(Path("target.toml"), TARGET, Target)
    given = Given({"API_KEY": "told", "GRAPH": "http://double"}, {"admin": "pw"})
    got = variables(target, DATABASE, given, 4711)
    assert got == {
        "DATABASE_URL": DATABASE,
        "DB_SCHEMA": "public",
        "API_URL": "http://127.0.0.1:1",
        "GRAPH": "http://double",
        "PORT": "4711",
        "SEED": "pw",
        "SQL": f"{DATABASE}?x={{1}}",
        "API_KEY": "own",  # target.toml has the last word
    }


@pytest.mark.parametrize(
    ("words", "served"),
    [
        ("gunicorn --check-config app:app", "gunicorn app:app"),
        ("gunicorn -w 2 --bind 0.0.0.0:10000 app:app", "gunicorn -w 2 app:app"),
        ("gunicorn -b :10000 -D app:app", "gunicorn app:app"),
        ("gunicorn --bind=:1 -b:2 app:create()", "gunicorn app:create()"),
    ],
)
def test_the_same_server_on_this_machine_only(words: str, served: str) -> None:
    assert " ".join(serving(words.split(), 8000)) == f"{served} --bind=127.0.0.1:8000 --access-logfile=-"


def test_a_held_port_is_nobody_elses_until_it_is_let_go() -> None:
    with hold() as held:
        port = port_of(held)
        assert url_of(held) == f"http://127.0.0.1:{port}"
        with socket.socket() as other, pytest.raises(OSError, match="in use"):
            other.bind(("127.0.0.1", port))


def test_who_listens_is_told_from_who_only_answers() -> None:
    with hold() as ours:
        own = os.getpid()
        assert not listens(own, port_of(ours))
        ours.listen()
        assert listens(own, port_of(ours))
        assert not listens(1, port_of(ours)) or own == 1
    assert not listens(2**22 + 1, 80)


@pytest.mark.parametrize(
    ("said", "port_taken"),
    [
        ("[ERROR] Connection in use: ('127.0.0.1', 8000)", True),
        ("OSError: [Errno 98] Address already in use", True),
        ("Address already in use\nPort 5000 is in use by another program.", True),
        ("ModuleNotFoundError: No module named 'x'", False),
    ],
)
def test_a_taken_port_is_told_from_a_broken_app(said: str, port_taken: bool) -> None:
    assert taken(said) == port_taken


@pytest.mark.parametrize(
    ("output", "said"),
    [
        ("  File \"/app/a.py\", line 3, in x\nKeyError: 'DB'", "a.py:3 - KeyError: 'DB'"),
        (
            '  File "/app/seed.py", line 9, in x\npsycopg.errors.UndefinedTable: no "b"\nLINE 1: x',
            'seed.py:9 - psycopg.errors.UndefinedTable: no "b"',
        ),
        ("SystemExit: 3", "SystemExit: 3"),
        ("one\nLINE 1: two", "exit 1: LINE 1: two"),
        ("", "exit 1: no output"),
    ],
)
def test_the_last_words_of_foreign_code(output: str, said: str) -> None:
    assert last_error(Ran(1, output), Path("/app")) == said


@pytest.mark.parametrize(
    ("output", "wanted"),
    [
        ("ModuleNotFoundError: No module named 'flask'", "provides flask"),
        ("ModuleNotFoundError: No module named 'shop.emails'", "shop.emails would be the app's own: commit"),
        ("ModuleNotFoundError: No module named 'flask.emails'", "provides flask.emails"),
        ("KeyError: 'DB_SCHEMA'", "DB_SCHEMA: declare it"),
        ("Killed", "the whole output"),
    ],
)
def test_what_to_do_about_them(tmp_path: Path, output: str, wanted: str) -> None:
    (tmp_path / "shop").mkdir()
    assert wanted in advice(output, tmp_path)


def test_a_job_is_one_line_and_comes_back(tmp_path: Path) -> None:
    job = Job(
        "run",
        tmp_path,
        tmp_path,
        tmp_path / "t.toml",
        tmp_path,
        None,
        tmp_path,
        {"candidate": 7},
        {"admin": "pw"},
    )
    assert "\n" not in job.to_wire()
    assert Job.from_wire(job.to_wire()) == job


@pytest.mark.parametrize(
    ("stopped", "kind"),
    [
        ({"outcome": "failed", "cause": "product", "blocked_by": None}, Failed),
        ({"outcome": "inconclusive", "cause": "configuration", "blocked_by": None}, CouldNotTell),
        ({"outcome": "blocked", "cause": "none", "blocked_by": "dependencies.install"}, Blocked),
    ],
)
def test_what_kept_a_side_from_starting_is_raised_where_it_is_waited_for(
    tmp_path: Path, stopped: dict[str, str | None], kind: type[Exception]
) -> None:
    why = {"expected": "e", "observed": "o", "hint": "h", **stopped}
    write_outcome(tmp_path, {"sides": {"base": {"url": "u"}, "candidate": {"stopped": why}}})
    told = outcome(tmp_path)
    assert side(told, "base") == {"url": "u"}
    with pytest.raises(kind):
        side(told, "candidate")


@pytest.mark.parametrize(
    ("sources", "played", "observed"),
    [
        ({"LINK": {"kind": "sharepoint"}, "KEY": {"required_when": "sync"}}, ["KEY", "LINK"], None),
        ({"LINK": {"kind": "sharepoint"}, "KEY": {"required_when": "sync"}}, ["KEY"], "tells LINK"),
        ({"LINK": {"kind": "sharepoint"}}, [], "tells LINK"),
        ({"KEY": {"required_when": "mail"}}, ["KEY"], "declares no variable"),
    ],
)
def test_the_candidate_syncs_with_doubles_alone(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    sources: dict[str, Any],
    played: list[str],
    observed: str | None,
) -> None:
    described = validate(Path("target.toml"), {**TARGET, "variables": sources, "candidate": {}}, Target)
    monkeypatch.setattr(running_candidate, "booted", lambda run, check: {"played": played})
    run, check = cast(Run, SimpleNamespace(target=described)), Check("sync.run", tmp_path, Scrubber())
    if observed is None:
        running_candidate.require_doubles(run, check)
        return
    with pytest.raises(CouldNotTell) as stop:
        running_candidate.require_doubles(run, check)
    assert observed in stop.value.observed
    assert stop.value.cause is Cause.CONFIGURATION


def test_what_may_be_done_on_the_candidate_and_what_it_cannot_prove(tmp_path: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_text(
        f'{MINI}[environments.candidate]\nnot_proven = {{ "sync.run" = "no double" }}\n'
        '[environments.production]\nurls = []\nnot_proven = { "pdf.generated" = "no writes" }\n'
    )
    given: dict[str, Any] = dict.fromkeys(field.name for field in fields(Run))
    there = Run(**given | {"target_file": file, "booted": tmp_path}).environment
    assert there.allow == ("create", "edit", "cancel", "sync", "write_probe")
    assert there.not_proven == {"sync.run": "no double"}


def test_a_starter_that_is_gone_is_not_waited_for(tmp_path: Path) -> None:
    (tmp_path / "pid").write_text(str(2**22 + 1))
    with pytest.raises(CouldNotTell, match="ended without a word"):
        outcome(tmp_path)


SHOWS_ITS_ENVIRONMENT = """
import json, os, sys
print(json.dumps(dict(os.environ)), flush=True)
sys.stdin.read()
"""


def test_a_double_gets_nothing_of_the_gates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GATE_ADMIN_PASSWORD", "never")
    (tmp_path / "double.py").write_text(SHOWS_ITS_ENVIRONMENT)
    with doubles.playing({"graph": "python double.py"}, tmp_path, tmp_path / "home") as told:
        assert set(told) - {"LC_CTYPE"} == {"PATH", "HOME", "LANG"}
        assert told["HOME"] == str(tmp_path / "home")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (f"{sys.executable} -c \"print('ready')\"", "it printed 'ready'"),
        (f'{sys.executable} -c "print([1])"', "no object of texts"),
        (f"{sys.executable} -c pass", "it ended, or printed nothing"),
        ("no-such-double", "No such file"),
    ],
)
def test_a_double_that_plays_nothing_is_named(tmp_path: Path, command: str, said: str) -> None:
    with (
        pytest.raises(CouldNotTell) as stop,
        doubles.playing({"graph": command}, tmp_path, tmp_path / "home"),
    ):
        pass
    assert said in stop.value.observed
    assert "[candidate.doubles] graph" in stop.value.hint
    assert stop.value.cause is Cause.CONFIGURATION
