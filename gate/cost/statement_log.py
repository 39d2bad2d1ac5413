"""Postgres' own log of statements: which an app sent, with their parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Each entry of the log begins with this and the database's name; its further lines begin with a tab.
PREFIX = "gate|%d|"
SETTINGS = {
    "log_statement": "all",
    "log_line_prefix": PREFIX,
    "log_parameter_max_length": "-1",
    "lc_messages": "C",
    # Whoever tidies up in the background would make one plan differ from the other.
    "autovacuum": "off",
}
_ENTRY = re.compile(
    r"^gate\|(?P<database>[^|\n]*)\|(?P<level>[A-Z]+): +(?P<said>[^\n]*(?:\n\t[^\n]*)*)", re.MULTILINE
)
_SENT = re.compile(r"(?:statement|execute [^:]*): (?P<sql>.*)", re.DOTALL)
_PARAMETER = re.compile(r"\$(\d+) = (NULL|'(?:[^']|'')*')")
_VALUE = re.compile(
    r"'(?:[^']|'')*'|%\(\w+\)s|%s|\$\d+|(?<![:\w]):[a-z_]\w*|(?<![\w.])\d+(?:\.\d+)?\b|\?", re.IGNORECASE
)
_LIST = re.compile(r"\?(?:, ?\?)+")
# What drivers and pools say to keep a connection, whatever page is asked for.
_HOUSEKEEPING = re.compile(
    r"(begin|start transaction|commit|end|rollback|savepoint|release|set|show|reset|discard|deallocate|close|listen)\b"
    r"|select (1|pg_catalog\.version\(\)|current_schema\(\)|version\(\))$|$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Statement:
    """One statement as it was sent. `parameters` are literals of SQL ('text' or NULL) by the number of their `$`."""

    sql: str
    parameters: tuple[tuple[int, str], ...] = ()

    def with_values(self) -> str:
        """The same with its parameters written in, outside of texts and names in quotes."""
        values = dict(self.parameters)
        return re.sub(
            r"'(?:[^']|'')*'|\"[^\"]*\"|\$(\d+)",
            lambda found: values.get(int(found[1]), found[0]) if found[1] else found[0],
            self.sql,
        )


def shape(sql: str) -> str:
    """A statement without its values, blanks and case: what a loop sends again and again, however values are sent.

    Takes placeholders of drivers (%s, %(name)s, :name, ?) as well as of Postgres.
    """
    without = _VALUE.sub("?", sql.replace("%%", "%"))
    return _LIST.sub("?", " ".join(without.lower().split())).rstrip("; ")


def statements(log: str, database: str) -> list[Statement]:
    """The statements of one database in a piece of the log, in their order, housekeeping left out."""
    found: list[Statement] = []
    open_one = False
    for entry in _ENTRY.finditer(log):
        if entry["database"] != database:
            continue
        said = entry["said"].replace("\n\t", "\n")
        if entry["level"] == "LOG":
            sent = _SENT.match(said)
            open_one = sent is not None and not _HOUSEKEEPING.match(sent["sql"].strip().rstrip(";"))
            if sent and open_one:
                found.append(Statement(sent["sql"].strip()))
        elif entry["level"] == "DETAIL" and open_one and said.lower().startswith("parameters: "):
            values = tuple((int(number), value) for number, value in _PARAMETER.findall(said))
            found[-1] = Statement(found[-1].sql, values)
    return found
