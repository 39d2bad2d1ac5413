"""Where a route stands: below the prefixes of its blueprints, with the guards of all that it is registered in. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from gate.repo.guards import Guard
from gate.repo.scopes import App, Blueprint

Owner = App | Blueprint
Guards = tuple[Guard, ...]


@dataclass(frozen=True)
class Declared:
    """One route × method as the code writes it. `rule` and `method` are None where they are computed.

    `place` is where it is registered, `view` where its function begins (file, line). `certain` is False where
    an if, a function or a loop decides whether it is registered at all. `useless` are guards above the route's
    own decorator: the route serves the view without them. `optional` is the name of the blueprint that is
    registered under a condition only, dotted where one stands in another; empty where none is. `written` is the
    rule as it stands at the view, without the prefixes of blueprints. `registered` is False where reading finds
    nothing that registers its blueprint. `chosen` is the endpoint of a route that is itself registered under a
    condition only, else empty.
    """

    method: str | None
    rule: str | None
    place: str
    view: tuple[str, int] | None
    guards: Guards
    certain: bool = True
    useless: Guards = ()
    optional: str = ""
    written: str | None = None
    registered: bool = True
    chosen: str = ""


@dataclass(frozen=True)
class Registration:
    """A blueprint put into an app or another blueprint. `prefix` is the one given there, if any."""

    parent: Owner
    child: Blueprint
    prefix: str | None
    readable: bool
    conditional: bool


@dataclass(frozen=True)
class _Way:
    """A chain of registrations up to an app: prefix and name of each blueprint, outermost first."""

    prefixes: tuple[str | None, ...] = ()
    names: tuple[str | None, ...] = ()
    owners: frozenset[Owner] = frozenset()
    conditional: bool = False
    registered: bool = True


@dataclass
class Found:
    """What one walk through all files finds, before prefixes are known."""

    routes: list[tuple[Owner, Declared]] = field(default_factory=list)
    nested: list[Registration] = field(default_factory=list)
    before: list[tuple[Owner, Guards]] = field(default_factory=list)


def placed(found: Found) -> Iterator[Declared]:
    """Each route once for every way up to an app."""
    everywhere = [guard for owner, guards in found.before if isinstance(owner, App) for guard in guards]
    for owner, route in found.routes:
        ways = list(_ways(owner, found))
        optional = all(way.conditional for way in ways)
        for way in ways:
            rule = _joined(way.prefixes, route.rule, isinstance(owner, Blueprint))
            own = [guard for one, guards in found.before if one in way.owners for guard in guards]
            yield replace(
                route,
                rule=rule,
                written=route.rule,
                guards=tuple(dict.fromkeys((*route.guards, *own, *everywhere))),
                # Where nothing registers a blueprint, no function or condition around it makes it served.
                certain=(route.certain or not way.registered) and not optional,
                registered=way.registered,
                optional=".".join(name or "?" for name in way.names) if optional else "",
                chosen=".".join(name or "?" for name in (*way.names, route.chosen)) if route.chosen else "",
            )


def _ways(owner: Owner, found: Found, seen: frozenset[Owner] = frozenset()) -> Iterator[_Way]:
    """Every chain of registrations from an owner up to an app."""
    if isinstance(owner, App):
        yield _Way()
        return
    registrations = [one for one in found.nested if one.child == owner]
    if not registrations:
        # Registered nowhere that reading finds: the running app will say whether it is at all.
        prefix = owner.prefix or "" if owner.readable else None
        yield _Way((prefix,), (owner.name,), frozenset({owner}), registered=False)
    for one in registrations:
        if one.parent in seen:
            continue
        prefix = one.prefix if one.prefix is not None else owner.prefix or ""
        known = one.readable and (one.prefix is not None or owner.readable)
        for above in _ways(one.parent, found, seen | {owner}):
            yield _Way(
                (*above.prefixes, prefix if known else None),
                (*above.names, owner.name),
                above.owners | {owner},
                above.conditional or one.conditional,
                above.registered,
            )


def _joined(prefixes: Sequence[str | None], rule: str | None, on_blueprint: bool) -> str | None:
    """As Flask joins them: one slash between the parts, none added to a rule that is empty."""
    if rule is None or None in prefixes:
        return None
    parts = [part for part in prefixes if part]
    if not parts or not on_blueprint:
        return rule
    prefix = parts[0]
    for part in parts[1:]:
        prefix = f"{prefix.rstrip('/')}/{part.lstrip('/')}"
    return f"{prefix.rstrip('/')}/{rule.lstrip('/')}" if rule else prefix
