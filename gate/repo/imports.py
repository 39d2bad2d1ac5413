"""What the app's code imports, function by function, and whether its environment provides it. Nothing is run."""

from __future__ import annotations

import ast
import posixpath
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from gate.repo.python_source import Source, Sources
from gate.repo.requirements import normal
from gate.repo.scopes import bindings
from gate.results import Finding, and_elsewhere

# An import that stands under one of these is there for one platform, one version or the type checker alone.
_GUARDED = ("TYPE_CHECKING", "platform", "version_info", "os.name", "PY2", "PY3")
_MISSING = ("ImportError", "ModuleNotFoundError", "Exception")


@dataclass(frozen=True)
class Import:
    """One import of something that is not the app's own. `module` is dotted, `place` file:line."""

    module: str
    place: str

    @property
    def top(self) -> str:
        """The name that a package would provide."""
        return self.module.partition(".")[0]


@dataclass(frozen=True)
class Provided:
    """What an environment's packages provide. `packages` maps a top-level name to normalised package names."""

    site: Path
    packages: Mapping[str, tuple[str, ...]]

    @classmethod
    def by(cls, environment: Path) -> Provided:
        """Read an environment's own metadata; its code is not imported."""
        site = next(iter(sorted(environment.glob("lib/python*/site-packages"))), environment)
        found: dict[str, set[str]] = {}
        for one in metadata.distributions(path=[str(site)]):
            name = normal(one.metadata["Name"] or "")
            for top in _tops(one):
                found.setdefault(top, set()).add(name)
        return cls(site, {top: tuple(sorted(names)) for top, names in found.items()})

    def has(self, module: str) -> bool:
        """Whether a module can be found; of a package that several share (a namespace) also its second part."""
        top, *rest = module.split(".")
        folder = self.site / top
        if folder.is_dir() and not any(folder.glob("__init__.*")) and rest:
            return any(folder.glob(f"{rest[0]}.*")) or (folder / rest[0]).is_dir()
        return top in self.packages or folder.is_dir() or any(self.site.glob(f"{top}.*"))


def reached(sources: Sources, start: Iterable[str], *, only_needed: bool = False) -> tuple[Source, ...]:
    """The app's files that these lead to by imports, those inside of functions too. `start` are paths.

    `only_needed`: not by imports that are allowed to fail.
    """
    waiting = [sources.by_path[path] for path in start if path in sources.by_path]
    found: dict[str, Source] = {}
    names = _Names()
    while waiting:
        source = waiting.pop()
        if source.path in found:
            continue
        found[source.path] = source
        for node in _imports(source, only_needed=only_needed):
            for module in _meant(source, node, sources, names):
                parts = module.split(".")
                for size in range(1, len(parts) + 1):
                    own = sources.find(".".join(parts[:size]), source)
                    if own is not None:
                        waiting.append(own)
    return tuple(found.values())


def optional(files: Iterable[Source]) -> frozenset[str]:
    """Top-level names that the code looks for first: it knows what to do where they are not installed.

    That is an import with an answer to ImportError, or `find_spec`. What else imports them stands behind that.
    """
    found: set[str] = set()
    for source in files:
        for node in source.nodes:
            if isinstance(node, ast.Try) and all(_goes_on(one) for one in node.handlers):
                instead = {top for one in node.handlers for top in _imported_by(one.body)}
                found |= _imported_by(node.body) - instead
            elif isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "find_spec":
                texts = [one.value for one in node.args[:1] if isinstance(one, ast.Constant)]
                found |= {one.partition(".")[0] for one in texts if isinstance(one, str)}
    return frozenset(found)


def foreign(sources: Sources, files: Iterable[Source]) -> list[Import]:
    """What these files import that is neither the app's nor Python's, each module once per file.

    Left out is what may be missing: see `optional`.
    """
    files = tuple(files)
    spared = optional(files)
    found: dict[tuple[str, str], Import] = {}
    for source in files:
        for node in _imports(source, only_needed=True):
            for module in _absolute_names(node):
                top = module.partition(".")[0]
                if (
                    top in sys.stdlib_module_names
                    or top in spared
                    or sources.find(top, source)
                    or _is_folder(top, sources, source)
                ):
                    continue
                found.setdefault((source.path, module), Import(module, f"{source.path}:{node.lineno}"))
    return list(found.values())


def not_provided(imports: Iterable[Import], provided: Provided, requirements: str) -> list[Finding]:
    """One finding for each package that is missing, at the first place that imports it."""
    missing: dict[str, list[Import]] = {}
    for one in imports:
        if not provided.has(one.module):
            # Of a package that several share, one part may be there and another not.
            missing.setdefault(one.module if provided.has(one.top) else one.top, []).append(one)
    return [
        Finding(
            id="dependencies.not_provided",
            place=places[0].place,
            expected=f"a requirement that provides {name}",
            observed=f"{places[0].module} is imported{and_elsewhere(places[1:])}, and no installed package has it",
            hint=f"add the package that provides {name} to {requirements}; "
            "where the app goes on without it, catch the ImportError",
        )
        for name, places in missing.items()
    ]


def _is_folder(top: str, sources: Sources, importer: Source) -> bool:
    """Whether a folder of the app without __init__.py is meant."""
    folders = tuple(f"{posixpath.join(root, top)}/" for root in sources.roots_of(importer))
    return any(path.startswith(folders) for path in sources.by_path)


def _imports(source: Source, *, only_needed: bool) -> Iterator[ast.Import | ast.ImportFrom]:
    """The import statements of a file. `only_needed`: without those that may fail."""
    spared = _spared(source) if only_needed else set()
    for node in source.nodes:
        if isinstance(node, ast.Import | ast.ImportFrom) and node not in spared:
            yield node


def _absolute_names(node: ast.Import | ast.ImportFrom) -> list[str]:
    """The dotted names that it begins from the search path's folders."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if node.module and not node.level else []


class _Names(dict[str, frozenset[str]]):
    """What a file itself gives a name on its top level, by its path; each read once."""

    def given_by(self, source: Source) -> frozenset[str]:
        if source.path not in self:
            self[source.path] = frozenset(bindings(source.tree.body))
        return self[source.path]


def _meant(
    source: Source, node: ast.Import | ast.ImportFrom, sources: Sources, names: _Names
) -> Iterator[str]:
    """Every module that it may load, relative ones made absolute."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
        return
    base = _absolute(source, node)
    yield base
    package = sources.find(base, source) if base else None
    for alias in node.names:
        # What is imported from a package may be one of its modules; where the package itself gives the name, its own
        # statement leads there.
        if package is None or package is source or alias.name not in names.given_by(package):
            yield f"{base}.{alias.name}".lstrip(".")


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = source.package.split(".") if source.package else []
    start = parts[: len(parts) - (node.level - 1)]
    return ".".join([*start, *filter(None, [node.module])])


def _spared(source: Source) -> set[ast.AST]:
    """Nodes of imports that are allowed to fail, or that are not meant for every machine.

    Those of a function of the file too, where it is called so that its ImportError is caught.
    """
    found: set[ast.AST] = set()
    tried: set[str] = set()
    for node in source.nodes:
        optional = isinstance(node, ast.Try) and any(_catches(one) for one in node.handlers)
        special = isinstance(node, ast.If) and any(word in ast.unparse(node.test) for word in _GUARDED)
        if optional or special:
            assert isinstance(node, ast.Try | ast.If)
            handled = [part for one in getattr(node, "handlers", ()) for part in one.body]
            found |= {inner for part in (*node.body, *handled, *node.orelse) for inner in ast.walk(part)}
        if isinstance(node, ast.Try) and any(_names_it(one) for one in node.handlers):
            calls = [one for part in node.body for one in ast.walk(part) if isinstance(one, ast.Call)]
            tried |= {one.func.id for one in calls if isinstance(one.func, ast.Name)}
    for node in source.definitions.values() if tried else ():
        if not isinstance(node, ast.ClassDef) and node.name in tried:
            found |= set(ast.walk(node))
    return found


def _names_it(handler: ast.ExceptHandler) -> bool:
    """Whether a handler is one of a missing package, not of whatever may happen."""
    return handler.type is not None and any(name in ast.unparse(handler.type) for name in _MISSING[:2])


def _goes_on(handler: ast.ExceptHandler) -> bool:
    return _names_it(handler) and not any(isinstance(one, ast.Raise) for one in ast.walk(handler))


def _imported_by(body: Iterable[ast.stmt]) -> set[str]:
    """Top-level names of packages that these statements import."""
    found: set[str] = set()
    for node in body:
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def _catches(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or any(name in ast.unparse(handler.type) for name in _MISSING)


def _tops(one: metadata.Distribution) -> set[str]:
    """The top-level names of a package: as it declares them, or as its list of files shows."""
    declared = one.read_text("top_level.txt")
    if declared:
        return set(declared.split())
    return {
        Path(file.parts[0]).name.partition(".")[0]
        for file in one.files or ()
        if file.parts
        and not file.parts[0].endswith((".dist-info", ".data", ".."))
        and file.parts[0] != "__pycache__"
    }
