"""Own files that the app's code loads by a text: import_module("plugins.csv"), from_object(f"config.{name}"). Pure."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from gate.repo.expressions import parts_of
from gate.repo.python_source import Definition, Source, Sources, is_test

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.\w+)*\.[A-Z]\w*")
_LOADERS = ("from_object", "from_pyfile", "import_string", "import_module")


def loaded_by_name(sources: Sources, files: Iterable[Source]) -> list[str]:
    """Paths of what these files load so. Of a name that is made while the app runs all that it may mean."""
    found: dict[str, None] = {}
    for source in files:
        found |= dict.fromkeys(_classes_named(source, sources))
        if not any(word.encode() in source.content for word in _LOADERS):
            continue
        everywhere = _given_once(source.tree)
        for scope in _scopes(source):
            given = {**everywhere, **_given_once(scope)}
            for node in _own_nodes(scope):
                if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in _LOADERS:
                    for one in node.args[:1]:
                        found |= dict.fromkeys(_meant(*_beginning(one, source, given), sources, source))
    return list(found)


def _classes_named(source: Source, sources: Sources) -> Iterator[str]:
    """Where the classes of the app's own stand that a text names: to be loaded, whoever passes it on to from_object."""
    for node in source.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _DOTTED.fullmatch(node.value):
            module, _, name = node.value.rpartition(".")
            own = sources.find(module, source)
            if own and any(isinstance(one, ast.ClassDef) and one.name == name for one in own.tree.body):
                yield own.path


def _meant(text: str, whole: bool, sources: Sources, importer: Source) -> Iterator[str]:
    name = text.removesuffix(".py").replace("/", ".")
    level = len(name) - len(name.lstrip("."))
    if level:
        parts = importer.package.split(".")
        name = ".".join([*parts[: len(parts) - level + 1], name[level:]])
    parent = name.rpartition(".")[0]
    if whole:
        own = sources.find(name, importer) or sources.find(parent, importer)
        if own:
            yield own.path
    elif parent:
        packages = {f"{root.replace('/', '.')}.{parent}".lstrip(".") for root in sources.roots_of(importer)}
        for module, source in sources.modules.items():
            if any(f"{module}.".startswith(f"{one}.") for one in packages) and not is_test(source.path):
                yield source.path


def _beginning(
    node: ast.expr, source: Source, given: Mapping[str, ast.expr], depth: int = 5
) -> tuple[str, bool]:
    """The text that an expression surely begins with, and whether that is all of it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value, True
    if isinstance(node, ast.Name) and node.id in ("__name__", "__package__"):
        return source.module if node.id == "__name__" else source.package, True
    if isinstance(node, ast.Name) and node.id in given and depth:
        return _beginning(given[node.id], source, given, depth - 1)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        before, hole, _ = _beginning(node.func.value, source, given, depth)[0].partition("{")
        return before, not hole
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        before, hole, _ = _beginning(node.left, source, given, depth)[0].partition("%")
        return before, not hole
    begun = ""
    for part in (parts := parts_of(node)):
        text, whole = _beginning(part, source, given, depth)
        begun += text
        if not whole:
            return begun, False
    return begun, bool(parts)


def _scopes(source: Source) -> Iterator[ast.AST]:
    """The file itself and each of its functions."""
    yield source.tree
    yield from (node for node in source.nodes if isinstance(node, Definition))


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a file or a function, those of the functions inside aside."""
    for node in ast.iter_child_nodes(scope):
        yield node
        if not isinstance(node, Definition):
            yield from _own_nodes(node)


def _given_once(scope: ast.AST) -> dict[str, ast.expr]:
    """What a name stands for that is given just once there."""
    bound: dict[str, list[ast.expr]] = {}
    for node in _own_nodes(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    bound.setdefault(target.id, []).append(node.value)
    return {name: values[0] for name, values in bound.items() if len(values) == 1}
