"""Modules that a project offers by name to whoever asks for their group, its own app among them. Pure."""

from __future__ import annotations

import ast
import configparser
import contextlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping

# Programs of their own: nothing that is served asks for them.
_PROGRAMS = ("console_scripts", "gui_scripts")


def entry_points(read: Callable[[str], str | None]) -> dict[str, tuple[str, ...]]:
    """Group = the modules that it names, as pyproject.toml, setup.cfg and setup.py say; `read` gives a file's text.

    What setup.py computes is left out.
    """
    found: dict[str, tuple[str, ...]] = {}
    for group, module in (
        *_of_pyproject(read("pyproject.toml") or ""),
        *_of_setup_cfg(read("setup.cfg") or ""),
        *_of_setup(read("setup.py") or ""),
    ):
        if group not in _PROGRAMS:
            found[group] = (*found.get(group, ()), module)
    return found


def _of_pyproject(text: str) -> Iterator[tuple[str, str]]:
    told: object = {}
    with contextlib.suppress(tomllib.TOMLDecodeError):
        told = tomllib.loads(text).get("project", {})
    groups = told.get("entry-points") if isinstance(told, dict) else None
    for group, points in groups.items() if isinstance(groups, dict) else ():
        if isinstance(points, dict):
            yield from _modules(group, (str(one) for one in points.values()))


def _of_setup_cfg(text: str) -> Iterator[tuple[str, str]]:
    parsed = configparser.ConfigParser(interpolation=None, strict=False)
    with contextlib.suppress(configparser.Error):
        parsed.read_string(text)
    if parsed.has_section("options.entry_points"):
        for group, lines in parsed.items("options.entry_points"):
            yield from _modules(group, _after_the_name(lines.splitlines()))


def _of_setup(text: str) -> Iterator[tuple[str, str]]:
    with contextlib.suppress(SyntaxError, ValueError):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.keyword) and node.arg == "entry_points":
                with contextlib.suppress(ValueError):
                    told = ast.literal_eval(node.value)
                    for group, lines in told.items() if isinstance(told, Mapping) else ():
                        listed = lines.splitlines() if isinstance(lines, str) else lines
                        yield from _modules(str(group), _after_the_name(map(str, listed)))


def _after_the_name(lines: Iterable[str]) -> Iterator[str]:
    yield from (line.partition("=")[2] for line in lines if "=" in line)


def _modules(group: str, named: Iterable[str]) -> Iterator[tuple[str, str]]:
    """`package.module:Object [extra]` names package.module."""
    for one in named:
        yield group, one.partition("[")[0].partition(":")[0].strip()
