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
            function = getattr(kind, method.lower(), None)
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
                "arguments": sorted(rule.arguments),
                "defaults": sorted(rule.defaults or ()),
            }
        )
    return found


def templates(app: Any) -> tuple[list[dict[str, Any]], list[str] | None, str]:
    """One entry for each template below the app's folder, and the names of all templates."""
    environment = app.jinja_env
    try:
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
            found.append(template(environment, name, source, os.path.relpath(real, HERE)))
    return found, list(names), ""


def template(environment: Any, name: str, source: str, path: str) -> dict[str, Any]:
    """What one template needs: other templates, filters, tests, endpoints."""
    from jinja2 import nodes

    entry: dict[str, Any] = {"name": name, "file": path, "error": None}
    entry.update({key: [] for key in ("needs", "filters", "urls", "defines")})
    try:
        tree = environment.parse(source, name, path)
        environment.compile(source, name, path)
    except Exception as error:
        entry["error"] = [getattr(error, "lineno", None) or 1, f"{type(error).__name__}: {error}"]
        return entry
    used = {node.name for node in tree.find_all(nodes.Name) if node.ctx == "load"}
    for node in tree.find_all((nodes.Extends, nodes.Include, nodes.Import, nodes.FromImport)):
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
        for node in tree.find_all(kind):
            if node.name not in known:
                entry["filters"].append([node.lineno, node.name])
    for node in tree.find_all(nodes.Call):
        by_name = isinstance(node.node, nodes.Name) and node.node.name == "url_for"
        if by_name and node.args and isinstance(node.args[0], nodes.Const):
            given = [one.key for one in node.kwargs]
            entry["urls"].append([node.lineno, node.args[0].value, given, node.dyn_kwargs is not None])
    entry["defines"] = sorted(defined(tree))
    return entry


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
