"""What may be the app's guard under a name that nobody listed: decorators of unguarded routes, and what runs before.

Pure.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence

from gate.repo.census import Row
from gate.repo.python_source import Definition, Sources, begins, is_test
from gate.repo.routes import BEFORE, VERBS

_MOST = 3
_OF_A_CLASS = ("decorators", "method_decorators")
_TURN_AWAY = ("redirect", "unauthorized")
# What people are told who may not be there; other errors are about what they sent.
_REFUSED = (401, 403, 404)
_SEVERAL = 3


def hint(unguarded: Sequence[Row], rows: Sequence[Row], sources: Sources) -> str:
    """What to do about unguarded routes; empty where nothing but the guard itself is missing.

    What is around their views may guard them, and what runs before requests and may refuse one. `guards` replaces the
    list, so those that do guard one of the app's `rows` are named along.
    """
    wrapping = {name for row in unguarded for name in _around(row, sources)}
    carried = Counter(
        name for row in unguarded for name in dict.fromkeys((*_around(row, sources), *_carried(row, sources)))
    )
    # What the running app has around a view may guard it; other decorators may only note something.
    likely = _likely(carried, wrapping, sources)
    names = sorted(likely, key=lambda name: (name not in wrapping, -carried[name]))[:_MOST]
    known = sorted({guard.name for row in rows for guard in row.guards})
    before = [one for one in dict.fromkeys(_before(sources)) if one not in known][:_MOST] if unguarded else []
    if not names and not before:
        return "" if known or len(unguarded) < _SEVERAL else _none_at_all(len(unguarded))
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


def _none_at_all(routes: int) -> str:
    return (
        f"none of these {routes} routes has a guard, and no other route either: name the app's own in [routes] guards "
        'of target.toml; or, where all of it is for everybody, say why: [routes.public] "/*" = "the reason"'
    )


def _likely(carried: Counter[str], wrapping: Collection[str], sources: Sources) -> list[str]:
    """Those of the app's own that can turn people away; where there are none, what is not plainly something else."""
    own: dict[str, list[Definition]] = {}
    for source in sources.modules.values():
        for node in source.definitions.values():
            if not isinstance(node, ast.ClassDef) and node.name in carried:
                own.setdefault(node.name, []).append(node)
    refusing = [name for name, nodes in own.items() if any(map(_turns_away, nodes))]
    return refusing or [
        name for name, count in carried.items() if name not in own or name in wrapping or count > 1
    ]


def _turns_away(node: Definition) -> bool:
    """Whether a function can end without going on to the view: it raises, aborts, or returns something else first."""
    functions = [one for one in ast.walk(node) if isinstance(one, Definition)]
    given = {one.arg for function in functions for one in ast.walk(function.args) if isinstance(one, ast.arg)}
    calls = [one.lineno for function in functions for one in function.body if _calls(one, given)]
    # What stands behind a sure call of the view keeps nobody from it.
    until = min(calls, default=node.end_lineno or node.lineno)
    for inner in ast.walk(node):
        if isinstance(inner, ast.Raise | ast.Call) and inner.lineno <= until and _refuses(inner):
            return True
    returns = [[one for one in _answers(function) if one.lineno <= until] for function in functions]
    return any(len(some) > 1 for some in returns)


def _refuses(node: ast.Raise | ast.Call) -> bool:
    if isinstance(node, ast.Raise):
        return True
    called = ast.unparse(node.func).rpartition(".")[2]
    code = node.args[0] if node.args else None
    told = not isinstance(code, ast.Constant) or code.value in _REFUSED
    return called in _TURN_AWAY or (called == "abort" and told)


def _calls(statement: ast.stmt, names: Collection[str]) -> bool:
    """Whether a statement calls one of these, whatever is so."""
    if isinstance(statement, ast.If | ast.Try | ast.For | ast.While | ast.Match | Definition):
        return False
    called = (one.func for one in ast.walk(statement) if isinstance(one, ast.Call))
    return any(isinstance(one, ast.Name) and one.id in names for one in called)


def _answers(node: Definition) -> list[ast.Return]:
    """Where a function itself returns a value, which None is not."""
    found: list[ast.Return] = []
    waiting: list[ast.AST] = list(node.body)
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, ast.Return) and not _is_none(inner.value):
            found.append(inner)
        if not isinstance(inner, Definition | ast.Lambda):
            waiting += ast.iter_child_nodes(inner)
    return found


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _before(sources: Sources) -> Iterator[str]:
    """What runs before requests and may refuse one: functions that stop or answer, and decorators on such."""
    for source in sources.modules.values():
        for node in source.definitions.values() if source.may_route and not is_test(source.path) else ():
            names = list(_decorators(node))
            if not isinstance(node, ast.ClassDef) and {*names} & {*BEFORE}:
                yield from (name for name in names if name not in BEFORE)
                if _turns_away(node) or _answers(node):
                    yield node.name


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


def _decorators(node: Definition | ast.ClassDef) -> Iterator[str]:
    """The last part of each decorator's name; a class view names some for each of its methods."""
    return _names([*node.decorator_list, *_of_class(node)])


def _names(decorators: Iterable[ast.expr]) -> Iterator[str]:
    for decorator in decorators:
        function = decorator.func if isinstance(decorator, ast.Call) else decorator
        if isinstance(function, ast.Name | ast.Attribute):
            yield function.id if isinstance(function, ast.Name) else function.attr


def _carried(row: Row, sources: Sources) -> Iterator[str]:
    """Names of the decorators of a view and of its class, besides those that register it."""
    for node in _definitions(row, sources):
        passed_over = {"route", *VERBS}
        if isinstance(node, ast.ClassDef) and node.decorator_list:
            # A package's decorator above a class makes the class, and is around none of its methods: @attr.s.
            above = {*_decorators(node)} - {*_names(_of_class(node))}
            passed_over |= above - {
                one.name for some in sources.modules.values() for one in some.definitions.values()
            }
        yield from (name for name in _decorators(node) if name not in passed_over)


def _of_class(node: Definition | ast.ClassDef) -> Iterator[ast.expr]:
    """What a class view puts around each of its methods."""
    for one in node.body if isinstance(node, ast.ClassDef) else ():
        named = {name.id for name in getattr(one, "targets", ()) if isinstance(name, ast.Name)}
        if (
            isinstance(one, ast.Assign)
            and isinstance(one.value, ast.List | ast.Tuple)
            and named & {*_OF_A_CLASS}
        ):
            yield from one.value.elts


def _definitions(row: Row, sources: Sources) -> Iterator[Definition | ast.ClassDef]:
    """Where the route is registered by a decorator, and where the running app has its view: the one or the other.

    With a method its class.
    """
    file, _, line = row.place.rpartition(":")
    view = row.served.view
    for path, at in ((file, line), (view.file, str(view.line)) if view else ("", "")):
        source = sources.by_path.get(path)
        for node in source.definitions.values() if source else ():
            holds = isinstance(node, ast.ClassDef) and node.lineno < int(at) <= (node.end_lineno or 0)
            if holds or at in (str(begins(node)), *(str(one.lineno) for one in node.decorator_list)):
                yield node
