"""What a name in the app's code stands for, as far as reading can tell: imports, aliases, constants, blueprints."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from gate.repo.python_source import Definition, Source, Sources

# Aliases of aliases end; code that goes round in circles must not take us along.
DEPTH = 12


@dataclass(frozen=True)
class Imported:
    """A name bound by an import: a module, or something in one."""

    module: str
    name: str | None


@dataclass(frozen=True)
class Unknown:
    """A name that only running the code can fill, such as a parameter."""


@dataclass(frozen=True)
class Module:
    """One of the app's own modules."""

    source: Source


@dataclass(frozen=True)
class Foreign:
    """Something of a package, by its dotted name."""

    name: str


@dataclass(frozen=True)
class Text:
    """A string."""

    value: str


@dataclass(frozen=True)
class App:
    """A Flask application. One process serves one, so they are not told apart."""


@dataclass(frozen=True)
class Blueprint:
    """A blueprint by the place where it is made. `prefix` is its own; `readable` is False where it is computed.

    `name` is what its endpoints begin with, or None where that is computed.
    """

    place: str
    prefix: str | None
    readable: bool = True
    name: str | None = None


@dataclass(frozen=True)
class Elsewhere:
    """A name that stands for an expression of another scope, such as a member of a list in another module."""

    node: ast.expr
    scope: Scope


Bound = Imported | Unknown | Elsewhere | ast.expr | Definition | ast.ClassDef


@dataclass(frozen=True)
class Defined:
    """A function or class of the app and the scope in which it stands."""

    node: Definition | ast.ClassDef
    scope: Scope


Value = Unknown | Module | Foreign | Text | App | Blueprint | Defined


@dataclass
class Scope:
    """The names of one module, function or class, and what surrounds it."""

    source: Source
    parent: Scope | None = None
    names: dict[str, list[Bound]] = field(default_factory=dict)

    def find(self, name: str) -> tuple[Scope, list[Bound]] | None:
        """Where the name is bound, from here outwards."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.names:
                return scope, scope.names[name]
            scope = scope.parent
        return None

    def inside(self, node: Definition | ast.ClassDef) -> Scope:
        """The scope of a function's or class's body."""
        names = bindings(node.body)
        if not isinstance(node, ast.ClassDef):
            asked = node.args
            every = [*asked.posonlyargs, *asked.args, *asked.kwonlyargs, asked.vararg, asked.kwarg]
            for one in filter(None, every):
                names.setdefault(one.arg, []).append(Unknown())
        return Scope(self.source, self, names)


def bindings(body: Sequence[ast.stmt]) -> dict[str, list[Bound]]:
    """The names that these statements bind, those inside of if, try, for and with included."""
    names: dict[str, list[Bound]] = {}
    for name, bound in _bound(body):
        names.setdefault(name, []).append(bound)
    return names


def _bound(body: Sequence[ast.stmt]) -> Iterator[tuple[str, Bound]]:
    for node in body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                whole = alias.asname is not None
                yield (
                    alias.asname or alias.name.split(".")[0],
                    Imported(alias.name if whole else alias.name.split(".")[0], None),
                )
        elif isinstance(node, ast.ImportFrom):
            for alias in node.names:
                module = "." * node.level + (node.module or "")
                yield alias.asname or alias.name, Imported(module, alias.name)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name, node
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                yield from _pairs(target, node.value)
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            yield from _pairs(node.target, node.value)
        elif isinstance(node, ast.For | ast.AsyncFor):
            yield from ((name, Unknown()) for name in _targets(node.target))
        for inner in ("body", "orelse", "finalbody"):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                yield from _bound(getattr(node, inner, ()))
        for handler in getattr(node, "handlers", ()):
            yield from _bound(handler.body)


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Bound]]:
    if isinstance(target, ast.Name):
        yield target.id, value
    elif isinstance(target, ast.Tuple | ast.List):
        if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
            for one, part in zip(target.elts, value.elts, strict=True):
                yield from _pairs(one, part)
        else:
            yield from ((name, Unknown()) for name in _targets(target))


def _targets(target: ast.expr) -> Iterator[str]:
    yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


class World:
    """Every module of the app with its names."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.scopes = {
            source.path: Scope(source, None, bindings(source.tree.body))
            for source in sources.modules.values()
        }

    def values(self, node: ast.expr, scope: Scope, depth: int = DEPTH) -> list[Value]:
        """All that an expression may stand for; empty or Unknown where only running it could tell."""
        if depth <= 0:
            return []
        if isinstance(node, ast.Name):
            found = scope.find(node.id)
            if found is None:
                return [Foreign(node.id)]
            return [value for bound in found[1] for value in self._of(bound, found[0], depth - 1)]
        if isinstance(node, ast.Attribute):
            holders = self.values(node.value, scope, depth - 1)
            return [value for one in holders for value in self.attribute(one, node.attr, depth - 1)]
        if isinstance(node, ast.Call):
            return self._called(node, scope, depth - 1)
        if isinstance(node, ast.IfExp):
            return self.values(node.body, scope, depth - 1) + self.values(node.orelse, scope, depth - 1)
        text = self.text(node, scope, depth - 1)
        return [Unknown()] if text is None else [Text(text)]

    def text(self, node: ast.expr, scope: Scope, depth: int = DEPTH) -> str | None:
        """The one string that an expression is, or None."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.JoinedStr):
            parts = [self.text(part, scope, depth - 1) for part in node.values]
            return None if None in parts else "".join(filter(None, parts))
        if isinstance(node, ast.FormattedValue):
            return self.text(node.value, scope, depth - 1)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self.text(node.left, scope, depth - 1), self.text(node.right, scope, depth - 1)
            return None if left is None or right is None else left + right
        if isinstance(node, ast.Name | ast.Attribute):
            found = {value for value in self.values(node, scope, depth - 1) if not isinstance(value, Defined)}
            only = found.pop() if len(found) == 1 else None
            return only.value if isinstance(only, Text) else None
        return None

    def elements(
        self, node: ast.expr, scope: Scope, depth: int = DEPTH
    ) -> tuple[list[ast.expr], Scope] | None:
        """The members of a literal list, tuple or set, also one that a name stands for, and where they stand."""
        if isinstance(node, ast.Tuple | ast.List | ast.Set):
            return list(node.elts), scope
        if isinstance(node, ast.Name) and depth > 0:
            found = scope.find(node.id)
            if found and len(found[1]) == 1:
                if isinstance(found[1][0], Elsewhere):
                    return self.elements(found[1][0].node, found[1][0].scope, depth - 1)
                if isinstance(found[1][0], ast.expr):
                    return self.elements(found[1][0], found[0], depth - 1)
                if isinstance(found[1][0], Imported) and found[1][0].name:
                    source = self.module(found[1][0].module, found[0].source)
                    if source:
                        name = ast.Name(found[1][0].name, ast.Load())
                        return self.elements(name, self.scopes[source.path], depth - 1)
        return None

    def attribute(self, holder: Value, name: str, depth: int = DEPTH) -> list[Value]:
        """What `holder.name` stands for."""
        if isinstance(holder, Module):
            scope = self.scopes[holder.source.path]
            if name in scope.names:
                return [value for bound in scope.names[name] for value in self._of(bound, scope, depth)]
            inner = self.sources.modules.get(f"{holder.source.module}.{name}".lstrip("."))
            return [Module(inner)] if inner else []
        if isinstance(holder, Foreign):
            return [Foreign(f"{holder.name}.{name}")]
        if isinstance(holder, Defined) and isinstance(holder.node, ast.ClassDef):
            scope = holder.scope.inside(holder.node)
            return [value for bound in scope.names.get(name, []) for value in self._of(bound, scope, depth)]
        return [Unknown()]

    def bases(self, node: ast.ClassDef, scope: Scope) -> list[Value]:
        """What a class inherits from."""
        return [value for base in node.bases for value in self.values(base, scope)]

    def named(self, value: Value, suffix: str) -> bool:
        """Whether a value is a class of a package (or one of the app made from it) whose name ends like this."""
        if isinstance(value, Foreign):
            return value.name.endswith(suffix)
        if isinstance(value, Defined) and isinstance(value.node, ast.ClassDef):
            return any(self.named(base, suffix) for base in self.bases(value.node, value.scope))
        return False

    def _of(self, bound: Bound, scope: Scope, depth: int) -> list[Value]:
        if isinstance(bound, Unknown):
            return [bound]
        if isinstance(bound, Elsewhere):
            return self.values(bound.node, bound.scope, depth)
        if isinstance(bound, Imported):
            return self._imported(bound, scope.source, depth)
        if isinstance(bound, ast.expr):
            return self.values(bound, scope, depth)
        return [Defined(bound, scope)]

    def _imported(self, bound: Imported, importer: Source, depth: int) -> list[Value]:
        if depth <= 0:
            return []
        source = self.module(bound.module, importer)
        if bound.name is None:
            return [Module(source)] if source else [Foreign(bound.module)]
        if source:
            found = self.attribute(Module(source), bound.name, depth - 1)
            if found:
                return found
        inner = self.module(f"{bound.module.rstrip('.') and bound.module + '.'}{bound.name}", importer)
        if inner is None and not bound.module.strip("."):
            inner = self.module(f"{bound.module}{bound.name}", importer)
        return [Module(inner)] if inner else [Foreign(f"{bound.module}.{bound.name}")]

    def module(self, name: str, importer: Source) -> Source | None:
        """The app's own module that an import in `importer` names; leading dots are relative."""
        level = len(name) - len(name.lstrip("."))
        if not level:
            return self.sources.find(name, importer)
        parts = importer.package.split(".") if importer.package else []
        start = parts[: len(parts) - (level - 1)]
        return self.sources.modules.get(".".join([*start, *filter(None, [name.lstrip(".")])]))

    def _called(self, node: ast.Call, scope: Scope, depth: int) -> list[Value]:
        found: list[Value] = []
        for maker in self.values(node.func, scope, depth):
            if self.named(maker, "Blueprint"):
                found.append(self._blueprint(node, scope))
            elif self.named(maker, "Flask"):
                found.append(App())
            elif isinstance(maker, Defined) and not isinstance(maker.node, ast.ClassDef):
                found += self._returned(maker.node, maker.scope, depth)
            else:
                found.append(Unknown())
        return found

    def _returned(self, node: Definition, scope: Scope, depth: int) -> list[Value]:
        inner = scope.inside(node)
        return [
            value
            for part in ast.walk(node)
            if isinstance(part, ast.Return) and part.value is not None
            for value in self.values(part.value, inner, depth)
        ]

    def _blueprint(self, node: ast.Call, scope: Scope) -> Blueprint:
        place = f"{scope.source.path}:{node.lineno}"
        given = {one.arg: one.value for one in node.keywords}
        called = node.args[0] if node.args else given.get("name")
        name = None if called is None else self.text(called, scope)
        if None in given:
            return Blueprint(place, None, readable=False, name=name)
        prefix = given.get("url_prefix")
        if prefix is None or (isinstance(prefix, ast.Constant) and prefix.value is None):
            return Blueprint(place, None, name=name)
        text = self.text(prefix, scope)
        return Blueprint(place, text, readable=text is not None, name=name)
