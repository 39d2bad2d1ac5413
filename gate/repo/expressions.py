"""What an expression of the source says without being run: the texts it can stand for, the arguments of a call."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence


def argument(call: ast.Call, index: int, *keywords: str) -> ast.expr | None:
    """An argument by its place or by one of its names."""
    if 0 <= index < len(call.args):
        return call.args[index]
    return next((one.value for one in call.keywords if one.arg in keywords), None)


def has_fallback(call: ast.Call, name: ast.expr) -> bool:
    """Whether a further argument is a value that can stand in: not None, an empty text, or a type to cast to."""
    others = [one for one in call.args if one is not name] + [
        one.value for one in call.keywords if one.value is not name and one.arg not in ("cast", "subcast")
    ]
    return any(
        not (isinstance(one, ast.Constant) and (one.value is None or one.value == ""))
        for one in others
        if not (isinstance(one, ast.Name) and one.id in ("int", "str", "bool", "float"))
    )


def names_of(node: ast.expr, constants: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The texts that an expression can stand for; none where that cannot be told.

    `constants` are by name, dotted where a class or a module holds them.
    """
    if isinstance(node, ast.Constant):
        return (node.value,) if isinstance(node.value, str) else ()
    if isinstance(node, ast.Name):
        return constants.get(node.id, ())
    if isinstance(node, ast.Attribute):
        name = ast.unparse(node)
        # A member of an Enum gives its text by `.value`.
        return constants.get(name) or constants.get(name.removesuffix(".value"), ())
    parts = parts_of(node)
    texts = [""]
    for part in parts:
        options = names_of(part, constants)
        texts = [text + option for text in texts for option in options]
    return tuple(texts) if parts else ()


def constants_of(body: Sequence[ast.stmt]) -> dict[str, tuple[str, ...]]:
    """The texts that the top level of a module, or of its classes, gives a name: NAME, or Class.NAME."""
    found: dict[str, tuple[str, ...]] = {}
    for node in body:
        if isinstance(node, ast.ClassDef):
            found |= {f"{node.name}.{name}": texts for name, texts in constants_of(node.body).items()}
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        texts = names_of(value, found) if value else ()
        if texts and isinstance(target, ast.Name):
            found[target.id] = texts
    return found


def parts_of(node: ast.expr) -> list[ast.expr]:
    """The pieces that an f-string or a sum of texts is made of; none for anything else."""
    if isinstance(node, ast.JoinedStr):
        return [one.value if isinstance(one, ast.FormattedValue) else one for one in node.values]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return [*(parts_of(node.left) or [node.left]), *(parts_of(node.right) or [node.right])]
    return []


def template_of(node: ast.expr) -> tuple[str, str, str] | None:
    """Text, parameter, text: how a helper makes a variable's name."""
    parts = parts_of(node) or [node]
    names = [rank for rank, one in enumerate(parts) if isinstance(one, ast.Name)]
    if len(names) != 1:
        return None
    before, after = parts[: names[0]], parts[names[0] + 1 :]
    texts = [["".join(names_of(one, {})) for one in some] for some in (before, after)]
    if not all(text for some in texts for text in some):
        return None
    name = parts[names[0]]
    assert isinstance(name, ast.Name)
    return "".join(texts[0]), name.id, "".join(texts[1])
