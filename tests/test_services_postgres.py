"""gate.services.postgres against a real Postgres, and against addresses where there is none."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from gate.services.postgres import (
    Reason,
    SchemaFacts,
    host_of,
    is_internal_to_render,
    look,
    reason_of,
    travels_in_clear,
)
from sandbox.postgres import grant_reading, postgres

PASSWORD = "made-up-password"


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("postgres")
    # Postgres runs as a user of its own when the tests run as root.
    for path in (folder, *folder.parents):
        if path.stat().st_uid == Path("/").stat().st_uid and path != Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    with postgres(folder / "data") as url:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE SCHEMA envios")
            connection.execute("CREATE TABLE envios.envios (id int)")
            connection.execute("CREATE SCHEMA locked")
        yield url


def test_a_connection_and_its_schemas_are_told(server: str) -> None:
    found = look(SecretStr(server), ("envios", "missing"))
    assert found.connected
    assert found.version
    assert not found.encrypted
    assert found.schemas == (
        SchemaFacts("envios", exists=True, usable=True, tables=1),
        SchemaFacts("missing", exists=False, usable=False, tables=0),
    )


def test_a_schema_that_the_role_may_not_use_is_told(server: str) -> None:
    found = look(SecretStr(grant_reading(server, "envios")), ("envios", "locked"))
    assert [(schema.name, schema.usable) for schema in found.schemas] == [("envios", True), ("locked", False)]


def test_an_address_in_the_form_of_sqlalchemy_is_understood(server: str) -> None:
    assert look(SecretStr(server.replace("postgresql:", "postgresql+psycopg:"))).connected


def test_a_database_that_the_server_lacks_is_named(server: str) -> None:
    found = look(SecretStr(server.replace("/envios?", "/missing?")))
    assert (found.connected, found.reason) == (False, "database")
    assert found.hint


def test_a_wrong_password_is_named_and_not_shown(server: str) -> None:
    found = look(SecretStr(re.sub(r"(?<=//envios:)[^@]+", PASSWORD, server)))
    assert (found.connected, found.reason) == (False, "password")
    assert PASSWORD not in found.said


def test_a_port_where_nothing_listens_is_refused() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = look(SecretStr(f"postgresql://u:{PASSWORD}@127.0.0.1:{port}/d"))
    assert found.reason == "refused"
    assert PASSWORD not in found.said


def test_a_host_that_does_not_exist_is_told() -> None:
    assert look(SecretStr("postgresql://u:p@nowhere.invalid/d")).reason == "host"


@pytest.mark.slow
def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        found = look(SecretStr(f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/d"))
    assert found.reason == "timeout"


@pytest.mark.parametrize("url", ["nonsense", "postgresql://[half/d", "postgresql://u:p%zz@h/d"])
def test_an_address_that_cannot_be_read_is_told(url: str) -> None:
    assert look(SecretStr(url)).reason == "address"


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('FATAL:  password authentication failed for user "u"', "password"),
        ("FATAL:  la autentificación password falló para el usuario «u»", "password"),
        ('FATAL:  no pg_hba.conf entry for host "1.2.3.4"', "denied"),
        ("FATAL:  remaining connection slots are reserved", "full"),
        ("FATAL:  the database system is starting up", "full"),
        ("connection timeout expired", "timeout"),
        ("server does not support SSL, but SSL was required", "tls"),
        ("something else", "unknown"),
    ],
)
def test_the_reason_is_read_from_the_message(said: str, reason: Reason) -> None:
    assert reason_of(said) == reason


def test_a_host_of_renders_own_network_is_known() -> None:
    assert is_internal_to_render(host_of(SecretStr("postgresql://u:p@dpg-abc123-a/d")))
    assert not is_internal_to_render(
        host_of(SecretStr("postgresql://u:p@dpg-abc123-a.oregon-postgres.render.com/d"))
    )


@pytest.mark.parametrize(
    ("address", "in_clear"),
    [
        ("postgresql://u:p@db.envios.example/d", "db.envios.example"),
        ("postgresql+psycopg://u:p@db.envios.example/d?sslmode=prefer", "db.envios.example"),
        ("postgresql://u:p@db.envios.example/d?sslmode=require", ""),
        ("postgresql://u:p@db.envios.example/d?sslmode=verify-full", ""),
        ("postgresql://u:p@dpg-d0000000000000000000-a.oregon-postgres.render.com/d",
         "dpg-d0000000000000000000-a.oregon-postgres.render.com"),
        ("postgresql://u:p@dpg-d0000000000000000000-a/d", ""),
        ("postgresql://u:p@127.0.0.1:5432/d", ""),
        ("postgresql://u:p@[::1]/d", ""),
        ("postgresql://u:p@localhost/d", ""),
        ("postgresql://u:p@/d?host=/var/run/postgresql", ""),
        ("postgresql://u:p@one.example,two.example/d", "one.example"),
        ("no address", ""),
    ],
)  # fmt: skip
def test_an_address_that_does_not_insist_on_tls_is_known(address: str, in_clear: str) -> None:
    assert travels_in_clear(SecretStr(address)) == in_clear
