"""The routes that the app's code declares, with the guards that stand on them. Read, never run."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gate.repo.blueprints import Declared, Found, Guards, Owner, Registration, placed
from gate.repo.guards import Guard, GuardReader
from gate.repo.python_source import Definition, Sources, begins
from gate.repo.scopes import App, Blueprint, Bound, Defined, Elsewhere, Scope, Value, World

VERBS = ("get", "post", "put", "patch", "delete", "head", "options")
# Functions before every request: of a blueprint's views, or of all.
_OF_ITS_OWN = ("before_request", "url_value_preprocessor")
_OF_ALL = ("before_app_request", "app_url_value_preprocessor")
BEFORE = (*_OF_ITS_OWN, *_OF_ALL)
_ADDING = ("add_url_rule", "add_resource")


@dataclass(frozen=True)
class _Done:
    """When a statement is carried out: always as its file is loaded (`certain`), or as a condition says (`chosen`)."""

    certain: bool = True
    chosen: bool = False


def declared(sources: Sources, guard_names: Sequence[str]) -> tuple[Declared, ...]:
    """Every route that the sources declare on an app, or on a blueprint that reaches one."""
    world = World(sources)
    walk = _Walk(world, GuardReader(world, guard_names))
    names = {node.name.encode() for node in walk.handing}
    for scope in world.scopes.values():
        if scope.source.may_route or any(name in scope.source.content for name in names):
            walk.body(scope.source.tree.body, scope, _Done())
    return tuple(dict.fromkeys(placed(walk.found)))


class _Walk:
    """One pass over every statement of every file."""

    def __init__(self, world: World, guards: GuardReader) -> None:
        self.world, self.guards, self.found = world, guards, Found()
        self.handing = _handing_on(world)
        # While a function is read with what a call gives it: the keywords that it has no names for.
        self.more: list[ast.keyword] | None = None

    def body(self, statements: Sequence[ast.stmt], scope: Scope, done: _Done) -> None:
        for node in statements:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                self._definition(node, scope, done)
                inside = replace(done, certain=done.certain and isinstance(node, ast.ClassDef))
                self.body(node.body, scope.inside(node), inside)
            elif isinstance(node, ast.For):
                self._loop(node, scope, done)
            else:
                inner = [
                    getattr(node, name)
                    for name in ("body", "orelse", "finalbody", "handlers")
                    if getattr(node, name, None)
                ]
                if not inner:
                    for call in (part for part in ast.walk(node) if isinstance(part, ast.Call)):
                        self._call(call, scope, done)
                certain = done.certain and isinstance(node, ast.With | ast.Try)
                for block in inner:
                    self._block(block, scope, _Done(certain, done.chosen or _is_choice(node)))
                if isinstance(node, ast.If) and _turns_back(node.body[-1]):
                    done = replace(done, chosen=True)

    def _block(self, block: Sequence[ast.stmt | ast.ExceptHandler], scope: Scope, done: _Done) -> None:
        for one in block:
            if isinstance(one, ast.ExceptHandler):
                self.body(one.body, scope, replace(done, chosen=True))
            else:
                self.body([one], scope, done)

    def _loop(self, node: ast.For, scope: Scope, done: _Done) -> None:
        """A loop over a literal list is read once for each member."""
        members = self.world.elements(node.iter, scope)
        if members is None:
            self.body(node.body, scope, replace(done, certain=False))
            return
        for member in members[0]:
            names: dict[str, list[Bound]] = {}
            if isinstance(node.target, ast.Name):
                names[node.target.id] = [Elsewhere(member, members[1])]
            elif isinstance(node.target, ast.Tuple) and isinstance(member, ast.Tuple):
                pairs = zip(node.target.elts, member.elts, strict=False)
                names |= {
                    one.id: [Elsewhere(part, members[1])] for one, part in pairs if isinstance(one, ast.Name)
                }
            self.body(node.body, Scope(scope.source, scope, names), done)

    def _definition(self, node: Definition | ast.ClassDef, scope: Scope, done: _Done) -> None:
        for rank, decorator in enumerate(node.decorator_list):
            if not isinstance(decorator, ast.Call):
                self._hook(decorator, node, scope)
                continue
            owners = self._owners_of_route(decorator, scope)
            if not owners:
                continue
            below = self._guards(node.decorator_list[rank + 1 :], scope)
            above = self._guards(node.decorator_list[:rank], scope)
            place = f"{scope.source.path}:{decorator.lineno}"
            view = (scope.source.path, begins(node))
            rules = [self._rule(one, scope) for one in self._rules(decorator)]
            named = _keyword(decorator, "endpoint")
            chosen = (self.world.text(named, scope) if named else node.name) if done.chosen else None
            for owner in owners:
                for rule in rules:
                    if isinstance(node, ast.ClassDef):
                        rows = self._of_class(Defined(node, scope), decorator, below)
                    else:
                        rows = [(method, below) for method in self._methods(decorator, scope)]
                    for method, guards in rows:
                        route = Declared(
                            method, rule, place, view, guards, done.certain, above, chosen=chosen or ""
                        )
                        self.found.routes.append((owner, route))

    def _hook(self, decorator: ast.expr, node: Definition | ast.ClassDef, scope: Scope) -> None:
        if not isinstance(decorator, ast.Attribute) or isinstance(node, ast.ClassDef):
            return
        if decorator.attr in BEFORE:
            self._before(decorator, self.guards.before(node, scope), scope)

    def _before(self, function: ast.Attribute, guards: Sequence[Guard], scope: Scope) -> None:
        if guards:
            owners = self._owners(function.value, scope)
            whole = function.attr in _OF_ALL
            self.found.before += [(App() if whole else owner, tuple(guards)) for owner in owners]

    def _owners_of_route(self, node: ast.Call, scope: Scope) -> list[Owner]:
        """Whom a decorator registers at, if it is one that registers: X.route("/p"), X.get("/p")."""
        function = node.func
        if not isinstance(function, ast.Attribute) or function.attr not in ("route", *VERBS):
            return []
        rule = next(iter(self._rules(node)), None)
        if rule is None:
            return []
        text = self._rule(rule, scope)
        values = self.world.values(function.value, scope)
        surely = any(isinstance(value, App | Blueprint) for value in values)
        # cache.get("key") registers nothing.
        if not surely and (function.attr != "route" and not (text or "").startswith("/")):
            return []
        return self._owners(function.value, scope)

    def _owners(self, node: ast.expr, scope: Scope) -> list[Owner]:
        """Apps and blueprints that an expression stands for; what cannot be read is taken for the app."""
        values = self.world.values(node, scope)
        return [value for value in values if isinstance(value, App | Blueprint)] or [App()]

    def _call(self, node: ast.Call, scope: Scope, done: _Done) -> None:
        for function in self._registering(node, scope):
            self._as_called(function, node, scope, done)
        if not isinstance(node.func, ast.Attribute):
            return
        name = node.func.attr
        if name == "register_blueprint" and node.args:
            self._register(node, node.func.value, scope, done.chosen)
        elif name == "add_url_rule" and (node.args or node.keywords):
            self._add_url_rule(node, node.func.value, scope, done.certain)
        elif name == "add_resource" and node.args:
            self._add_resource(node, node.func.value, scope, done.certain)
        elif name in BEFORE and node.args:
            argument = node.args[0]
            guards = self.guards.of(argument, scope)
            for value in self.world.values(argument, scope):
                if isinstance(value, Defined) and not isinstance(value.node, ast.ClassDef):
                    guards += self.guards.before(value.node, value.scope)
            self._before(node.func, guards, scope)

    def _registering(self, node: ast.Call, scope: Scope) -> list[Defined]:
        """The app's own functions that a call gives a rule to register: register_view(bp, ["/a"], view)."""
        if not self.handing or self.more is not None:
            return []
        return [
            value
            for value in self.world.values(node.func, scope)
            if isinstance(value, Defined) and value.node in self.handing
        ]

    def _as_called(self, function: Defined, node: ast.Call, scope: Scope, done: _Done) -> None:
        """A function's body with what a call gives it; its routes stand where the call does."""
        assert not isinstance(function.node, ast.ClassDef)
        asked, inside = function.node.args, function.scope.inside(function.node)
        by_place = [one.arg for one in (*asked.posonlyargs, *asked.args)]
        names = {*by_place, *(one.arg for one in asked.kwonlyargs)}
        given = dict(zip(by_place, node.args, strict=False))
        given |= {one.arg: one.value for one in node.keywords if one.arg in names}
        inside.names |= {name: [Elsewhere(value, scope)] for name, value in given.items()}
        known = len(self.found.routes)
        self.more = [one for one in node.keywords if one.arg not in names] if asked.kwarg else []
        self.body(function.node.body, inside, done)
        self.more = None
        place = f"{scope.source.path}:{node.lineno}"
        # What stays computed has been read with the function itself.
        self.found.routes[known:] = [
            (owner, replace(route, place=place))
            for owner, route in self.found.routes[known:]
            if route.rule is not None
        ]

    def _register(self, node: ast.Call, at: ast.expr, scope: Scope, chosen: bool) -> None:
        prefix = _keyword(node, "url_prefix")
        text = None if prefix is None else self.world.text(prefix, scope)
        readable = prefix is None or text is not None or _is_none(prefix)
        for child in self.world.values(node.args[0], scope):
            if isinstance(child, Blueprint):
                for owner in self._owners(at, scope):
                    self.found.nested.append(Registration(owner, child, text, readable, chosen))

    def _add_url_rule(self, node: ast.Call, at: ast.expr, scope: Scope, certain: bool) -> None:
        if self.more and any(one.arg is None for one in node.keywords):
            node = ast.Call(node.func, node.args, [*node.keywords, *self.more], lineno=node.lineno)
        rules = [self._rule(one, scope) for one in self._rules(node)] or [None]
        view = _keyword(node, "view_func") or (node.args[2] if len(node.args) > 2 else None)
        place = f"{scope.source.path}:{node.lineno}"
        for owner in self._owners(at, scope):
            for method, guards, where in self._views(view, node, scope):
                route = Declared(method, rules[0], place, where, guards, certain)
                self.found.routes.append((owner, route))

    def _add_resource(self, node: ast.Call, at: ast.expr, scope: Scope, certain: bool) -> None:
        given, prefix = list(self._arguments(node, scope)), self._own_prefix(at, scope)
        first, holder = given[0] if given and isinstance(node.args[0], ast.Starred) else (node, scope)
        place = f"{holder.source.path}:{first.lineno}"
        for value in self.world.values(*given[0]) if len(given) > 1 else ():
            if isinstance(value, Defined) and isinstance(value.node, ast.ClassDef):
                where = (value.scope.source.path, begins(value.node))
                for method, guards in self._of_class(value, node, ()):
                    for one, there in given[1:]:
                        for owner in self._behind(at, scope) or [App()]:
                            rule = self._rule(one, there)
                            whole = None if rule is None or prefix is None else prefix + rule
                            route = Declared(method, whole, place, where, guards, certain)
                            self.found.routes.append((owner, route))

    def _arguments(self, node: ast.Call, scope: Scope) -> Iterator[tuple[ast.expr, Scope]]:
        """Arguments by place and the scope in which each stands, those of `*members` among them."""
        for one in node.args:
            members = (
                self.world.elements(one.value, scope) if isinstance(one, ast.Starred) else ([one], scope)
            )
            yield from ((part, members[1]) for part in members[0]) if members else ()

    def _own_prefix(self, node: ast.expr, scope: Scope) -> str | None:
        """What an extension's object puts before its rules: api = Api(app, prefix="/v1"); None where it is computed."""
        found = scope.find(node.id) if isinstance(node, ast.Name) else None
        made = [one for one in found[1] if isinstance(one, ast.Call)] if found else []
        given = [one for one in (_keyword(call, "prefix") for call in made) if one and not _is_none(one)]
        return self.world.text(given[0], found[0]) if found and given else ""

    def _behind(self, node: ast.expr, scope: Scope) -> list[Owner]:
        """What an extension's object was made for: api = Api(blueprint)."""
        if isinstance(node, ast.Name):
            found = scope.find(node.id)
            bound = [one for one in found[1] if isinstance(one, ast.Call)] if found else []
            given = [one for call in bound for one in (*call.args, *(word.value for word in call.keywords))]
            values = [
                value for one in given for value in self.world.values(one, found[0] if found else scope)
            ]
            return [value for value in values if isinstance(value, App | Blueprint)][:1]
        return []

    def _views(
        self, view: ast.expr | None, node: ast.Call, scope: Scope
    ) -> Iterator[tuple[str | None, Guards, tuple[str, int] | None]]:
        """Methods, guards and place of what add_url_rule is given: a function or View.as_view(), maybe wrapped."""
        wrapped: list[Guard] = []
        view, held = self._given_name(view, scope)
        while isinstance(view, ast.Call) and not _is_as_view(view):
            wrapped += self.guards.of(view.func, held)
            view, held = self._given_name(view.args[0] if view.args else None, held)
        function = view.func.value if isinstance(view, ast.Call) and _is_as_view(view) else view  # type: ignore[attr-defined]
        values: list[Value] = self.world.values(function, held) if function is not None else []
        defined = [value for value in values if isinstance(value, Defined)]
        for value in defined:
            where = (value.scope.source.path, begins(value.node))
            if isinstance(value.node, ast.ClassDef):
                for method, guards in self._of_class(value, node, tuple(wrapped)):
                    yield method, guards, where
            else:
                own = self._guards(value.node.decorator_list, value.scope)
                for one in self._methods(node, scope):
                    yield one, tuple(dict.fromkeys((*wrapped, *own))), where
        if not defined:
            for one in self._methods(node, scope):
                yield one, tuple(wrapped), None

    @staticmethod
    def _given_name(view: ast.expr | None, scope: Scope) -> tuple[ast.expr | None, Scope]:
        """What a name stands for where it was given to a call first: view = View.as_view("a")."""
        found = scope.find(view.id) if isinstance(view, ast.Name) else None
        only = found[1][0] if found and len(found[1]) == 1 else None
        if isinstance(only, Elsewhere):
            return _Walk._given_name(only.node, only.scope)
        return (only, found[0]) if found and isinstance(only, ast.Call) else (view, scope)

    def _of_class(self, value: Defined, node: ast.Call, outside: Guards) -> list[tuple[str | None, Guards]]:
        """Methods of a class view with the guards of its `decorators`, of its bases', and of each method."""
        verbs: dict[str, Guards] = {}
        guards: list[Guard] = list(outside)
        listed: list[str | None] | None = None
        for one in self._family(value):
            assert isinstance(one.node, ast.ClassDef)
            inner = one.scope.inside(one.node)
            for name in ("decorators", "method_decorators"):
                for bound in inner.names.get(name, []):
                    members = self.world.elements(bound, inner) if isinstance(bound, ast.expr) else None
                    guards += self._guards(members[0], members[1]) if members else ()
            for bound in inner.names.get("methods", []):
                if listed is None and isinstance(bound, ast.expr):
                    listed = self._texts(bound, inner)
            for part in one.node.body:
                if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name in VERBS:
                    verbs.setdefault(part.name.upper(), self._guards(part.decorator_list, inner))
        given = _keyword(node, "methods")
        wanted = listed or [*verbs] or ["GET"]
        if given is not None:
            wanted = self._texts(given, value.scope)
        return [
            (method, tuple(dict.fromkeys((*guards, *verbs.get(method or "", ())))))
            for method in wanted
            if method not in ("HEAD", "OPTIONS")
        ]

    def _family(self, value: Defined, depth: int = 6) -> Iterator[Defined]:
        """A class and those of the app that it inherits from, nearest first."""
        yield value
        if depth and isinstance(value.node, ast.ClassDef):
            for base in self.world.bases(value.node, value.scope):
                if isinstance(base, Defined) and isinstance(base.node, ast.ClassDef):
                    yield from self._family(base, depth - 1)

    def _guards(self, decorators: Sequence[ast.expr], scope: Scope) -> Guards:
        return tuple(dict.fromkeys(guard for one in decorators for guard in self.guards.of(one, scope)))

    def _rules(self, node: ast.Call) -> list[ast.expr]:
        rule = _keyword(node, "rule")
        if rule is not None:
            return [rule]
        several = isinstance(node.func, ast.Attribute) and node.func.attr == "route"
        # flask-restx and its like take several rules at once.
        return [one for one in (node.args if several else node.args[:1]) if not isinstance(one, ast.Starred)]

    def _rule(self, node: ast.expr, scope: Scope) -> str | None:
        return self.world.text(node, scope)

    def _methods(self, node: ast.Call, scope: Scope) -> list[str | None]:
        if isinstance(node.func, ast.Attribute) and node.func.attr in VERBS:
            return [node.func.attr.upper()]
        given = _keyword(node, "methods")
        if given is None:
            return ["GET"]
        served = [one for one in self._texts(given, scope) if one not in ("HEAD", "OPTIONS")]
        return served or ["GET"]

    def _texts(self, node: ast.expr, scope: Scope) -> list[str | None]:
        members = self.world.elements(node, scope)
        if members is None:
            return [None]
        texts = [self.world.text(one, members[1]) for one in members[0]]
        return [text.upper() if text else None for text in texts]


def _handing_on(world: World) -> set[Definition | ast.ClassDef]:
    """The app's functions that register what they are given."""
    return {
        node
        for source in world.sources.modules.values()
        if any(f".{name}(".encode() in source.content for name in _ADDING)
        for node in source.definitions.values()
        if not isinstance(node, ast.ClassDef) and _hands_on(node)
    }


def _hands_on(node: Definition) -> bool:
    asked = {one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)}
    return any(
        isinstance(one, ast.Call)
        and isinstance(one.func, ast.Attribute)
        and one.func.attr in _ADDING
        and asked & {name.id for name in ast.walk(one) if isinstance(name, ast.Name)}
        for one in ast.walk(node)
    )


def _is_choice(node: ast.stmt) -> bool:
    """Whether what stands inside is done in some places only, such as where a feature is switched on.

    `if __name__ == "__main__"` is none: what only that starts is missing under a server.
    """
    if isinstance(node, ast.Try):
        return any(one.type is not None and "Import" in ast.unparse(one.type) for one in node.handlers)
    return isinstance(node, ast.If | ast.While) and "__name__" not in ast.unparse(node.test)


def _turns_back(node: ast.stmt) -> bool:
    """`return` with nothing: what follows is done only where the condition before it does not hold."""
    return isinstance(node, ast.Return) and (node.value is None or _is_none(node.value))


def _keyword(node: ast.Call, name: str) -> ast.expr | None:
    return next((one.value for one in node.keywords if one.arg == name), None)


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _is_as_view(node: ast.Call) -> bool:
    return isinstance(node.func, ast.Attribute) and node.func.attr == "as_view"
