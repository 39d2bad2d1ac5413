"""Source and running app put together: every route × method with its guard. Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gate.repo.app_facts import Place, Served
from gate.repo.blueprints import Declared
from gate.repo.guards import Guard, GuardReader
from gate.repo.python_source import Definition, Sources, begins
from gate.repo.scopes import World
from gate.results import Finding


@dataclass(frozen=True)
class Row:
    """One route × method as it is served. `seen` says how it is known: the source, running alone, or a package."""

    served: Served
    place: str
    guards: tuple[Guard, ...]
    seen: str
    useless: tuple[Guard, ...] = ()

    @property
    def key(self) -> str:
        """GET /envios."""
        return self.served.key

    def __str__(self) -> str:
        guard = " + ".join(map(str, self.guards)) or ("static files" if self.served.is_static else "no guard")
        return f"{self.key:<44} {guard:<44} {self.place}" + (
            "" if self.seen == "source" else f" ({self.seen})"
        )


@dataclass(frozen=True)
class Census:
    """All rows, and the declared routes that the app does not serve."""

    rows: tuple[Row, ...]
    unserved: tuple[Declared, ...]

    @property
    def agreeing(self) -> int:
        """How many rows source and url_map both have."""
        return sum(row.seen == "source" for row in self.rows)


def census(
    declared: Sequence[Declared], served: Sequence[Served], sources: Sources, guard_names: Sequence[str]
) -> Census:
    """Match what is served with what is declared: by method and rule, else by the view's place in the source."""
    reader = GuardReader(World(sources), guard_names)
    written: dict[tuple[str, str], list[Declared]] = {}
    for one in declared:
        if one.method and one.rule is not None:
            written.setdefault((one.method, _plain(one.rule)), []).append(one)
    rows = [_row(one, written, declared, sources, reader) for one in served]
    keys = {(row.served.method, _plain(row.served.rule)) for row in rows}
    # The same view under another rule than the one read: a prefix that only running the app can tell.
    misread = [row.served for row in rows if (row.served.method, _plain(row.served.rule)) not in written]
    unserved = [
        one
        for one in declared
        if one.method
        and one.rule is not None
        and (one.method, _plain(one.rule)) not in keys
        and not any(
            one.method == other.method and _same(one.view, _where(other.view), sources) for other in misread
        )
    ]
    return Census(tuple(rows), tuple(unserved))


def disagreements(found: Census, loaded: Iterable[str], changed: Iterable[str]) -> list[Finding]:
    """Routes that are written but not served, that are hidden behind an equal one, or that no source explains."""
    files = {*loaded, *changed}
    findings = [
        Finding(
            id="routes.unserved",
            place=one.place,
            expected=f"{one.method} {one.rule} is served, as the code says",
            observed="the running app has no such route",
            hint="is its blueprint registered, and is its module imported?",
        )
        for one in found.unserved
        if one.certain and one.place.rpartition(":")[0] in files
    ]
    first: dict[tuple[str, str, str], Row] = {}
    for row in found.rows:
        key = (row.served.method, _shape(row.served.rule), row.served.host)
        earlier = first.setdefault(key, row)
        if earlier is not row and earlier.served.endpoint != row.served.endpoint:
            findings.append(
                Finding(
                    id="routes.hidden",
                    place=row.place if row.seen != "package" else f"{row.key} ({row.served.endpoint})",
                    expected=f"one view for {row.key}",
                    observed=f"{earlier.served.endpoint} ({earlier.place}) has the same rule and answers first",
                    hint="nothing of that folder is ever sent: give the blueprint a url_prefix or static_url_path, "
                    "or no static_folder"
                    if row.served.is_static
                    else "this view is never called: remove it, or give it a rule of its own",
                )
            )
        if row.seen == "nowhere":
            findings.append(
                Finding(
                    id="routes.unexplained",
                    place=row.key,
                    expected="a view whose source can be read",
                    observed=f"endpoint {row.served.endpoint}, made while the app runs ({row.place})",
                    hint="give it a function of its own, so that its guard can be seen",
                )
            )
    return findings


def open_rows(found: Census, public: Mapping[str, str]) -> list[Row]:
    """Rows without a guard that are not on the public list."""
    return [
        row
        for row in found.rows
        if not row.guards and not row.served.is_static and reason(row.served, public) is None
    ]


def unguarded(rows: Iterable[Row]) -> list[Finding]:
    """What is wrong with rows that are open to all without a reason; default deny.

    One finding for all methods of a rule; what comes with packages last.
    """
    together: dict[tuple[bool, str, str, str], list[str]] = {}
    for row in rows:
        above = ", ".join(map(str, row.useless))
        key = (row.seen == "package", row.place, row.served.rule, above)
        together.setdefault(key, []).append(row.served.method)
    return [
        _open(f"{', '.join(methods)} {rule}", place, above, packaged=packaged)
        for (packaged, place, rule, above), methods in sorted(together.items(), key=lambda one: one[0][0])
    ]


def _open(key: str, place: str, above: str, *, packaged: bool) -> Finding:
    observed, hint = (
        "no known guard",
        "put the guard on it, or list it under [routes.public] of target.toml with the reason",
    )
    if above:
        observed = f"{above} stands above the route's decorator and guards nothing"
        hint = "put the guard below the route's decorator"
    elif packaged:
        observed = "no known guard, it comes with a package"
        hint = (
            "guard it where the package is set up or before every request, or list it under [routes.public]"
        )
    return Finding(
        id="routes.useless_guard" if above else "routes.unguarded",
        place=f"{key} ({place})" if packaged else place,
        expected=f"{key}: a guard, or a place on the public list",
        observed=f"{key}: {observed}",
        hint=hint,
    )


def reason(served: Served, public: Mapping[str, str]) -> str | None:
    """Why a route is public, by the list: keys are a rule, or a method and a rule."""
    for key, why in public.items():
        method, _, rule = key.rpartition(" ")
        if method in ("", served.method) and _plain(rule) == _plain(served.rule):
            return why
        if method in ("", served.method) and rule.endswith("*") and served.rule.startswith(rule[:-1]):
            return why
    return None


def _row(
    one: Served,
    written: Mapping[tuple[str, str], Sequence[Declared]],
    declared: Sequence[Declared],
    sources: Sources,
    reader: GuardReader,
) -> Row:
    place = _where(one.view)
    exact = written.get((one.method, _plain(one.rule)), ())
    match = next((route for route in exact if _same(route.view, place, sources)), exact[0] if exact else None)
    if match is None:
        match = next(
            (r for r in declared if r.method in (one.method, None) and _same(r.view, place, sources)), None
        )
    around = _wrapped_by(one, sources, reader)
    if match is not None:
        guards = tuple(dict.fromkeys((*match.guards, *around))) if not match.guards else match.guards
        return Row(one, match.place, guards, "source", match.useless)
    if one.view is None:
        return Row(one, one.endpoint, around, "nowhere")
    definition = _definition(one, sources)
    if definition is not None:
        return Row(one, str(one.view), _on(definition, one, reader) or around, "registered while running")
    named = next((place for place in one.chain if place.own), None)
    if one.view.file.startswith("<") or (named is not None and one.view.own):
        return Row(one, str(named or one.view), around, "registered while running" if around else "nowhere")
    return Row(one, _package(one.view), around, "package")


def _same(view: tuple[str, int] | None, place: tuple[str, int] | None, sources: Sources) -> bool:
    """Whether a declared view is the one at this place; a method belongs to its class."""
    if view is None or place is None or view[0] != place[0]:
        return False
    source = sources.by_path.get(view[0])
    node = source.definitions.get(view[1]) if source else None
    last = (node.end_lineno or node.lineno) if isinstance(node, ast.ClassDef) else view[1]
    return view[1] <= place[1] <= last


def _definition(one: Served, sources: Sources) -> Definition | None:
    if one.view is None or not one.view.own:
        return None
    source = sources.by_path.get(one.view.file)
    node = source.definitions.get(one.view.line) if source else None
    return None if node is None or isinstance(node, ast.ClassDef) else node


def _on(node: Definition, one: Served, reader: GuardReader) -> tuple[Guard, ...]:
    assert one.view is not None
    scope = reader.world.scopes[one.view.file]
    found = [guard for decorator in node.decorator_list for guard in reader.of(decorator, scope)]
    return tuple(dict.fromkeys(found))


def _wrapped_by(one: Served, sources: Sources, reader: GuardReader) -> tuple[Guard, ...]:
    """Guards by the second witness: the functions that are really around the view, or run before it."""
    found = []
    for place in (*one.chain[:-1], *one.before):
        names = [*re.split(r"\.<locals>\.|\.", place.name), *_enclosing(place, sources)]
        found += [Guard(name) for name in names if name in reader.names]
    return tuple(dict.fromkeys(found))


def _enclosing(place: Place, sources: Sources) -> list[str]:
    """The functions of the app around a line: an older Python does not tell qualified names."""
    source = sources.by_path.get(place.file)
    if source is None:
        return []
    return [
        node.name
        for node in source.definitions.values()
        if begins(node) <= place.line <= (node.end_lineno or node.lineno)
    ]


def _where(place: Place | None) -> tuple[str, int] | None:
    return (place.file, place.line) if place is not None and place.own else None


def _package(place: Place) -> str:
    return place.file.rpartition("/site-packages/")[2] or place.file


def _shape(rule: str) -> str:
    """A rule that matches the same addresses: with its variables' kinds, without their names."""
    return re.sub(r"<(?:([^:<>]+):)?[^<>]+>", r"<\1>", rule)


def _plain(rule: str) -> str:
    """A rule without the names of its variables: they do not tell routes apart."""
    return re.sub(r"\{[^}]*\}|<[^>]*>", "<>", rule)
