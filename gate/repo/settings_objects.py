"""Objects of the app that read variables by themselves: Flask's prefixed configuration, pydantic's settings."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from gate.repo.expressions import argument
from gate.repo.python_source import Source


def families_of(source: Source) -> Iterator[str]:
    """Prefixes of Flask's `config.from_prefixed_env`, under which it reads every variable."""
    for node in source.nodes if b"from_prefixed_env" in source.content else ():
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "from_prefixed_env"
        ):
            prefix = argument(node, 0, "prefix")
            yield f"{_text(prefix) or 'FLASK'}_"


def nested_by(source: Source) -> Iterator[str]:
    """What stands between the parts of a variable's name where pydantic's settings hold other settings: DB__HOST."""
    for node in source.nodes if b"env_nested_delimiter" in source.content else ():
        if isinstance(node, ast.keyword) and node.arg == "env_nested_delimiter":
            yield _text(node.value)
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "env_nested_delimiter":
            yield _text(node.value)


def settings_fields(source: Source) -> Iterator[tuple[str, str, bool]]:
    """The fields of pydantic's settings classes, each a variable: name, place, and whether it has a default."""
    for node in source.nodes if b"BaseSettings" in source.content else ():
        if not isinstance(node, ast.ClassDef) or not any(
            "BaseSettings" in ast.unparse(one) for one in node.bases
        ):
            continue
        prefix = _prefix(node)
        for one in node.body:
            if (
                isinstance(one, ast.AnnAssign)
                and isinstance(one.target, ast.Name)
                and one.target.id != "model_config"
            ):
                place = f"{source.path}:{one.lineno}"
                alias = _alias(one.value)
                yield alias or f"{prefix}{one.target.id}".upper(), place, _has_default(one.value)


def _prefix(node: ast.ClassDef) -> str:
    for one in ast.walk(node):
        if isinstance(one, ast.keyword) and one.arg == "env_prefix":
            return _text(one.value)
        if isinstance(one, ast.Assign) and ast.unparse(one.targets[0]) == "env_prefix":
            return _text(one.value)
    return ""


def _alias(value: ast.expr | None) -> str:
    """The variable's own name, where `Field` gives one."""
    if isinstance(value, ast.Call):
        return _text(argument(value, -1, "validation_alias", "alias", "env"))
    return ""


def _has_default(value: ast.expr | None) -> bool:
    """A value, or a `Field` that has one as its first argument."""
    if isinstance(value, ast.Call) and ast.unparse(value.func).endswith("Field"):
        first = argument(value, 0, "default", "default_factory")
        return first is not None and not (isinstance(first, ast.Constant) and first.value is ...)
    return value is not None


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
