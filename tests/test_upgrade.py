"""A change on data that its base has made: served on them, or the migration that does not fit is named."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest

from gate.booted.job import outcome, side, upgraded
from gate.booted.postgres import server
from gate.booted.structure import Part, differences, structure_of
from gate.results import Blocked, CouldNotTell, Failed
from tests.test_booted_app import APP, DESCRIBED, PATIENCE_S, REQUIREMENTS, SETUP, Boot, commit

UPGRADED = f'{DESCRIBED}upgrade = ["python upgrade.py"]\n'
UPGRADE = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("ALTER TABLE notes ADD COLUMN kind text {}")
"""
COLUMN = "CREATE TABLE notes (said text, kind text{})"


@pytest.fixture
def boot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, str]], Boot]]:
    """Starts a change of the small app, given as files, on data of its base."""
    temporary = Path(tempfile.mkdtemp(prefix="bt-"))
    temporary.chmod(0o755)
    monkeypatch.setenv("TMPDIR", str(temporary))
    app = tmp_path / "app"
    app.mkdir()
    write(app, {"app.py": APP, "setup.py": SETUP, "requirements.txt": REQUIREMENTS})
    write(app, {".python-version": "3.11.9\n"})
    begun: list[Boot] = []

    def start(changed: dict[str, str], before: dict[str, str] | None = None) -> Boot:
        write(app, before or {})
        commit(app)
        subprocess.run(["git", "checkout", "-q", "-b", "feature/x"], cwd=app, check=True)
        write(app, changed)
        commit(app)
        begun.append(Boot(app, tmp_path / "boot", UPGRADED, upgraded=True))
        return begun[-1]

    yield start
    for one in begun:
        one.running.stop()
    shutil.rmtree(temporary, ignore_errors=True)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)


def test_it_is_served_on_the_data_of_the_base(boot: Callable[..., Boot]) -> None:
    anew = SETUP.replace("CREATE TABLE notes (said text)", COLUMN.format("")).replace("hello", "anew")
    one = boot(
        {
            "setup.py": anew.replace("VALUES ('anew')", "VALUES ('anew', 'x')"),
            "upgrade.py": UPGRADE.format(""),
        }
    )
    one.served()
    assert httpx.get(f"{one.url}/login", trust_env=False).json()["said"] == "hello"
    two = upgraded(outcome(one.folder, PATIENCE_S))
    assert structure_of(two["fresh"]) == structure_of(two["upgraded"])


def test_a_migration_that_does_not_fit_the_data(boot: Callable[..., Boot]) -> None:
    one = boot({"upgrade.py": UPGRADE.format("NOT NULL")})
    with pytest.raises(Blocked) as blocked:
        one.served()
    assert blocked.value.blocked_by == "candidate.upgrades"
    with pytest.raises(Failed, match="contains null values") as stop:
        upgraded(outcome(one.folder))
    assert "has filled" in stop.value.expected


def test_a_base_that_has_no_data_is_not_the_changes_fault(boot: Callable[..., Boot]) -> None:
    one = boot({"setup.py": SETUP, "upgrade.py": ""}, before={"setup.py": "raise SystemExit('no table')"})
    with pytest.raises(Blocked):
        one.served()
    with pytest.raises(CouldNotTell, match=r"the base: `python setup\.py`"):
        upgraded(outcome(one.folder))


def test_a_change_that_sets_up_nothing_is_for_candidate_boots_to_tell(boot: Callable[..., Boot]) -> None:
    one = boot({"setup.py": "raise SystemExit('no table')", "upgrade.py": ""})
    with pytest.raises(Failed, match="no table"):
        side(outcome(one.folder, PATIENCE_S), "candidate")
    with pytest.raises(Blocked) as blocked:
        upgraded(outcome(one.folder))
    assert blocked.value.blocked_by == "candidate.boots"


@pytest.fixture(scope="module")
def databases() -> Iterator[Callable[[str], str]]:
    """Makes a database by statements."""
    with tempfile.TemporaryDirectory(prefix="st-") as folder:
        Path(folder).chmod(0o755)
        with server(Path(folder) / "pg") as running:
            made: list[str] = []

            def make(statements: str) -> str:
                made.append(running.create_database(f"one_{len(made)}"))
                with psycopg.connect(made[-1], autocommit=True) as connection:
                    connection.execute(statements)
                return made[-1]

            yield make


TABLE = "CREATE TABLE a (id int PRIMARY KEY, b text);"


@pytest.mark.parametrize(
    ("fresh", "upgraded", "missing", "left"),
    [
        ("CREATE TABLE a (b text, id int PRIMARY KEY)", TABLE, [], []),
        (
            TABLE + "ALTER TABLE a ADD CONSTRAINT one CHECK (id > 0)",
            "CREATE TABLE a (id int PRIMARY KEY CHECK (id > 0), b text)",
            [],
            [],
        ),
        (TABLE + "CREATE INDEX one ON a (b)", TABLE + "CREATE INDEX other ON a (b)", [], []),
        (TABLE + "CREATE INDEX ON a (b)", TABLE, ["CREATE INDEX ON public.a USING btree (b)"], []),
        (
            "CREATE TABLE a (id int PRIMARY KEY, b text NOT NULL)",
            TABLE,
            ["column b text NOT NULL"],
            ["column b text"],
        ),
        (
            "CREATE TABLE a (id int PRIMARY KEY, b text DEFAULT 'x')",
            TABLE,
            ["column b text DEFAULT 'x'::text"],
            ["column b text"],
        ),
        (
            "CREATE TABLE a (id int, b text)",
            TABLE,
            ["column id integer"],
            ["PRIMARY KEY (id)", "column id integer NOT NULL"],
        ),
        (TABLE + "CREATE TYPE t AS ENUM ('x', 'y')", TABLE + "CREATE TYPE t AS ENUM ('x')", ["value y"], []),
        (
            TABLE,
            TABLE + "CREATE VIEW v AS SELECT b FROM a",
            [],
            ["column b text", "view  SELECT b\n   FROM a;"],
        ),
    ],
)
def test_what_an_upgraded_database_lacks_or_has_left(
    databases: Callable[[str], str], fresh: str, upgraded: str, missing: list[str], left: list[str]
) -> None:
    one, other = structure_of(databases(fresh)), structure_of(databases(upgraded))
    assert sorted(part.definition for part in one - other) == missing
    assert sorted(part.definition for part in other - one) == left


def test_a_function_is_a_part(databases: Callable[[str], str]) -> None:
    made = databases("CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT 1 $$")
    (only,) = structure_of(made)
    assert only.place == "public"
    assert "FUNCTION public.f()" in only.definition


def test_each_difference_is_a_finding() -> None:
    column, index = Part("app.a", "column b text"), Part("app.a", "CREATE INDEX ON app.a (c)")
    told = differences({column}, {index})
    assert [(one.id, one.place, one.observed) for one in told] == [
        ("upgrade.missing", "app.a", "no column b text"),
        ("upgrade.left", "app.a", "CREATE INDEX ON app.a (c) is left"),
    ]
    assert differences({column}, {column}) == []
