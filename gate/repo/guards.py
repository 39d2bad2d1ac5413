"""Which decorators guard a view: the names that target.toml lists, their aliases, and what is built upon them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gate.repo.python_source import Definition
from gate.repo.scopes import DEPTH, Defined, Foreign, Imported, Module, Scope, World


@dataclass(frozen=True)
class Guard:
    """One guard on one view. `asks` are the roles (or whatever else) that it is given, as texts."""

    name: str
    asks: frozenset[str] = frozenset()

    def __str__(self) -> str:
        return f"{self.name}({', '.join(sorted(self.asks))})" if self.asks else self.name


class GuardReader:
    """Finds guards in decorators. `names` are plain ones, such as role_required, wherever they come from."""

    def __init__(self, world: World, names: Sequence[str]) -> None:
        self.world, self.names = world, frozenset(name.rpartition(".")[2] for name in names)
        # What a function hands back does not change, and others call it over and over.
        self._found_inside: dict[tuple[Definition, int], list[Guard]] = {}

    def of(self, node: ast.expr, scope: Scope, depth: int = DEPTH) -> list[Guard]:
        """The guards that this expression, used as a decorator, puts on a view."""
        if depth <= 0:
            return []
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth - 1)
        if not isinstance(node, ast.Name | ast.Attribute):
            return []
        if isinstance(node, ast.Name):
            # An alias may stand for a call, which keeps its roles: admins = role_required("admin").
            aliased = self._aliased(node.id, scope)
            if aliased:
                behind = [guard for one, where in aliased for guard in self.of(one, where, depth - 1)]
                # An object may be the guard itself: require_oauth = ResourceProtector().
                return behind or ([Guard(node.id)] if node.id in self.names else [])
        guards: list[Guard] = []
        for value in self.world.values(node, scope, depth - 1):
            name = self._name(value)
            if name in self.names:
                guards.append(Guard(name))
            elif isinstance(value, Defined) and not isinstance(value.node, ast.ClassDef):
                guards += self._inside(value.node, value.scope, depth - 1)
        if not guards and isinstance(node, ast.Attribute):
            guards += self._of_module(node, scope, depth)
        return guards

    def _aliased(self, name: str, scope: Scope) -> list[tuple[ast.expr, Scope]]:
        """The expressions that a name was given, here or in the module it is imported from."""
        found = scope.find(name)
        aliased: list[tuple[ast.expr, Scope]] = []
        for bound in found[1] if found else ():
            assert found is not None
            if isinstance(bound, ast.expr):
                aliased.append((bound, found[0]))
            elif isinstance(bound, Imported) and bound.name:
                source = self.world.module(bound.module, found[0].source)
                there = self.world.scopes[source.path] if source else None
                if there and any(not isinstance(one, Definition) for one in there.names.get(bound.name, ())):
                    aliased.append((ast.Name(bound.name, ast.Load()), there))
        return aliased

    def _of_module(self, node: ast.Attribute, scope: Scope, depth: int) -> list[Guard]:
        """auth.admins, where auth.py says admins = role_required("admin")."""
        for holder in self.world.values(node.value, scope, depth - 1):
            if isinstance(holder, Module):
                there = self.world.scopes[holder.source.path]
                return self.of(ast.Name(node.attr, ast.Load()), there, depth - 1)
        # What it is cannot be read (an attribute of an object), but its name can: auth.login_required.
        return [Guard(node.attr)] if node.attr in self.names else []

    def before(self, node: Definition, scope: Scope) -> list[Guard]:
        """The guards of a function that runs before every request."""
        if node.name in self.names:
            return [Guard(node.name)]
        decorated = [guard for one in node.decorator_list for guard in self.of(one, scope)]
        inner = scope.inside(node)
        called = (part.func for part in ast.walk(node) if isinstance(part, ast.Call))
        return decorated or [
            guard for one in called if isinstance(one, ast.Call) for guard in self.of(one, inner)
        ]

    def _name(self, value: object) -> str:
        if isinstance(value, Defined):
            return value.node.name
        return value.name.rpartition(".")[2] if isinstance(value, Foreign) else ""

    def _call(self, node: ast.Call, scope: Scope, depth: int) -> list[Guard]:
        arguments = list(node.args)
        made = self.world.values(node.func, scope, depth)
        if arguments and any(isinstance(one, Foreign) and one.name.endswith("partial") for one in made):
            guards = self.of(arguments.pop(0), scope, depth)
        else:
            guards = self.of(node.func, scope, depth)
            if isinstance(node.func, ast.Call):
                return guards  # what the second pair of brackets holds is the view
        asks = frozenset(self._asks([*arguments, *(one.value for one in node.keywords)], scope))
        return [Guard(guard.name, guard.asks | asks) for guard in guards]

    def _inside(self, node: Definition, scope: Scope, depth: int) -> list[Guard]:
        """The guards that a decorator of the app's own puts on what it is given, or hands back."""
        key = (node, depth)
        if key not in self._found_inside:
            self._found_inside[key] = list(dict.fromkeys(self._read_inside(node, scope.inside(node), depth)))
        return self._found_inside[key]

    def _read_inside(self, node: Definition, inner: Scope, depth: int) -> list[Guard]:
        guards: list[Guard] = []
        for part in ast.walk(node):
            if isinstance(part, ast.Return) and part.value is not None:
                # role_required("admin")(view) is one guard, put on by its outer call.
                called = [one.func for one in ast.walk(part.value) if isinstance(one, ast.Call)]
                within = [one.func for one in called if isinstance(one, ast.Call)]
                for one in [one for one in called if one not in within] or [part.value]:
                    guards += self.of(one, inner, depth) or self.of(part.value, inner, depth)
            elif isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part is not node:
                for one in part.decorator_list:
                    guards += self.of(one, inner, depth)
        return guards

    def _asks(self, arguments: Sequence[ast.expr], scope: Scope) -> Iterator[str]:
        for node in arguments:
            inner = node.value if isinstance(node, ast.Starred) else node
            members = self.world.elements(inner, scope)
            if members is not None:
                yield from self._asks(*members)
                continue
            if isinstance(inner, ast.Constant) and not isinstance(inner.value, str):
                continue
            text = self.world.text(inner, scope)
            if text is not None:
                yield text
            elif not self._is_view(inner, scope):
                yield ast.unparse(inner)

    def _is_view(self, node: ast.expr, scope: Scope) -> bool:
        """What a guard is put around is none of its roles."""
        if isinstance(node, ast.Lambda | ast.Call):
            return True
        return any(isinstance(value, Defined) for value in self.world.values(node, scope))
