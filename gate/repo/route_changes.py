"""What became of the routes between two trees, by reading both. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from gate.repo.blueprints import Declared
from gate.repo.guards import Guard

Kind = Literal["added", "removed", "loosened", "tightened", "other guard"]


@dataclass(frozen=True)
class Change:
    """One route that came, went or has another guard, with the methods of which the same is so.

    `before` and `after` are guards in words; `place` is file:line.
    """

    kind: Kind
    key: str
    place: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.key} ({self.place}): {self.before} -> {self.after}"


def compared(before: Sequence[Declared], after: Sequence[Declared]) -> list[Change]:
    """Every difference, what is more open first."""
    old, new = _by_key(before), _by_key(after)
    stood = {_written(one) for one in before if one.registered}
    # What is not registered any more stands under another rule now, and is not new.
    new = {key: one for key, one in new.items() if key in old or one.registered or _written(one) not in stood}
    changes = []
    for key in {**old, **new}:
        was, now = old.get(key), new.get(key)
        if was is None and now is not None:
            changes.append(Change("added", key, now.place, "not there", _words(now.guards)))
        elif now is None and was is not None:
            changes.append(Change("removed", key, was.place, _words(was.guards), "not there"))
        elif was is not None and now is not None and set(was.guards) != set(now.guards):
            kind = kind_of(was.guards, now.guards)
            changes.append(Change(kind, key, now.place, _words(was.guards), _words(now.guards)))
    order: list[Kind] = ["loosened", "added", "removed", "other guard", "tightened"]
    return sorted(_together(changes), key=lambda change: (order.index(change.kind), change.key))


def _together(changes: Sequence[Change]) -> Iterator[Change]:
    """One change for all methods of a rule to which the same happened: GET, POST /envios."""
    alike: dict[Change, list[str]] = {}
    for change in changes:
        method, _, rule = change.key.partition(" ")
        alike.setdefault(replace(change, key=rule), []).append(method)
    for change, methods in alike.items():
        yield replace(change, key=f"{', '.join(methods)} {change.key}")


def kind_of(before: Sequence[Guard], after: Sequence[Guard]) -> Kind:
    """Whether the guards after let in more people than those before.

    A guard that went is loosened; so is one that now asks for a role it did not name before, or for none at all.
    """
    names_before = {guard.name: guard.asks for guard in before}
    names_after = {guard.name: guard.asks for guard in after}
    gone = names_before.keys() - names_after.keys()
    if gone and len(names_after) < len(names_before):
        return "loosened"
    if any(names_before.values()) and not any(names_after.values()):
        return "loosened"
    kept = names_before.keys() & names_after.keys()
    for name in kept:
        if names_before[name] and (not names_after[name] or names_after[name] - names_before[name]):
            return "loosened"
    return "other guard" if gone else "tightened"


def _by_key(routes: Sequence[Declared]) -> dict[str, Declared]:
    """By method and rule; of two with the same the first one answers.

    Where the prefix of a blueprint is computed, by what stands at the view and in which file.
    """
    found: dict[str, Declared] = {}
    for one in routes:
        if one.method and one.rule is not None:
            found.setdefault(f"{one.method} {one.rule}", one)
        elif one.method and one.written is not None:
            found.setdefault(f"{one.method} …{one.written} in {one.place.rpartition(':')[0]}", one)
    return found


def _written(route: Declared) -> tuple[str | None, str | None, str]:
    return route.method, route.written, route.place.rpartition(":")[0]


def _words(guards: Sequence[Guard]) -> str:
    return " + ".join(sorted(map(str, guards))) or "no guard"
