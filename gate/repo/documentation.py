"""What a change must say in the documentation: the variables, routes and modules that it adds, alters or takes away.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from gate.repo.python_source import Sources, is_test
from gate.repo.route_changes import Change
from gate.results import Finding

# Where a team writes down what its app is made of and which variables it has.
_DOCUMENTATION = re.compile(
    r"(.*/)?docs?/(.*\.(md|rst|txt|adoc)|.*api[^/]*\.(ya?ml|json))|README[^/]*|\.env\.(example|sample|template)|env\.example"
)
# A step of the database's schema is no new part of the app.
_MIGRATION = re.compile(r"(^|/)(migrations|alembic)/")


def is_documentation(path: str) -> bool:
    """Whether a file, by its path from the app's folder or the repository's, documents the app."""
    return _DOCUMENTATION.fullmatch(path) is not None


def undocumented(things: Mapping[str, str], changed: Iterable[str], prefix: str) -> list[Finding]:
    """One finding for each thing that changed (what it is = its place), unless the change touches documentation.

    `changed` are paths in the repository, `prefix` the app's folder there.
    """
    if any(is_documentation(path) or is_documentation(path.removeprefix(prefix)) for path in changed):
        return []
    return [
        Finding(
            id="change.undocumented",
            place=place,
            expected="a change of variables, routes or modules also changes docs/ or the README",
            observed=f"{what}, and the change touches no documentation",
            hint="say there what it is for, or correct what is no longer so",
        )
        for what, place in things.items()
    ]


def variables(new: Mapping[str, str], gone: Mapping[str, str]) -> dict[str, str]:
    """Variables that the change begins or ceases to read, each with its place, as things that changed."""
    return {f"the variable {name} is new": place for name, place in new.items()} | {
        f"the variable {name} is no longer read": place for name, place in gone.items()
    }


def routes(changes: Iterable[Change], unread: Collection[str]) -> dict[str, str]:
    """Routes that came, went, or have another guard; those that changed guards alike are one thing.

    `unread`: files that could not be read on the base.
    """
    said = {"added": "is new", "removed": "is gone"}
    alike: dict[tuple[str, str], list[Change]] = {}
    found = {}
    for change in changes:
        if change.place.rpartition(":")[0] in unread:
            continue
        if change.kind in said:
            found[f"the route {change.key} {said[change.kind]}"] = change.place
        else:
            alike.setdefault((change.before, change.after), []).append(change)
    for (before, after), some in alike.items():
        others = f" and {len(some) - 1} more" if len(some) > 1 else ""
        told = f"the route {some[0].key}{others} changed guards ({after}, before {before})"
        found[told] = some[0].place
    return found


def modules(before: Sources, after: Sources) -> dict[str, str]:
    """Python modules that came or went; tests and steps of the schema aside."""
    old, new = _parts(before), _parts(after)
    return {f"the module {path} is new": path for path in sorted(new - old)} | {
        f"the module {path} is gone": path for path in sorted(old - new)
    }


def _parts(sources: Sources) -> set[str]:
    paths = {*sources.by_path, *(one.path for one in sources.broken)}
    return {path for path in paths if not is_test(path) and not _MIGRATION.search(path)}
