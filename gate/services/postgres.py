"""Postgres through psycopg: does it take the connection, and what is there. Read only, bounded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import psycopg
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from gate.services.http import is_loopback

CONNECT_S = 5
STATEMENT_S = 5

Reason = Literal[
    "address",
    "host",
    "refused",
    "timeout",
    "password",
    "database",
    "role",
    "tls",
    "denied",
    "full",
    "unknown",
]

# libpq tells the reason only in words, of the server's language.
_REASONS: tuple[tuple[Reason, str], ...] = (
    ("password", r"password authentication failed|autentificación password falló|no password supplied"),
    ("database", r"database \"[^\"]*\" does not exist|no existe la base de datos"),
    ("role", r"role \"[^\"]*\" does not exist|no existe el rol"),
    ("denied", r"pg_hba\.conf|permission denied for database|permiso denegado|is not permitted to log in"),
    ("full", r"too many (connections|clients)|remaining connection slots|starting up|recovery mode|demasiad"),
    ("timeout", r"timeout|timed out"),
    (
        "host",
        r"could not translate host name|failed to resolve|name or service not known|nodename nor servname",
    ),
    ("tls", r"ssl|tls|certificate"),
    ("refused", r"connection refused|no such file or directory|network is unreachable|no route to host"),
)

HINTS: dict[Reason, str] = {
    "address": "write it as postgresql://user:password@host/database; percent-encode / @ : # in the password",
    "host": "the host name in the address does not exist; copy the address again from the database's page",
    "refused": "nothing listens there; is the database up, and are host and port right?",
    "timeout": "nothing answers there; is the database up, and does its access list allow this machine?",
    "password": "password or user is wrong; copy the address again, and percent-encode special characters",
    "database": "the server has no database of that name",
    "role": "the server has no user of that name",
    "tls": "the encrypted connection failed; check sslmode in the address",
    "denied": "the server refuses this user or this machine; see its access list",
    "full": "the server takes no more connections now, or is just starting; try again",
    "unknown": "see what the server said",
}


@dataclass(frozen=True)
class SchemaFacts:
    """A schema as the connected role sees it.

    `unreadable` are tables and views that it may not SELECT from, `unwritable` tables that it may neither INSERT into
    nor UPDATE, `stuck` sequences that it may not draw from. `creatable`: it may make tables there.
    """

    name: str
    exists: bool
    usable: bool
    tables: int
    creatable: bool = False
    unreadable: tuple[str, ...] = ()
    unwritable: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()


@dataclass(frozen=True)
class Database:
    """What an address led to. `reason` is None when the connection was taken; then the other facts are known.

    `said` is the server's or the library's own message, without the password. `read_only` says what keeps every
    statement of the role from writing: a standby, or a setting.
    """

    reason: Reason | None
    said: str = ""
    host: str = ""
    name: str = ""
    user: str = ""
    version: str = ""
    encrypted: bool = False
    read_only: str = ""
    schemas: tuple[SchemaFacts, ...] = ()

    @property
    def connected(self) -> bool:
        """Whether the connection was taken."""
        return self.reason is None

    @property
    def hint(self) -> str:
        """What to do when it was not."""
        return HINTS[self.reason] if self.reason else ""


def look(url: SecretStr, schemas: tuple[str, ...] = ()) -> Database:
    """Connect once (at most 5 seconds for each address of the host) and look at the given schemas."""
    address = re.sub(r"^postgres(ql)?\+\w+:", "postgresql:", url.get_secret_value().strip())
    host = host_of(url)
    try:
        conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        return Database("address", "it cannot be read as a Postgres address", host)
    try:
        with psycopg.connect(
            address,
            connect_timeout=CONNECT_S,
            tcp_user_timeout=STATEMENT_S * 1000,
            application_name="release-gate",
            autocommit=True,
        ) as connection:
            # As statements: a connection pooler refuses them as startup options.
            connection.execute(f"SET statement_timeout = '{STATEMENT_S}s'")
            read_only = _read_only(connection)
            connection.execute("SET default_transaction_read_only = on")
            info = connection.info
            return Database(
                None,
                host=host,
                name=info.dbname,
                user=info.user,
                version=str(info.parameter_status("server_version") or ""),
                encrypted=bool(connection.pgconn.ssl_in_use),
                read_only=read_only,
                schemas=tuple(_schema(connection, name) for name in schemas),
            )
    except psycopg.Error as error:
        said = " ".join(str(error).split())
        return Database(reason_of(said), said, host)


def host_of(url: SecretStr) -> str:
    """The host of an address, as shown to people; empty when it has none."""
    try:
        return urlsplit(url.get_secret_value()).hostname or ""
    except ValueError:
        return ""


def is_internal_to_render(host: str) -> bool:
    """Whether a host name exists only inside Render's own network (Render's docs: internal database URL)."""
    return re.fullmatch(r"dpg-[a-z0-9]+-[a-z]", host) is not None


def travels_in_clear(url: SecretStr) -> str:
    """The host that an address would talk to without insisting on TLS; empty where it insists or need not.

    It need not on this machine, through a Unix socket, and inside Render's own network.
    """
    address = re.sub(r"^postgres(ql)?\+\w+:", "postgresql:", url.get_secret_value().strip())
    try:
        told = conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        return ""
    if str(told.get("sslmode") or "") in ("require", "verify-ca", "verify-full"):
        return ""
    for host in str(told.get("host") or told.get("hostaddr") or "").split(","):
        near = (
            not host
            or host.startswith("/")
            or is_loopback(f"http://[{host}]" if ":" in host else f"//{host}")
        )
        if not near and not is_internal_to_render(host):
            return host
    return ""


def reason_of(said: str) -> Reason:
    """Why a connection failed, from its message."""
    return next((reason for reason, pattern in _REASONS if re.search(pattern, said, re.I)), "unknown")


def _read_only(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    row = connection.execute(
        "SELECT pg_is_in_recovery(), current_setting('default_transaction_read_only')"
    ).fetchone()
    if row and row[0]:
        return "it is a standby: every transaction is read-only"
    return "default_transaction_read_only is on for this role" if row and row[1] == "on" else ""


# Partitions are written through their parent, an extension's tables are its own, and the sequence of an identity
# column asks for no right of its own.
_TABLES = """
SELECT c.relname, false,
       has_table_privilege(c.oid, 'SELECT'),
       c.relkind NOT IN ('r', 'p') OR has_table_privilege(c.oid, 'INSERT') AND has_table_privilege(c.oid, 'UPDATE')
FROM pg_class c
WHERE c.relnamespace = %s::oid AND c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
UNION ALL
SELECT c.relname, true, true, has_sequence_privilege(c.oid, 'USAGE')
FROM pg_class c
WHERE c.relnamespace = %s::oid AND c.relkind = 'S'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('i', 'e'))
ORDER BY 1
"""


def _schema(connection: psycopg.Connection[tuple[object, ...]], name: str) -> SchemaFacts:
    row = connection.execute(
        "SELECT oid, has_schema_privilege(oid, 'USAGE'), has_schema_privilege(oid, 'CREATE')"
        " FROM pg_namespace WHERE nspname = %s",
        (name,),
    ).fetchone()
    if row is None:
        return SchemaFacts(name, exists=False, usable=False, tables=0)
    rows = connection.execute(_TABLES, (row[0], row[0])).fetchall()
    return SchemaFacts(
        name,
        exists=True,
        usable=bool(row[1]),
        creatable=bool(row[2]),
        tables=sum(not sequence for _, sequence, _, _ in rows),
        unreadable=tuple(str(one) for one, _, readable, _ in rows if not readable),
        unwritable=tuple(str(one) for one, sequence, _, writable in rows if not sequence and not writable),
        stuck=tuple(str(one) for one, sequence, _, writable in rows if sequence and not writable),
    )
