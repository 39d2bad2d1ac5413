"""Decorators on unguarded routes: one of them may be the app's guard under a name that nobody listed. Pure."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from gate.repo.census import Row
from gate.repo.python_source import Definition, Sources, begins
from gate.repo.routes import VERBS

_MOST = 3


def hint(unguarded: Sequence[Row], rows: Sequence[Row], sources: Sources) -> str:
    """What to do about unguarded routes that carry decorators of other names; empty where none does.

    `guards` replaces the list, so those that do guard one of the app's `rows` are named along.
    """
    carried: Counter[str] = Counter(name for row in unguarded for name in set(_carried(row, sources)))
    if not carried:
        return ""
    names = [name for name, _ in carried.most_common(_MOST)]
    known = sorted({guard.name for row in rows for guard in row.guards})
    listed = ", ".join(f'"{name}"' for name in [*known, *names])
    told = " or ".join(f"@{name} ({carried[name]} of {len(unguarded)})" for name in names)
    which, it = ("which is", "it lets") if len(names) == 1 else ("which are", "one lets")
    return (
        f"these routes carry {told}, {which} not in [routes] guards: "
        f"if {it} only some people in, add it: guards = [{listed}]; "
        "else put the guard on them, or list them under [routes.public] with the reason"
    )


def _carried(row: Row, sources: Sources) -> Iterator[str]:
    """Names of the decorators of a view, besides those that register it."""
    for node in _definitions(row, sources):
        for decorator in node.decorator_list:
            function = decorator.func if isinstance(decorator, ast.Call) else decorator
            if isinstance(function, ast.Name):
                yield function.id
            elif isinstance(function, ast.Attribute) and function.attr not in ("route", *VERBS):
                yield function.attr


def _definitions(row: Row, sources: Sources) -> Iterator[Definition | ast.ClassDef]:
    """Where the route is registered by a decorator, and where the running app has its view: the one or the other."""
    file, _, line = row.place.rpartition(":")
    view = row.served.view
    for path, at in ((file, line), (view.file, str(view.line)) if view else ("", "")):
        source = sources.by_path.get(path)
        for node in source.definitions.values() if source else ():
            if at in (str(begins(node)), *(str(one.lineno) for one in node.decorator_list)):
                yield node
