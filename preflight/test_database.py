"""Section 3.1: DATABASE_URL leads to a database, and DB_SCHEMA is in it."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict

import pytest
from pydantic import SecretStr

from gate.recorder import Check
from gate.repo.privileges import lacking
from gate.repo.variable_rules import kinds
from gate.repo.variables import Variables
from gate.results import Blocked, Cause, CouldNotTell, Failed
from gate.run import Run
from gate.services.postgres import SchemaFacts, host_of, is_internal_to_render, look, travels_in_clear
from gate.shared import Facts
from gate.target import Target

pytestmark = pytest.mark.preflight
DEFAULT_SCHEMA = "public"
ValueOf = Callable[[str], SecretStr]


@pytest.mark.check("database.tls")
def test_the_password_does_not_travel_in_clear(check: Check, target: Target, value_of: ValueOf) -> None:
    """The address insists on TLS, unless it stays on this machine or inside Render. libpq alone would only try it."""
    name = declared(target, "postgres")
    host = travels_in_clear(value_of(name))
    check.examined(1, "addresses")
    check.expect(
        not host,
        expected=f"{name} insists on an encrypted connection",
        observed=f"it leads to {host} and would go on in clear if the server offers no TLS",
        hint=f"add sslmode=require to {name} (or verify-full, with the server's certificate)",
    )


@pytest.mark.check("database.connects")
def test_the_database_takes_the_connection(check: Check, run: Run, target: Target, value_of: ValueOf) -> None:
    """The address is asked once, within seconds, as the app would ask it."""
    name = declared(target, "postgres")
    found = database(check, run, target, value_of)
    check.examined(1, "databases")
    where = found["host"] or "a local socket"
    encrypted = "encrypted" if found["encrypted"] else "not encrypted"
    check.attach_text(
        name,
        f"Postgres {found['version']} at {where}, {encrypted}, as {found['user']}",
    )


@pytest.mark.check("database.schema")
def test_the_schema_is_there(
    check: Check, run: Run, target: Target, variables: Variables, value_of: ValueOf
) -> None:
    """The schema exists in that database and the app's role may use it."""
    name = declared(target, "schema")
    wanted = value_of(name).get_secret_value()
    (schema,) = (SchemaFacts(**one) for one in database(check, run, target, value_of)["schemas"])
    check.examined(1, "schemas")
    check.attach_text(name, f"{schema.name}: {schema.tables} tables")
    check.expect(
        schema.exists and schema.usable,
        expected=f"{name} = {wanted}: a schema that the app's role may use",
        observed="no such schema" if not schema.exists else "the role lacks USAGE on it",
        hint=f"create it and run the app's schema script, or correct {name}",
    )


@pytest.mark.check("database.privileges")
def test_the_role_may_read_and_write(check: Check, run: Run, target: Target, value_of: ValueOf) -> None:
    """Asked of the catalogue: nothing is written. An empty schema must let the role make its tables."""
    facts = database(check, run, target, value_of)
    for name in kinds(target.variables, "schema")[:1]:
        value_of(name)
    (schema,) = (SchemaFacts(**one) for one in facts["schemas"])
    if not (schema.exists and schema.usable):
        raise Blocked("database.schema")
    check.examined(schema.tables or 1, "tables" if schema.tables else "schemas")
    role, where = facts["user"], f"schema {schema.name}"
    check.attach_text(
        "Privileges", f"{role} in {where}: {schema.tables} tables, may make more: {schema.creatable}"
    )
    findings = lacking(schema, role, facts["read_only"])
    check.no_findings(findings, expected=f"{role} may read and write in {where}")


def database(check: Check, run: Run, target: Target, value_of: ValueOf) -> Facts:
    """The database's facts, asked once per run; a failure belongs to database.connects."""
    name = declared(target, "postgres")
    url = value_of(name)
    named = kinds(target.variables, "schema")[:1]
    schemas = [] if named else [DEFAULT_SCHEMA]
    # A bad name of a schema is no reason not to connect.
    with suppress(Blocked):
        schemas += [value_of(one).get_secret_value() for one in named]

    def ask() -> Facts:
        with check.step(f"Connect to {name}"):
            found = look(url, tuple(schemas))
        if found.connected:
            return asdict(found)
        expected = f"{name} connects"
        if found.reason == "full":
            raise CouldNotTell(expected, found.said, found.hint, cause=Cause.THIRD_PARTY)
        if found.reason == "host" and is_internal_to_render(host_of(url)):
            raise CouldNotTell(
                expected,
                f"{found.host} exists only inside Render's network",
                "give the database's external address in the file named with --env-file",
                cause=Cause.CONFIGURATION,
            )
        raise Failed(expected, found.said, found.hint)

    return run.shared.get("database", "database.connects", check, ask)


def declared(target: Target, kind: str) -> str:
    """The first variable of a kind; the check cannot tell anything without one."""
    names = kinds(target.variables, kind)
    if not names:
        raise CouldNotTell(
            f"a variable of the kind {kind} in target.toml",
            "it declares none",
            f'declare it under [variables], such as: NAME = {{ kind = "{kind}" }}, '
            f"or say why the app has none: without.{kind} = 'reason'",
            cause=Cause.CONFIGURATION,
        )
    return names[0]
