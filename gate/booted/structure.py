"""What a database consists of, and how one that was upgraded differs from one that was set up afresh."""

from __future__ import annotations

from collections.abc import Set
from typing import LiteralString, NamedTuple

import psycopg

from gate.results import Finding

# The order of columns and the names of constraints do not count: an upgrade adds at the end, under other names.
_PARTS: LiteralString = r"""
WITH own AS (
    SELECT n.oid, n.nspname FROM pg_namespace n
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
), relations AS (
    SELECT c.oid, c.relkind, own.nspname || '.' || c.relname AS name
    FROM pg_class c JOIN own ON own.oid = c.relnamespace
)
SELECT r.name, 'column ' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
    || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END
    || CASE a.attidentity WHEN '' THEN '' ELSE ' GENERATED AS IDENTITY' END
    || coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '')
FROM relations r
JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'f')
UNION ALL
SELECT r.name, pg_get_constraintdef(k.oid)
FROM relations r JOIN pg_constraint k ON k.conrelid = r.oid
WHERE k.contype <> 'n'
UNION ALL
SELECT r.name, regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX \S+ ON ', ' INDEX ON ')
FROM relations r JOIN pg_index i ON i.indrelid = r.oid
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype <> 'f')
UNION ALL
SELECT r.name, 'view ' || pg_get_viewdef(r.oid) FROM relations r WHERE r.relkind IN ('v', 'm')
UNION ALL
SELECT r.name, pg_get_triggerdef(t.oid)
FROM relations r JOIN pg_trigger t ON t.tgrelid = r.oid WHERE NOT t.tgisinternal
UNION ALL
SELECT own.nspname, pg_get_functiondef(p.oid)
FROM pg_proc p JOIN own ON own.oid = p.pronamespace
WHERE p.prokind IN ('f', 'p')
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL
SELECT own.nspname || '.' || t.typname, 'value ' || e.enumlabel
FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN own ON own.oid = t.typnamespace
"""


class Part(NamedTuple):
    """A column, constraint, index, view, trigger, function or value of a type: where it is and what it says."""

    place: str
    definition: str


def structure_of(url: str) -> frozenset[Part]:
    """All parts of the app's own schemas."""
    with psycopg.connect(url, autocommit=True) as connection:
        return frozenset(Part(place, definition) for place, definition in connection.execute(_PARTS))


def differences(fresh: Set[Part], upgraded: Set[Part]) -> list[Finding]:
    """One finding for each part that only one of the two has."""
    hint = (
        "a migration that has run is not run again: put the change into a new one"
        " (was one edited, or the schema without any?)"
    )
    missing = [
        Finding(
            id="upgrade.missing", place=place, expected=definition, observed=f"no {definition}", hint=hint
        )
        for place, definition in sorted(fresh - upgraded)
    ]
    return missing + [
        Finding(
            id="upgrade.left",
            place=place,
            expected="nothing that the change does not set up afresh",
            observed=f"{definition} is left",
            hint=hint,
        )
        for place, definition in sorted(upgraded - fresh)
    ]
