"""What may be the app's guard under a name nobody listed: around unguarded routes, or before every request. Pure."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from gate.repo.census import Row
from gate.repo.python_source import Definition, Sources, begins, is_test
from gate.repo.routes import BEFORE, VERBS

_MOST = 3


def hint(unguarded: Sequence[Row], rows: Sequence[Row], sources: Sources) -> str:
    """What to do about unguarded routes where a function of another name may guard them; empty where none may.

    Such are what is around their views, and what runs before requests and may refuse one. `guards` replaces the
    list, so those that do guard one of the app's `rows` are named along.
    """
    wrapping = {name for row in unguarded for name in _around(row, sources)}
    carried = Counter(
        name for row in unguarded for name in dict.fromkeys((*_around(row, sources), *_carried(row, sources)))
    )
    # What the running app has around a view may guard it; other decorators may only note something.
    names = sorted(carried, key=lambda name: (name not in wrapping, -carried[name]))[:_MOST]
    known = sorted({guard.name for row in rows for guard in row.guards})
    before = (
        [name for name in dict.fromkeys(_before(sources)) if name not in known][:_MOST] if unguarded else []
    )
    if not names and not before:
        return ""
    listed = ", ".join(f'"{name}"' for name in dict.fromkeys([*known, *before, *names]))
    carry = " or ".join(f"@{name} ({carried[name]} of {len(unguarded)})" for name in names)
    told = [f"these routes carry {carry}"] if names else []
    told += [f"before requests the app runs {' and '.join(before)}"] if before else []
    which, it = ("which is", "it lets") if len(names) + len(before) == 1 else ("which are", "one lets")
    return (
        f"{', and '.join(told)}, {which} not in [routes] guards: "
        f"if {it} only some people in, add it: guards = [{listed}]; "
        "else put the guard on them, or list them under [routes.public] with the reason"
    )


def _around(row: Row, sources: Sources) -> Iterator[str]:
    """The app's own functions that the running app has around a view, by the name that stands in the source."""
    for place in row.served.chain[:-1]:
        source = sources.by_path.get(place.file)
        enclosing = [
            node
            for node in (source.definitions.values() if source else ())
            if begins(node) <= place.line <= (node.end_lineno or node.lineno)
        ]
        functions = [node for node in enclosing if not isinstance(node, ast.ClassDef)]
        outermost = min(functions, key=begins, default=None)
        if outermost is not None and outermost.name == "__call__":
            # An object of a class is the decorator: it is known by the name of its class.
            yield from (node.name for node in enclosing if outermost in ast.iter_child_nodes(node))
        elif outermost is not None:
            yield outermost.name


def _before(sources: Sources) -> Iterator[str]:
    """What runs before requests and may refuse one: functions that raise or answer, and decorators on such."""
    for source in sources.modules.values():
        if not source.may_route or is_test(source.path):
            continue
        for node in source.definitions.values():
            names = list(_decorators(node))
            if isinstance(node, ast.ClassDef) or not {*names} & {*BEFORE}:
                continue
            yield from (name for name in names if name not in BEFORE)
            if _may_refuse(node):
                yield node.name


def _decorators(node: Definition | ast.ClassDef) -> Iterator[str]:
    """The last part of each decorator's name."""
    for decorator in node.decorator_list:
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(function, ast.Name | ast.Attribute):
            yield function.id if isinstance(function, ast.Name) else function.attr


def _may_refuse(node: Definition) -> bool:
    return any(
        isinstance(one, ast.Raise)
        or (isinstance(one, ast.Return) and one.value is not None and not _is_none(one.value))
        or (isinstance(one, ast.Call) and ast.unparse(one.func).rpartition(".")[2] == "abort")
        for one in ast.walk(node)
    )


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _carried(row: Row, sources: Sources) -> Iterator[str]:
    """Names of the decorators of a view, besides those that register it."""
    for node in _definitions(row, sources):
        yield from (name for name in _decorators(node) if name not in ("route", *VERBS))


def _definitions(row: Row, sources: Sources) -> Iterator[Definition | ast.ClassDef]:
    """Where the route is registered by a decorator, and where the running app has its view: the one or the other."""
    file, _, line = row.place.rpartition(":")
    view = row.served.view
    for path, at in ((file, line), (view.file, str(view.line)) if view else ("", "")):
        source = sources.by_path.get(path)
        for node in source.definitions.values() if source else ():
            if at in (str(begins(node)), *(str(one.lineno) for one in node.decorator_list)):
                yield node
