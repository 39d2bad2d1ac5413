"""Where the app may stand when it is not where the start command seeks it: the modules at the top of its folder."""

from __future__ import annotations

import ast
import json
import re
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

from gate.repo.python_source import is_test

# As gunicorn takes them, the usual first.
_NAMES = ("app", "application", "create_app", "make_app")


def advice(output: str, app: str, command: Sequence[str], source: Path) -> str:
    """What to say where `command`, which Render does not name, seeks `app` (MODULE:NAME) in vain; else empty."""
    module, _, name = app.partition(":")
    missing = re.findall(r"No module named '([\w.]+)'", output)[-1:]
    no_module = any(f"{module}.".startswith(f"{one}.") for one in missing)
    if not no_module and f"Failed to find attribute '{name}' in '{module}'" not in output:
        return ""
    found = candidates(source)
    instead = found[0] if found else "MODULE:NAME"
    said = [instead if word in (app, module) else word for word in command]
    others = f"; there are also {', '.join(found[1:4])}" if found[1:] else ""
    return f"if the app is served from elsewhere, say so: [start] check = {json.dumps(said)}{others}"


def candidates(source: Path) -> list[str]:
    """MODULE:NAME of what looks like an app, or a function that makes one, at the top of a folder; likeliest first."""
    found = []
    for file in (*source.glob("*.py"), *source.glob("*/__init__.py")):
        path = file.relative_to(source).as_posix()
        if not is_test(path):
            module = path.removesuffix(".py").removesuffix("/__init__")
            found += [(_NAMES.index(name), module != "wsgi", module) for name in _bound(file)]
    return [f"{module}:{_NAMES[rank]}{'()' if rank > 1 else ''}" for rank, _, module in sorted(found)]


def _bound(file: Path) -> Iterator[str]:
    """The likeliest of the names that a module makes itself or imports, if it has any."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(file.read_bytes()).body
    except (SyntaxError, ValueError, RecursionError):
        return
    for name in _NAMES:
        if any(name in _names(node) for node in body):
            yield name
            return


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.Assign):
        return [one.id for one in node.targets if isinstance(one, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, ast.FunctionDef):
        return [node.name]
    if isinstance(node, ast.ImportFrom):
        return [one.asname or one.name for one in node.names]
    return []
