"""The second witness reads one table of a real Postgres, in the right schema, and can change nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from pydantic import SecretStr

from gate.results import Cause, CouldNotTell
from gate.services.witness import DATABASE_URL, Witness, open_witness
from gate.settings import Settings
from gate.target import SyncLog, Target
from sandbox.postgres import grant_reading, postgres

TABLES = """
CREATE SCHEMA live; CREATE SCHEMA copy; CREATE SCHEMA hidden;
CREATE TABLE live.parcels (number text, note text, weight numeric(8, 2));
CREATE TABLE copy.parcels (number text, note text, weight numeric(8, 2));
CREATE TABLE hidden.parcels (number text);
CREATE TABLE live.log (id integer, read integer, result text);
INSERT INTO live.parcels VALUES ('N-1', 'for gate-1-full', 12.5), ('N-2', 'other', 1);
INSERT INTO copy.parcels VALUES ('N-1', 'a namesake', 3);
INSERT INTO live.log VALUES (1, 10, 'ok');
"""


@dataclass(frozen=True)
class Place:
    """What the witness needs to know of a run."""

    target: Target
    settings: Settings


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The owner's URL and the reader's."""
    folder = tmp_path_factory.mktemp("pg")
    folder.chmod(0o755)
    for parent in folder.parents[:2]:
        parent.chmod(0o755)
    with postgres(folder / "data") as owner:
        with psycopg.connect(owner, autocommit=True) as connection:
            connection.execute(TABLES)
        yield owner, grant_reading(owner, "live", "copy")


def _place(url: str | None, **database: str) -> Place:
    described: dict[str, Any] = {"table": "parcels", "number": "number", **database}
    without = dict.fromkeys(("panels", "shipment", "pdf", "mail"), "none")
    login = {"path": "/", "user": "U", "password": "P", "submit": "S", "proof": {"text": "Home"}}
    target = Target.model_validate(
        {"schema": 1, "name": "Mini", "login": login, "without": without, "database": described}
    )
    return Place(target, Settings({DATABASE_URL: SecretStr(url)} if url else {}))


@pytest.fixture
def witness(urls: tuple[str, str]) -> Iterator[Witness]:
    with open_witness(_place(urls[1], schema="live")) as one:
        yield one


def test_a_row_by_its_number_and_by_its_mark(witness: Witness) -> None:
    assert [row["weight"] for row in witness.rows("N-1")] == [pytest.approx(12.5)]
    assert witness.rows("N-9") == []
    assert [row["number"] for row in witness.marked("note", "gate-1-full")] == ["N-1"]
    assert witness.marked("note", "gate-1-full", "copy") == []
    assert [row["note"] for row in witness.rows("N-1", "copy")] == ["a namesake"]


def test_only_schemas_that_can_be_read_count(witness: Witness) -> None:
    assert (witness.table.schema, witness.table.others) == ("live", ("copy",))


def test_a_log_is_read_from_where_it_was(urls: tuple[str, str], witness: Witness) -> None:
    log = SyncLog(table="log", counts={"read": "read"})
    newest = witness.newest(log)
    assert newest == 1
    with psycopg.connect(urls[0], autocommit=True) as connection:
        connection.execute("INSERT INTO live.log VALUES (2, 5, 'ok'), (3, 6, 'error')")
    assert [row["read"] for row in witness.logged_after(log, newest)] == [5, 6]
    assert len(witness.logged_after(log, None)) == 3


def test_it_cannot_write_even_as_the_owner(urls: tuple[str, str]) -> None:
    with open_witness(_place(urls[0], schema="live")) as one, pytest.raises(CouldNotTell, match="read-only"):
        one._ask("DELETE FROM live.parcels RETURNING *")


@pytest.mark.parametrize(
    ("database", "said"),
    [
        ({}, "copy, live"),
        ({"schema": "hidden"}, "copy, live"),
        ({"table": "nothing"}, "no schema"),
    ],
)
def test_a_table_that_is_not_found_is_a_matter_of_configuration(
    urls: tuple[str, str], database: dict[str, str], said: str
) -> None:
    with pytest.raises(CouldNotTell, match=said) as stop, open_witness(_place(urls[1], **database)):
        pass
    assert stop.value.cause is Cause.CONFIGURATION


def test_a_column_that_is_not_there_is_told(urls: tuple[str, str]) -> None:
    with (
        open_witness(_place(urls[1], schema="live", number="numero")) as one,
        pytest.raises(CouldNotTell, match="numero"),
    ):
        one.rows("N-1")


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        (lambda url: None, Cause.CONFIGURATION),
        (lambda url: url.replace("//lector:", "//lector:x"), Cause.CONFIGURATION),
        (lambda url: "postgresql://lector:x@127.0.0.1:1/envios", Cause.THIRD_PARTY),
    ],
)
def test_why_it_cannot_connect(urls: tuple[str, str], change: Any, cause: Cause) -> None:
    with pytest.raises(CouldNotTell) as stop, open_witness(_place(change(urls[1]), schema="live")):
        pass
    assert stop.value.cause is cause
    assert DATABASE_URL in stop.value.expected + stop.value.observed
