"""Where a statement stands in the app's source, as far as its text is written there."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from gate.cost.statement_log import shape
from gate.repo.expressions import parts_of
from gate.repo.python_source import Sources, is_test

_BEGINS = re.compile(r"\s*\(?\s*(select|with|insert|update|delete|merge)\b", re.IGNORECASE)
_ENOUGH = 20  # characters of a piece, below which it may stand anywhere


def finder(sources: Sources) -> Callable[[str], str | None]:
    """A function from a statement to its file:line; None where its text stands nowhere as it is."""
    whole: dict[str, str] = {}
    pieces: list[tuple[re.Pattern[str], int, str]] = []
    for source in sources.modules.values():
        if is_test(source.path):
            continue
        for node in ast.walk(source.tree):
            place = f"{source.path}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and _BEGINS.match(node.value):
                whole.setdefault(shape(node.value), _first_line(source.path, node))
            elif isinstance(node, ast.JoinedStr | ast.BinOp) and (parts := parts_of(node)):
                texts = [one.value if isinstance(one, ast.Constant) else None for one in parts]
                known = sum(len(text) for text in texts if isinstance(text, str))
                first = texts[0]
                if known >= _ENOUGH and isinstance(first, str) and _BEGINS.match(first):
                    written = "".join("\0" if text is None else str(text) for text in texts)
                    pattern = ".*".join(re.escape(part) for part in shape(written).split("\0"))
                    pieces.append((re.compile(pattern + "$"), known, place))
    pieces.sort(key=lambda piece: -piece[1])

    def find(statement: str) -> str | None:
        text = shape(statement)
        if text in whole:
            return whole[text]
        shaped = next((place for pattern, _, place in pieces if pattern.match(text)), None)
        if shaped:
            return shaped
        begun = [known for known in whole if len(known) >= _ENOUGH and text.startswith(known)]
        return whole[max(begun, key=len)] if begun else None

    return find


def _first_line(path: str, node: ast.Constant) -> str:
    """A text in three quotes often begins with an empty line; the statement stands below it."""
    blank = len(node.value) - len(node.value.lstrip()) if isinstance(node.value, str) else 0
    return f"{path}:{node.lineno + str(node.value)[:blank].count(chr(10))}"
