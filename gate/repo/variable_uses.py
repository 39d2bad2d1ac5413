"""Which environment variables the app's code reads, and where. Read in the source; nothing is run."""

from __future__ import annotations

import ast
import re
from collections import ChainMap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import accumulate

from gate.repo.expressions import argument, constants_of, has_fallback, names_of, template_of
from gate.repo.python_source import Definition, Source, Sources, begins
from gate.repo.settings_objects import families_of, nested_by, settings_fields

_GETTERS = ("get", "pop", "setdefault")
# A helper may call another one; deeper than this nobody stacks them.
_DEPTH = 3
_READINGS = (ast.Subscript, ast.Compare, ast.Call)
_SPELLED = re.compile(rb"\b[A-Z][A-Z0-9_]{2,}\b")
_WORDS = re.compile(rb"environ|getenv|decouple|BaseSettings|from_prefixed_env|from_envvar")


@dataclass(frozen=True)
class Use:
    """One place that reads a variable. `fallback`: the code goes on with a value of its own where it is not set."""

    name: str
    place: str
    fallback: bool = False


@dataclass(frozen=True)
class Uses:
    """All that is read. `families` are prefixes under which every variable is read; `computed` are places
    whose variable's name is made while the app runs; `nested` are texts between the parts of names that settings
    put together by themselves; `spelled` are the words that such a made name may be, or begin with: those of the
    files that make one.
    """

    found: tuple[Use, ...] = ()
    families: tuple[str, ...] = ()
    computed: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    spelled: frozenset[str] = frozenset()

    def places(self) -> dict[str, list[Use]]:
        """The uses by name, in the order of reading."""
        by_name: dict[str, list[Use]] = {}
        for use in self.found:
            by_name.setdefault(use.name, []).append(use)
        return by_name

    def has(self, name: str) -> bool:
        """Whether a variable is read by its name, as one of a family, or as a part of settings."""
        by_name = any(use.name == name for use in self.found) or name.startswith(self.families)
        return by_name or any(between in name for between in self.nested)

    def may_have(self, name: str) -> bool:
        """The same, or whether a name that is made while the app runs may be this one."""
        begun = (f"{part}_" for part in accumulate(name.split("_")[:-1], "{}_{}".format))
        return self.has(name) or name in self.spelled or any(one in self.spelled for one in begun)


@dataclass(frozen=True)
class _Helper:
    """A function of the app that reads the variable whose name it is given, between `before` and `after`."""

    index: int
    parameter: str
    before: str = ""
    after: str = ""
    fallback: bool = False


@dataclass
class _Module:
    """What a module calls the environment, the functions that read it, and its constants."""

    source: Source
    # What may read a variable, and those of it that an `or` replaces where they give nothing.
    readings: tuple[ast.AST, ...] = ()
    replaced: frozenset[ast.AST] = frozenset()
    systems: set[str] = field(default_factory=set)
    environs: set[str] = field(default_factory=set)
    getters: set[str] = field(default_factory=set)
    readers: set[str] = field(default_factory=set)
    helpers: dict[str, tuple[_Helper, ...]] = field(default_factory=dict)
    constants: dict[str, tuple[str, ...]] = field(default_factory=dict)
    # What a function gives a name hides what the module calls so; nothing where that is no constant text.
    inside: dict[Definition, dict[str, tuple[str, ...]]] = field(default_factory=dict)
    # The innermost function in which a line stands, and the next around each.
    holders: dict[int, Definition] = field(default_factory=dict)
    around: dict[Definition, Definition | None] = field(default_factory=dict)
    # The names of what its classes inherit from.
    bases: set[str] = field(default_factory=set)
    imported: dict[str, tuple[str, str]] = field(default_factory=dict)

    def constants_at(self, line: int) -> Mapping[str, tuple[str, ...]]:
        """The constant texts by the names that a line sees, those of its own function first."""
        seen, function = [], self.holders.get(line)
        while function:
            seen.append(self.inside[function])
            function = self.around[function]
        return ChainMap(*seen, self.constants)


def variable_uses(sources: Sources, files: Iterable[Source]) -> Uses:
    """What these files read, also through the app's own helpers, wherever in the app those stand."""
    modules: dict[str, _Module] = {}
    for _ in range(_DEPTH):
        for source in _worth_reading(sources, modules):
            modules[source.module] = _prepared(source)
            _share_constants(modules[source.module], sources)
        for module in modules.values():
            _share_readers(module, sources, modules)
        for module in modules.values():
            if _may_read(module, sources, modules):
                _learn_helpers(module, sources, modules)
    found: list[Use] = []
    families: list[str] = []
    computed: list[str] = []
    nested: list[str] = []
    for source in sorted(files, key=lambda one: one.path):
        if source.module not in modules:
            continue
        module = modules[source.module]
        if not _may_read(module, sources, modules):
            continue
        families += families_of(source)
        nested += filter(None, nested_by(source))
        found += [Use(name, place, fallback) for name, place, fallback in settings_fields(source)]
        parameters = _inside_helpers(module)
        for name, fallback, node in _reads(module, sources, modules):
            place = f"{source.path}:{getattr(node, 'lineno', 1)}"
            names = names_of(name, module.constants_at(getattr(node, "lineno", 0)))
            if names:
                found += [Use(one, place, fallback) for one in names]
            elif node not in parameters:
                computed.append(place)
        computed += _loops_over_all(module)
    making = {place.rpartition(":")[0] for place in computed}
    spelled = _SPELLED.findall(b"\n".join(one.content for one in files if one.path in making))
    return Uses(
        tuple(found),
        tuple(dict.fromkeys(families)),
        tuple(dict.fromkeys(computed)),
        tuple(dict.fromkeys(nested)),
        frozenset(one.decode() for one in spelled),
    )


def _loops_over_all(module: _Module) -> Iterator[str]:
    """Places that go through every variable: for name, value in os.environ.items()."""
    for node in module.source.nodes:
        if isinstance(node, ast.For | ast.comprehension):
            every = node.iter.func if isinstance(node.iter, ast.Call) else node.iter
            items = isinstance(every, ast.Attribute) and every.attr in ("items", "keys", "copy")
            if _is_environ(every.value if isinstance(every, ast.Attribute) and items else every, module):
                yield f"{module.source.path}:{node.target.lineno}"


def _worth_reading(sources: Sources, known: Mapping[str, _Module]) -> list[Source]:
    """Files not yet `known` with a word of reading, or with the name of something in a known one that reads."""
    names = {
        name.rpartition(".")[2].encode()
        for module in known.values()
        for names in (module.helpers, module.environs, module.getters, module.readers)
        for name in names
    }
    return [
        source
        for name, source in sources.modules.items()
        if name not in known
        and (_WORDS.search(source.content) or any(one in source.content for one in names))
    ]


def _prepared(source: Source) -> _Module:
    readings = sorted(
        (node for node in source.nodes if isinstance(node, _READINGS)), key=lambda one: one.lineno
    )
    either = [node for node in source.nodes if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or)]
    replaced: list[ast.AST] = [one for node in either for one in node.values[:-1]]
    for node in source.nodes if _WORDS.search(source.content) else ():
        if isinstance(node, ast.If | ast.IfExp):
            replaced += _asked_first(node)
    module = _Module(source, tuple(readings), frozenset(replaced))
    for node in source.nodes:
        if isinstance(node, Definition):
            _hold(module, node)
        elif isinstance(node, ast.ClassDef):
            module.bases |= {one.id for one in node.bases if isinstance(one, ast.Name)}
    module.constants |= {name: texts for name, texts in constants_of(source.tree.body).items() if "." in name}
    for node in source.nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name
                if alias.name == "os":
                    module.systems.add(name)
                module.imported[name] = (alias.name, "")
        elif isinstance(node, ast.ImportFrom):
            _import_from(module, node)
        elif isinstance(node, ast.For | ast.comprehension):
            _bind(module, node.target, node.iter)
    for node in source.nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            _bind(module, node.targets[0], node.value)
    return module


def _hold(module: _Module, function: Definition) -> None:
    """Note what a function calls its parameters, and its lines; the outer one has been noted before it."""
    asked = (one for one in ast.walk(function.args) if isinstance(one, ast.arg))
    module.inside[function] = {one.arg: () for one in asked}
    module.around[function] = module.holders.get(begins(function))
    lines = range(begins(function), (function.end_lineno or 0) + 1)
    module.holders |= dict.fromkeys(lines, function)


def _asked_first(node: ast.If | ast.IfExp) -> Iterator[ast.AST]:
    """What a condition reads, and what stands behind it and reads the same: without it the code goes on.

    Not where a branch gives up.
    """
    asked = {_name_read(one): one for one in ast.walk(node.test) if isinstance(one, _READINGS)}
    asked.pop("", None)
    branches = [node.body, node.orelse] if isinstance(node, ast.IfExp) else [*node.body, *node.orelse]
    inside = [one for branch in branches for one in ast.walk(branch)] if asked else []
    if any(isinstance(one, ast.Raise) or _exits(one) for one in inside):
        return
    yield from asked.values()
    yield from (one for one in inside if isinstance(one, _READINGS) and _name_read(one) in asked)


def _name_read(node: ast.expr) -> str:
    """The source of a variable's name, where a node looks like reading one; else empty."""
    if isinstance(node, ast.Subscript) and _WORDS.search(ast.unparse(node.value).encode()):
        return ast.unparse(node.slice)
    if isinstance(node, ast.Compare) and _WORDS.search(ast.unparse(node.comparators[0]).encode()):
        return ast.unparse(node.left)
    if isinstance(node, ast.Call) and node.args and _WORDS.search(ast.unparse(node.func).encode()):
        return ast.unparse(node.args[0])
    return ""


def _exits(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] in (
        "exit",
        "_exit",
        "abort",
    )


def _import_from(module: _Module, node: ast.ImportFrom) -> None:
    package = module.source.package.split(".") if module.source.package else []
    start = package[: len(package) - (node.level - 1)] if node.level else []
    origin = ".".join([*start, *filter(None, [node.module])])
    for alias in node.names:
        name = alias.asname or alias.name
        module.imported[name] = (origin, alias.name)
        if origin == "os" and alias.name == "environ":
            module.environs.add(name)
        elif (origin, alias.name) in (("os", "getenv"), ("decouple", "config")):
            module.getters.add(name)


def _bind(module: _Module, target: ast.expr, value: ast.expr) -> None:
    """Follow a name to what it stands for: constant texts, the environment, its `get`, or a reader of it."""
    if not isinstance(target, ast.Name):
        return
    seen, function = module.constants_at(target.lineno), module.holders.get(target.lineno)
    holder = module.inside[function] if function else module.constants
    if texts := names_of(value, seen):
        holder[target.id] = (*holder.get(target.id, ()), *texts)
    elif isinstance(value, ast.List | ast.Tuple | ast.Set):
        listed = [names_of(one, seen) for one in value.elts]
        holder[target.id] = tuple(one for texts in listed for one in texts)
    elif _is_environ(value, module):
        module.environs.add(target.id)
    elif _is_getter(value, module):
        module.getters.add(target.id)
    elif isinstance(value, ast.Call) and ast.unparse(value.func).rpartition(".")[2] in (
        "Env",
        "FileAwareEnv",
    ):
        module.readers.add(target.id)


def _share_readers(module: _Module, sources: Sources, modules: Mapping[str, _Module]) -> None:
    for name, (origin, attribute) in module.imported.items():
        other = _own(origin, module, sources, modules)
        if other is not None and attribute:
            for here, there in (
                (module.environs, other.environs),
                (module.getters, other.getters),
                (module.readers, other.readers),
            ):
                if attribute in there:
                    here.add(name)


def _share_constants(module: _Module, sources: Sources) -> None:
    """Texts that another module of the app gives a name; a name of the module's own comes first."""
    if not _WORDS.search(module.source.content):
        return
    for name, (origin, attribute) in module.imported.items():
        holder = sources.find(origin, module.source) if attribute else None
        for key, texts in constants_of(holder.tree.body).items() if holder else ():
            if key == attribute or key.startswith(f"{attribute}."):
                module.constants.setdefault(name + key.removeprefix(attribute), texts)
        whole = sources.find(f"{origin}.{attribute}".strip("."), module.source)
        for key, texts in constants_of(whole.tree.body).items() if whole else ():
            module.constants.setdefault(f"{name}.{key}", texts)


def _may_read(module: _Module, sources: Sources, modules: Mapping[str, _Module]) -> bool:
    """Whether it has any of the words of reading, or imports from where helpers stand: most files do neither."""
    if _WORDS.search(module.source.content) or module.environs or module.getters or module.readers:
        return True
    for origin, attribute in module.imported.values():
        for name in (origin, f"{origin}.{attribute}"):
            other = _own(name, module, sources, modules)
            if other is not None and other.helpers:
                return True
    return False


def _own(origin: str, module: _Module, sources: Sources, modules: Mapping[str, _Module]) -> _Module | None:
    source = sources.find(origin, module.source) if origin else None
    return modules.get(source.module) if source else None


def _learn_helpers(module: _Module, sources: Sources, modules: Mapping[str, _Module]) -> None:
    for name, fallback, call in list(_reads(module, sources, modules)):
        template = template_of(name)
        for owner, node in _functions(module.source.tree) if template else ():
            parameters = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
            inside = begins(node) <= getattr(call, "lineno", 0) <= (node.end_lineno or 0)
            if inside and template and template[1] in parameters:
                before, parameter, after = template
                bound = owner and not any(ast.unparse(one) == "staticmethod" for one in node.decorator_list)
                index = parameters.index(parameter) - (1 if bound else 0)
                key = f"{owner}.{node.name}" if owner else node.name
                # What it falls back on is often its own parameter, and that is the caller's to give.
                passed = {one.id for one in ast.walk(call) if isinstance(one, ast.Name)} & {*parameters}
                others = [
                    one for one in module.helpers.get(key, ()) if (one.before, one.after) != (before, after)
                ]
                known = [one for one in module.helpers.get(key, ()) if one not in others]
                fallback = fallback and passed == {parameter} and all(one.fallback for one in known)
                module.helpers[key] = (*others, _Helper(index, parameter, before, after, fallback))


def _functions(tree: ast.Module) -> Iterator[tuple[str, Definition]]:
    """Functions of a module and methods of its classes, with the class's name."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield "", node
        elif isinstance(node, ast.ClassDef):
            for one in node.body:
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield node.name, one


def _inside_helpers(module: _Module) -> set[ast.AST]:
    """Nodes within helpers: what they read is counted where they are called."""
    helping = [
        node
        for owner, node in _functions(module.source.tree)
        if (f"{owner}.{node.name}" if owner else node.name) in module.helpers
    ]
    return {inner for node in helping for inner in ast.walk(node)}


def _reads(
    module: _Module, sources: Sources, modules: Mapping[str, _Module]
) -> Iterator[tuple[ast.expr, bool, ast.AST]]:
    """Every reading of a variable: the expression of its name, whether there is a fallback, and where."""
    replaced = module.replaced
    for node in module.readings:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            if _is_environ(node.value, module):
                yield node.slice, node in replaced, node
        elif isinstance(node, ast.Compare) and len(node.ops) == 1:
            if isinstance(node.ops[0], ast.In | ast.NotIn) and _is_environ(node.comparators[0], module):
                yield node.left, True, node
        elif isinstance(node, ast.Call):
            if _is_getter(node.func, module) or _is_reader(node.func, module):
                name = argument(node, 0, "key", "option", "var", "name")
                if name is not None:
                    yield name, node in replaced or has_fallback(node, name), node
            elif isinstance(node.func, ast.Attribute) and node.func.attr == "from_envvar":
                # Flask reads there the name of a file of settings.
                name = argument(node, 0, "variable_name")
                if name is not None:
                    yield name, len(node.args) + len(node.keywords) > 1, node
            else:
                for helper in _helpers(node.func, module, sources, modules):
                    name = argument(node, helper.index, helper.parameter)
                    if name is not None:
                        whole = _joined(helper, name)
                        yield whole, node in replaced or helper.fallback or has_fallback(node, name), node


def _is_environ(node: ast.AST, module: _Module) -> bool:
    if isinstance(node, ast.Name):
        return node.id in module.environs
    return (
        isinstance(node, ast.Attribute)
        and node.attr == "environ"
        and isinstance(node.value, ast.Name)
        and node.value.id in module.systems
    )


def _is_getter(node: ast.AST, module: _Module) -> bool:
    if isinstance(node, ast.Name):
        return node.id in module.getters
    if not isinstance(node, ast.Attribute):
        return False
    if node.attr == "getenv":
        return isinstance(node.value, ast.Name) and node.value.id in module.systems
    return node.attr in _GETTERS and _is_environ(node.value, module)


def _is_reader(node: ast.AST, module: _Module) -> bool:
    """`env(...)` or `env.int(...)` of the packages environs and django-environ."""
    if isinstance(node, ast.Attribute) and node.attr in ("read_env", "prefixed", "seal"):
        return False
    plain = node.value if isinstance(node, ast.Attribute) else node
    return isinstance(plain, ast.Name) and plain.id in module.readers


def _helpers(
    node: ast.expr, module: _Module, sources: Sources, modules: Mapping[str, _Module]
) -> tuple[_Helper, ...]:
    """What a function of the app reads, for each way in which it makes a name of its parameter."""
    if isinstance(node, ast.Name):
        if node.id in module.helpers:
            return module.helpers[node.id]
        origin, attribute = module.imported.get(node.id, ("", ""))
        other = _own(origin, module, sources, modules) if attribute else None
        return other.helpers.get(attribute, ()) if other else ()
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return ()
    holder = node.value.id
    if holder in ("self", "cls"):
        own = [one for key, one in module.helpers.items() if key.endswith(f".{node.attr}")]
        return own[0] if own else _inherited(node.attr, module, sources, modules)
    if f"{holder}.{node.attr}" in module.helpers:
        return module.helpers[f"{holder}.{node.attr}"]
    origin, attribute = module.imported.get(holder, ("", ""))
    other = _own(f"{origin}.{attribute}".strip("."), module, sources, modules) if origin else None
    if other:
        return other.helpers.get(node.attr, ())
    other = _own(origin, module, sources, modules) if attribute else None
    return other.helpers.get(f"{attribute}.{node.attr}", ()) if other else ()


def _inherited(
    method: str, module: _Module, sources: Sources, modules: Mapping[str, _Module]
) -> tuple[_Helper, ...]:
    """What a method reads that stands in a class which the module imports, as the base of one of its own."""
    for base in module.bases & module.imported.keys():
        origin, name = module.imported[base]
        other = _own(origin, module, sources, modules) if name else None
        if other and f"{name}.{method}" in other.helpers:
            return other.helpers[f"{name}.{method}"]
    return ()


def _joined(helper: _Helper, name: ast.expr) -> ast.expr:
    if not helper.before and not helper.after:
        return name
    return ast.JoinedStr(
        [ast.Constant(helper.before), ast.FormattedValue(name, -1), ast.Constant(helper.after)]
    )
