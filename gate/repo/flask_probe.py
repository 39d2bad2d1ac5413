"""Run by the candidate's own Python, never imported by the gate: loads its app and writes down what it is.

    python -I flask_probe.py MODULE:NAME OUTPUT [FOLDER...]

Only the standard library, and no newer Python than 3.8. The current folder is the app's. Modules are looked for in
each FOLDER too, and the app is loaded in the first one, as gunicorn's --chdir does. OUTPUT becomes JSON;
gate/repo/app_facts.py says what its keys mean.
"""

from __future__ import annotations

import ast
import functools
import importlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

HERE = str(Path.cwd().resolve())


def load(spec: str) -> Any:
    """The application that gunicorn would take for this name."""
    module, _, expression = spec.partition(":")
    found = importlib.import_module(module)
    node: Any = ast.parse(expression or "application", mode="eval").body
    if isinstance(node, ast.Call):
        arguments = [ast.literal_eval(one) for one in node.args]
        named = {str(one.arg): ast.literal_eval(one.value) for one in node.keywords}
        return getattr(found, (expression or "").partition("(")[0].strip())(*arguments, **named)
    for part in (expression or "application").strip().split("."):
        found = getattr(found, part)
    return found


def unwrapped(app: Any) -> Any:
    """The Flask application inside of middleware."""
    for _ in range(8):
        if hasattr(app, "url_map") and hasattr(app, "view_functions"):
            return app
        inner = [getattr(app, name, None) for name in ("app", "application", "wsgi_app", "__wrapped__")]
        app = next((one for one in inner if one is not None), None)
    return None


def place(code: Any) -> list[Any]:
    """[file, line, qualified name]; the file is relative to the app where it belongs to it."""
    path = os.path.realpath(code.co_filename)
    own = path.startswith(HERE + os.sep)
    name = getattr(code, "co_qualname", code.co_name)
    return [os.path.relpath(path, HERE) if own else path, code.co_firstlineno, name]


def chain(view: Any) -> list[list[Any]]:
    """The places of a view and of everything that is wrapped around it, outermost first."""
    places = []
    for _ in range(20):
        if isinstance(view, functools.partial):
            view = view.func
        view = getattr(view, "__func__", view)
        code = getattr(view, "__code__", None) or getattr(type(view).__call__, "__code__", None)
        if code is None:
            break
        places.append(place(code))
        if not hasattr(view, "__wrapped__"):
            break
        view = view.__wrapped__
    return places


def routes(app: Any) -> list[dict[str, Any]]:
    """One entry for each rule of the url_map."""
    found = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions.get(rule.endpoint)
        if view is None:
            continue
        methods = sorted((rule.methods or {"GET"}) - {"HEAD", "OPTIONS"}) or sorted(rule.methods or ())
        kind = getattr(view, "view_class", None)
        by_method = {}
        for method in methods if kind is not None else ():
            # A view that is no MethodView answers every method by one function.
            function = getattr(kind, method.lower(), None) or getattr(kind, "dispatch_request", None)
            if function is not None:
                by_method[method] = chain(function)
        found.append(
            {
                "rule": rule.rule,
                "host": rule.host or rule.subdomain or "",
                "methods": methods,
                "endpoint": rule.endpoint,
                "view": chain(view),
                "by_method": by_method,
                "class": [kind.__module__, kind.__qualname__] if kind is not None else None,
                "module": getattr(view, "__module__", None) or "",
                "before": before(app, rule.endpoint),
                "arguments": sorted(rule.arguments),
                "defaults": sorted(rule.defaults or ()),
            }
        )
    return found


def before(app: Any, endpoint: str) -> list[list[Any]]:
    """The places of what runs before a request to an endpoint: for all of them, and for those of its blueprints."""
    hooks = getattr(app, "before_request_funcs", {})
    parts = endpoint.split(".")[:-1]
    holders = [None, *(".".join(parts[: size + 1]) for size in range(len(parts)))]
    return [place for holder in holders for hook in hooks.get(holder, ()) for place in chain(hook)]


def templates(app: Any) -> tuple[list[dict[str, Any]], list[str] | None, str]:
    """One entry for each template below the app's folder, and the names of all templates."""
    environment = app.jinja_env
    try:
        # Loaders of themes ask current_app. It is not popped: what the app does at the end is not for us to run.
        app.app_context().push()
        names = environment.list_templates()
    except Exception as error:
        return [], None, f"{type(error).__name__}: {error}"
    found = []
    for name in names:
        try:
            source, path, _ = environment.loader.get_source(environment, name)
        except Exception as error:
            found.append({"name": name, "file": name, "error": [1, f"{type(error).__name__}: {error}"]})
            continue
        real = os.path.realpath(path or name)
        if real.startswith(HERE + os.sep):
            found.append(template(app, name, source, os.path.relpath(real, HERE)))
    return found, list(names), ""


def template(app: Any, name: str, source: str, path: str) -> dict[str, Any]:
    """What one template needs: other templates, filters, tests, endpoints.

    Without what stands in a branch that the app's configuration switches off, and without links that the app's own
    code makes.
    """
    from jinja2 import nodes

    environment = app.jinja_env
    entry: dict[str, Any] = {"name": name, "file": path, "error": None}
    entry.update({key: [] for key in ("needs", "filters", "urls", "defines")})
    try:
        tree = environment.parse(source, name, path)
        environment.compile(source, name, path)
    except Exception as error:
        entry["error"] = [getattr(error, "lineno", None) or 1, f"{type(error).__name__}: {error}"]
        return entry
    read = list(switched_on(tree, app.config))
    used = {node.name for node in read if isinstance(node, nodes.Name) and node.ctx == "load"}
    for node in read:
        if not isinstance(node, (nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
            continue
        if getattr(node, "ignore_missing", False):
            continue
        one: Any = node.template
        names = None
        if isinstance(one, nodes.Const):
            names = [one.value] if isinstance(one.value, str) else list(one.value)
        elif isinstance(one, (nodes.Tuple, nodes.List)):
            parts: list[Any] = list(one.items)
            names = [x.value for x in parts] if all(isinstance(x, nodes.Const) for x in parts) else None
        if names:
            taken = [x if isinstance(x, tuple) else (x, x) for x in getattr(node, "names", ())]
            # What is imported and never used cannot break a page.
            wanted = [name for name, alias in taken if alias in used]
            entry["needs"].append([node.lineno, names, wanted])
    for kind, known in ((nodes.Filter, environment.filters), (nodes.Test, environment.tests)):
        for node in read:
            if isinstance(node, kind) and node.name not in known:
                entry["filters"].append([node.lineno, node.name])
    for node in read:
        by_name = isinstance(getattr(node, "node", None), nodes.Name) and node.node.name == "url_for"
        if isinstance(node, nodes.Call) and by_name and node.args and isinstance(node.args[0], nodes.Const):
            endpoint = node.args[0].value
            given = {
                one.key: one.value.value if isinstance(one.value, nodes.Const) else "1" for one in node.kwargs
            }
            if endpoint in app.view_functions or not makes_link(app, endpoint, given):
                entry["urls"].append([node.lineno, endpoint, [*given], node.dyn_kwargs is not None])
    entry["defines"] = sorted(defined(tree))
    return entry


def switched_on(node: Any, config: Any) -> Iterator[Any]:
    """A node and all below it, but for the branches of an `if` that the app's configuration alone rules out."""
    from jinja2 import nodes

    yield node
    parts = list(node.iter_child_nodes())
    if isinstance(node, nodes.If):
        said = decided(node.test, config)
        left_out = {None: [], True: [*node.elif_, *node.else_], False: node.body}[said]
        parts = [one for one in parts if not any(one is other for other in left_out)]
    for part in parts:
        yield from switched_on(part, config)


def decided(test: Any, config: Any) -> Any:
    """What an expression over `config.NAME` gives with this configuration; None where it asks for more."""
    from jinja2 import nodes

    if isinstance(test, nodes.Not):
        inner = decided(test.node, config)
        return None if inner is None else not inner
    if isinstance(test, (nodes.And, nodes.Or)):
        both = [decided(test.left, config), decided(test.right, config)]
        settles = isinstance(test, nodes.Or)
        return settles if settles in both else None if None in both else not settles
    key = None
    if isinstance(test, nodes.Getattr):
        key = test.attr
    elif isinstance(test, nodes.Getitem) and isinstance(test.arg, nodes.Const):
        key = test.arg.value
    # A view may hand over another `config`: only names that the app's own has are taken for its.
    if key not in config or not isinstance(test.node, nodes.Name) or test.node.name != "config":
        return None
    return bool(config[key])


def makes_link(app: Any, endpoint: str, values: Any) -> bool:
    """Whether the app's own code leads somewhere for an endpoint that the url_map lacks, as it may ask Flask to."""
    url_for = app.jinja_env.globals.get("url_for")
    of_flask = (getattr(url_for, "__module__", None) or "").partition(".")[0] == "flask"
    if of_flask and not app.url_build_error_handlers:
        return False
    try:
        with app.test_request_context():
            url_for(endpoint, **values)
    except Exception as error:
        # Anything else is no answer: what it needs may be missing here.
        return type(error).__name__ != "BuildError"
    return True


def defined(tree: Any) -> set[str]:
    """Names that another template may import from this one."""
    from jinja2 import nodes

    names = {node.name for node in tree.find_all(nodes.Macro)}
    names |= {node.target for node in tree.find_all(nodes.Import)}
    for node in tree.find_all(nodes.FromImport):
        names |= {one[1] if isinstance(one, tuple) else one for one in node.names}
    for node in tree.find_all((nodes.Assign, nodes.AssignBlock)):
        names |= {one.name for one in node.target.find_all(nodes.Name)}
        names |= {node.target.name} if isinstance(node.target, nodes.Name) else set()
    return names


def main(spec: str, output: str, *folders: str) -> int:
    """Exit 0 with facts, 3 when what was loaded is no Flask application."""
    sys.path[:0] = [*(str(Path(HERE) / one) for one in folders), HERE]
    os.chdir(sys.path[0])
    app = unwrapped(load(spec))
    if app is None:
        print(f"what {spec} names is no Flask application")
        return 3
    modules = []
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path and os.path.realpath(path).startswith(HERE + os.sep):
            modules.append(os.path.relpath(os.path.realpath(path), HERE))
    facts = {"routes": routes(app), "modules": sorted(set(modules))}
    facts["url_defaults"] = bool(app.url_default_functions)
    facts["templates"], facts["template_names"], facts["no_templates"] = templates(app)
    with Path(output).open("w", encoding="utf-8") as stream:
        json.dump(facts, stream)
    return 0


if __name__ == "__main__":
    try:
        code = main(*sys.argv[1:])
    except BaseException:
        traceback.print_exc()
        code = 1
    sys.stdout.flush()
    sys.stderr.flush()
    # Threads that the app starts while it loads must not keep us.
    os._exit(code)
