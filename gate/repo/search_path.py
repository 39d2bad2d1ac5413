"""Folders that the app's own code adds to Python's search path. Read, never run."""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

_SAME = ("abspath", "realpath", "normpath", "expanduser", "resolve", "absolute", "as_posix", "str", "fspath")
_HERE = ("getcwd", "getcwdu", "cwd")


def added_folders(tree: ast.Module, path: str) -> tuple[str, ...]:
    """What a file of that path (from the app's folder on) puts on `sys.path`; the app's own folder is empty.

    Understood are `sys.path.insert`, `append`, `extend` and `+=` with os.path, pathlib and constants.
    Folders outside of the app, and those that only running the code could tell, are left out.
    """
    names = {
        node.targets[0].id: node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
    }
    reader = _Folders(names, path)
    found = (reader.of(one) for node in ast.walk(tree) for one in _added(node))
    inside = (posixpath.normpath(one or ".") for one in found if one is not None)
    return tuple(
        dict.fromkeys("" if one == "." else one for one in inside if not one.startswith(("..", "/")))
    )


def _added(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _is_path(node.func.value):
        if node.func.attr in ("insert", "append"):
            yield from node.args[-1:]
        elif node.func.attr == "extend":
            yield from (one for given in node.args for one in getattr(given, "elts", ()))
    elif isinstance(node, ast.AugAssign) and _is_path(node.target):
        yield from getattr(node.value, "elts", ())


def _is_path(node: ast.expr) -> bool:
    return ast.unparse(node) == "sys.path"


class _Folders:
    """Paths from the app's folder on, for the expressions of one file."""

    def __init__(self, names: dict[str, ast.expr], path: str) -> None:
        self.names, self.path = names, path

    def of(self, node: ast.expr, depth: int = 12) -> str | None:
        """The path that an expression stands for, or None."""
        if depth <= 0:
            return None
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else None
        if isinstance(node, ast.Name):
            if node.id == "__file__":
                return self.path
            return self.of(self.names[node.id], depth - 1) if node.id in self.names else None
        if isinstance(node, ast.Attribute):
            if node.attr == "pardir":
                return ".."
            return self._above(node.value, 1, depth) if node.attr == "parent" else None
        if isinstance(node, ast.Subscript):
            return self._parents(node, depth)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._joined([node.left, node.right], depth)
        return self._call(node, depth) if isinstance(node, ast.Call) else None

    def _call(self, node: ast.Call, depth: int) -> str | None:
        called = ast.unparse(node.func).rpartition(".")[2]
        if called in _HERE:
            return "."
        if called == "dirname" and node.args:
            return self._above(node.args[0], 1, depth)
        if called in ("join", "joinpath", "Path", "PurePath"):
            first = [node.func.value] if called == "joinpath" and isinstance(node.func, ast.Attribute) else []
            return self._joined([*first, *node.args], depth)
        if called in _SAME:
            if node.args:
                return self.of(node.args[0], depth - 1)
            return self.of(node.func.value, depth - 1) if isinstance(node.func, ast.Attribute) else None
        return None

    def _parents(self, node: ast.Subscript, depth: int) -> str | None:
        """Path(__file__).parents[1]."""
        if not isinstance(node.value, ast.Attribute) or node.value.attr != "parents":
            return None
        rank = node.slice.value if isinstance(node.slice, ast.Constant) else None
        return self._above(node.value.value, rank + 1, depth) if isinstance(rank, int) else None

    def _above(self, node: ast.expr, levels: int, depth: int) -> str | None:
        found = self.of(node, depth - 1)
        for _ in range(levels):
            if found is None:
                return None
            found = posixpath.normpath(posixpath.join(found, ".."))
        return found

    def _joined(self, nodes: list[ast.expr], depth: int) -> str | None:
        parts = [self.of(one, depth - 1) for one in nodes]
        known = [one for one in parts if one is not None]
        return posixpath.join(*known) if known and len(known) == len(parts) else None
