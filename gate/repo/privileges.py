"""What the app's role lacks in its schema, from the facts of the catalogue. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from gate.results import Finding
from gate.services.postgres import SchemaFacts


def lacking(schema: SchemaFacts, role: str, read_only: str) -> list[Finding]:
    """Everything that keeps the role from reading and writing in the schema; `read_only` as Database tells it."""
    return list(_lacking(schema, role, read_only))


def _lacking(schema: SchemaFacts, role: str, read_only: str) -> Iterator[Finding]:
    if read_only:
        yield Finding(
            id="database.read_only",
            place=role,
            expected="a role that may write",
            observed=read_only,
            hint="connect to the primary, with a role that may write",
        )
    if not schema.tables and not schema.creatable:
        yield Finding(
            id="database.empty",
            place=schema.name,
            expected="tables, or the right to make them",
            observed="no table, and the role may make none",
            hint=f"as the owner: GRANT CREATE ON SCHEMA {schema.name} TO {role}",
        )
    for word, names, may, grant in (
        ("unreadable", schema.unreadable, "read it", "SELECT ON TABLE"),
        ("unwritable", schema.unwritable, "insert and update there", "INSERT, UPDATE ON TABLE"),
        ("stuck", schema.stuck, "draw numbers from it", "USAGE ON SEQUENCE"),
    ):
        for name in names:
            yield Finding(
                id=f"database.{word}",
                place=f"{schema.name}.{name}",
                expected=f"{role} may {may}",
                observed="it may not",
                hint=f"as the owner: GRANT {grant} {schema.name}.{name} TO {role}",
            )
