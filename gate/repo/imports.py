"""What the app's code imports, function by function, and whether its environment provides it. Nothing is run."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from gate.repo.python_source import Source, Sources
from gate.repo.requirements import normal

# An import that stands under one of these is there for one platform, one version or the type checker alone.
_GUARDED = ("TYPE_CHECKING", "platform", "version_info", "os.name")
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


def reached(sources: Sources, start: Iterable[str]) -> tuple[Source, ...]:
    """The app's files that these lead to by imports, those inside of functions too. `start` are paths."""
    waiting = [sources.by_path[path] for path in start if path in sources.by_path]
    found: dict[str, Source] = {}
    while waiting:
        source = waiting.pop()
        if source.path in found:
            continue
        found[source.path] = source
        for module, _ in _imported(source):
            parts = module.split(".")
            for size in range(1, len(parts) + 1):
                own = sources.find(".".join(parts[:size]), source)
                if own is not None:
                    waiting.append(own)
    return tuple(found.values())


def foreign(sources: Sources, files: Iterable[Source]) -> list[Import]:
    """What these files import that is neither the app's nor Python's, each module once per file."""
    found: dict[tuple[str, str], Import] = {}
    for source in files:
        for module, line in _imported(source, only_needed=True):
            top = module.partition(".")[0]
            if (
                top in sys.stdlib_module_names
                or sources.find(top, source)
                or _is_folder(top, sources, source)
            ):
                continue
            found.setdefault((source.path, module), Import(module, f"{source.path}:{line}"))
    return list(found.values())


def _is_folder(top: str, sources: Sources, importer: Source) -> bool:
    """Whether a folder of the app without __init__.py is meant."""
    beside = importer.path.rpartition("/")[0]
    return any(
        path.startswith((f"{top}/", f"src/{top}/", f"{beside}/{top}/" if beside else f"{top}/"))
        for path in sources.by_path
    )


def _imported(source: Source, *, only_needed: bool = False) -> Iterator[tuple[str, int]]:
    """Dotted names and lines; relative ones made absolute. `only_needed`: without those that may fail."""
    spared = _spared(source.tree) if only_needed else set()
    for node in ast.walk(source.tree):
        if node in spared:
            continue
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level and only_needed:
                continue
            base = _absolute(source, node)
            yield base, node.lineno
            if not only_needed:
                # What is imported from a package of the app may be one of its modules.
                yield from ((f"{base}.{alias.name}".lstrip("."), node.lineno) for alias in node.names)


def _absolute(source: Source, node: ast.ImportFrom) -> str:
    if not node.level:
        return node.module or ""
    parts = source.package.split(".") if source.package else []
    start = parts[: len(parts) - (node.level - 1)]
    return ".".join([*start, *filter(None, [node.module])])


def _spared(tree: ast.Module) -> set[ast.AST]:
    """Nodes of imports that are allowed to fail, or that are not meant for every machine."""
    found: set[ast.AST] = set()
    for node in ast.walk(tree):
        optional = isinstance(node, ast.Try) and any(_catches(one) for one in node.handlers)
        special = isinstance(node, ast.If) and any(word in ast.unparse(node.test) for word in _GUARDED)
        if optional or special:
            assert isinstance(node, ast.Try | ast.If)
            handled = [part for one in getattr(node, "handlers", ()) for part in one.body]
            found |= {inner for part in (*node.body, *handled, *node.orelse) for inner in ast.walk(part)}
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
