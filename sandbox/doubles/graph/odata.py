"""The part of OData that lists of messages need: $filter, $orderby, $select, $top, paging.

What is not known is refused with 400. The real service may ignore it instead; a filter that is ignored in
silence is played by `GraphBehaviour.filter_ignored`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from sandbox.doubles.graph.errors import GraphError, bad_request

_PROPERTIES = ("subject", "receivedDateTime", "internetMessageId")
_LITERAL = r"'(?P<text>(?:[^']|'')*)'|(?P<date>\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)"
_COMPARISON = re.compile(rf"\s*(?P<name>\w+)\s+(?P<op>eq|ge|le)\s+(?:{_LITERAL})\s*")
_STARTSWITH = re.compile(r"\s*startswith\(\s*(?P<name>\w+)\s*,\s*'(?P<text>(?:[^']|'')*)'\s*\)\s*")
_OPTIONS = frozenset({"$filter", "$orderby", "$select", "$top", "$skip"})


@dataclass(frozen=True)
class Condition:
    name: str
    op: str
    value: str | datetime

    def holds(self, item: Mapping[str, Any]) -> bool:
        actual = item[self.name]
        if isinstance(self.value, datetime):
            moment = datetime.fromisoformat(actual)
            return {"eq": moment == self.value, "ge": moment >= self.value, "le": moment <= self.value}[
                self.op
            ]
        # Exchange compares text without regard to case.
        actual, wanted = actual.casefold(), self.value.casefold()
        if self.op == "startswith":
            return bool(actual.startswith(wanted))
        return bool({"eq": actual == wanted, "ge": actual >= wanted, "le": actual <= wanted}[self.op])


@dataclass(frozen=True)
class Query:
    """A list request, understood. `order` is (property, descending); `select` None means all."""

    conditions: tuple[Condition, ...]
    order: tuple[tuple[str, bool], ...]
    select: tuple[str, ...] | None
    top: int
    skip: int


def parse(parameters: Mapping[str, str]) -> Query:
    """Understands the query options of a list of messages. Raises GraphError 400."""
    unknown = [name for name in parameters if name.startswith("$") and name not in _OPTIONS]
    if unknown:
        raise bad_request(f"The query option '{unknown[0]}' is not supported here.")
    conditions = _conditions(parameters.get("$filter", ""))
    order = _order(parameters.get("$orderby", ""))
    _check_efficiency(conditions, order)
    select = parameters.get("$select")
    return Query(
        conditions=conditions,
        order=order,
        select=tuple(name.strip() for name in select.split(",")) if select else None,
        top=_number(parameters, "$top", 10, 1, 1000),
        skip=_number(parameters, "$skip", 0, 0, 1_000_000),
    )


def page(
    query: Query, items: Iterable[Mapping[str, Any]], url: str, parameters: Mapping[str, str]
) -> tuple[list[Mapping[str, Any]], str | None]:
    """The asked-for page of `items` (given newest first), and the link to the next one."""
    found = [item for item in items if all(condition.holds(item) for condition in query.conditions)]
    for name, descending in reversed(query.order):
        found.sort(key=lambda item: str(item[name]), reverse=descending)
    end = query.skip + query.top
    link = f"{url}?{urlencode({**parameters, '$skip': str(end)})}" if end < len(found) else None
    return found[query.skip : end], link


def _conditions(text: str) -> tuple[Condition, ...]:
    conditions: list[Condition] = []
    rest = text
    while rest.strip():
        match = _STARTSWITH.match(rest) or _COMPARISON.match(rest)
        if match is None or match["name"] not in _PROPERTIES:
            raise bad_request(f"Invalid filter clause: {rest.strip()!r}")
        conditions.append(_condition(match))
        rest = rest[match.end() :]
        if rest:
            keyword, _, rest = rest.partition(" ")
            if keyword != "and" or not rest.strip():
                raise bad_request(f"Invalid filter clause: {text!r}")
    return tuple(conditions)


def _condition(match: re.Match[str]) -> Condition:
    groups = match.groupdict()
    name, is_date = groups["name"], groups["name"] == "receivedDateTime"
    if is_date != (groups.get("date") is not None):
        raise bad_request(f"A value of another type was expected for '{name}'.")
    value = datetime.fromisoformat(groups["date"]) if is_date else groups["text"].replace("''", "'")
    return Condition(name, groups.get("op") or "startswith", value)


def _order(text: str) -> tuple[tuple[str, bool], ...]:
    order: list[tuple[str, bool]] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, direction = part.partition(" ")
        if name not in _PROPERTIES or direction.strip() not in ("", "asc", "desc"):
            raise bad_request(f"Invalid $orderby clause: {part!r}")
        order.append((name, direction.strip() == "desc"))
    return tuple(order)


def _check_efficiency(conditions: tuple[Condition, ...], order: tuple[tuple[str, bool], ...]) -> None:
    """What is ordered by must be filtered by too, first and in the same order (Graph, "List messages")."""
    filtered = list(dict.fromkeys(condition.name for condition in conditions))
    ordered = [name for name, _ in order]
    if filtered and filtered[: len(ordered)] != ordered:
        raise GraphError(
            400, "InefficientFilter", "The restriction or sort order is too complex for this operation."
        )


def _number(parameters: Mapping[str, str], name: str, default: int, least: int, most: int) -> int:
    text = parameters.get(name, str(default))
    if not text.isdecimal() or not least <= int(text) <= most:
        raise bad_request(f"Invalid value '{text}' for query option '{name}'.")
    return int(text)
