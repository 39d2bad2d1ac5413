"""What the app's code reads against what is declared, what the base read, and what the documentation names. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath

from gate.repo.candidate import Candidate
from gate.repo.documentation import is_documentation
from gate.repo.imports import reached
from gate.repo.loaded_by_name import loaded_by_name
from gate.repo.python_source import Source, Sources, is_test
from gate.repo.variable_uses import Use, Uses
from gate.results import Finding, and_elsewhere

# Set by Render (its docs, "Default environment variables"), by the system, by CI and its tests, or for gunicorn, Flask
# and Python alone.
_PLATFORM = re.compile(
    r"RENDER(_.*)?|PORT|WEB_CONCURRENCY|IS_PULL_REQUEST|CI|FORWARDED_ALLOW_IPS|VENV_ROOT|PIPENV_YES"
    r"|GITHUB_(ACTIONS|REF)|PYTEST_(CURRENT_TEST|VERSION|XDIST_.*)"
    r"|(PYTHON|GUNICORN_|UV_|POETRY_|FLASK_(APP|DEBUG|ENV|RUN_)|WERKZEUG_|XDG_|LC_).*"
    r"|PATH|HOME|USER|LOGNAME|SHELL|PWD|HOSTNAME|TMPDIR|TEMP|TMP|TZ|LANG|TERM|EDITOR"
    r"|VIRTUAL_ENV|LISTEN_(FDS|PID|FDNAMES)|NOTIFY_SOCKET|SERVER_SOFTWARE|SOURCE_DATE_EPOCH|(HTTPS?|NO)_PROXY|(https?|no)_proxy"
)


def is_platform(name: str) -> bool:
    """Whether a variable is set by the platform and not by the team."""
    return _PLATFORM.fullmatch(name) is not None


def served_files(
    sources: Sources, app: str, offered: Mapping[str, Sequence[str]] | None = None
) -> tuple[Source, ...]:
    """The files that serving MODULE:NAME leads to, gunicorn's configuration among them; all where it is unknown.

    `offered` are the modules of the app's own entry points, by group: served where one of these files names it.
    """
    module = app.partition(":")[0].replace(".", "/")
    served = {
        posixpath.join(root, end)
        for root in sources.roots
        for end in (f"{module}.py", f"{module}/__init__.py")
    }
    entries = [
        path for path in sources.by_path if PurePosixPath(path).name == "gunicorn.conf.py" or path in served
    ]
    if all(path.endswith("gunicorn.conf.py") for path in entries):
        return tuple(source for source in sources.modules.values() if not is_test(source.path))
    found = reached(sources, entries)
    # What is loaded by its name may load more.
    while named := {*loaded_by_name(sources, found), *_asked_for(sources, found, offered or {})} - {
        one.path for one in found
    }:
        entries += sorted(named)
        found = reached(sources, entries)
    return found


def _asked_for(
    sources: Sources, files: Iterable[Source], offered: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    for group, modules in offered.items():
        asking = (one for one in files if f'"{group}"'.encode() in one.content.replace(b"'", b'"'))
        if importer := next(asking, None):
            found = (sources.find(module, importer) for module in modules)
            yield from (one.path for one in found if one)


def undeclared(uses: Uses, declared: Collection[str]) -> list[Finding]:
    """Variables that the served code reads and target.toml does not declare, each at its first place."""
    return [
        Finding(
            id="variables.undeclared",
            place=places[0].place,
            expected=f"{name} declared under [variables] in target.toml",
            observed=f"{name} is read here{and_elsewhere(places[1:])} and nobody declared it",
            hint=_how_to_declare(name, _goes_without(places)),
        )
        for name, places in _left_out(uses, declared).items()
    ]


def declarations(uses: Uses, declared: Collection[str]) -> str:
    """The same as lines for target.toml, for a person to look through."""
    lines = [
        f"{name} = {'{ required = false }' if _goes_without(places) else '{}'}"
        for name, places in sorted(_left_out(uses, declared).items())
    ]
    return "\n".join(["[variables]", *lines])


def _left_out(uses: Uses, declared: Collection[str]) -> dict[str, list[Use]]:
    return {
        name: places
        for name, places in uses.places().items()
        if name not in declared and not is_platform(name)
    }


def _goes_without(places: Iterable[Use]) -> bool:
    return all(use.fallback for use in places)


def unused(uses: Uses, declared: Iterable[str]) -> list[Finding]:
    """Declared variables that no file of the app names."""
    return [
        Finding(
            id="variables.unused",
            place=name,
            expected=f"the code reads {name}",
            observed="no file reads it",
            hint="remove it from target.toml and from Render, or correct its name",
        )
        for name in declared
        if not uses.may_have(name) and not is_platform(name)
    ]


def introduced(uses: Uses, before: Uses, unread: Collection[str] = ()) -> dict[str, str]:
    """Variables that the change reads and the base did not, with the place; those of the platform aside.

    What stands in a file that could not be read on the base (`unread`) is not known to be new.
    """
    return {
        name: places[0].place
        for name, places in uses.places().items()
        if not before.has(name)
        and not is_platform(name)
        and not any(use.place.rpartition(":")[0] in unread for use in places)
    }


def needed(uses: Uses, name: str) -> bool:
    """Whether some place that reads the variable has nothing to fall back on."""
    return any(not use.fallback for use in uses.found if use.name == name)


def documented(candidate: Candidate, names: Iterable[str]) -> dict[str, str]:
    """The repository's file of documentation that names each variable; an empty text for those that none does."""
    names = list(names)
    if not names:
        return {}
    # The repository's own docs/ and README count for an app in a folder of it too.
    paths = candidate.git.paths("ls-tree", "-r", "-z", "--name-only", "--full-tree", candidate.tree)
    texts = {
        path: candidate.at_top(path) or ""
        for path in paths
        if is_documentation(path) or is_documentation(path.removeprefix(candidate.prefix))
    }
    return {
        name: next((path for path, text in texts.items() if re.search(rf"\b{re.escape(name)}\b", text)), "")
        for name in names
    }


def told(uses: Uses, declared: Mapping[str, object]) -> str:
    """Every variable with its places, as evidence."""
    lines = []
    for name, places in sorted(uses.places().items()):
        state = "declared" if name in declared else "of the platform" if is_platform(name) else "not declared"
        where = ", ".join(dict.fromkeys(use.place for use in places))
        lines.append(f"{name} ({state}): {where}")
    lines += [f"every variable that begins with {prefix}" for prefix in uses.families]
    lines += [f"parts of settings, not judged one by one: names with {between}" for between in uses.nested]
    lines += [f"not judged, the name is made while the app runs: {place}" for place in uses.computed]
    return "\n".join(lines)


def _how_to_declare(name: str, optional: bool) -> str:
    rule = "{ required = false }" if optional else "{}, or { required = false } if the app runs without it"
    return f"declare it, and set it on Render if the app needs it there: [variables] {name} = {rule}"
