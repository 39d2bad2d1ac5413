"""requirements.txt and the files that it includes: what is asked for, and where each line stands.

A line that installs a folder of the app asks for what that folder's pyproject.toml does.
"""

from __future__ import annotations

import codecs
import posixpath
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_NAME = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(?:\[[^\]]*\])?\s*(?=[=<>!~;@(]|$|\s)")
_EGG = re.compile(r"#egg=([A-Za-z0-9._-]+)")
_FOLDER = re.compile(r"(?:(?:-e|--editable)[ =]*)?(?P<path>\.[^\s;\[]*)(?:\[(?P<extras>[^\]]*)\])?\s*(?:;|$)")
_WHOLE = re.compile(r"((-e|--editable)[ =]*)?\./?(\[[^\]]*\])?\s*(;.*)?")
_INCLUDE = re.compile(r"(-r|--requirement|-c|--constraint)[ =]*(\S+)")


@dataclass(frozen=True)
class Requirement:
    """One line that asks for a package. `name` is normalised, and empty where the line does not tell it."""

    name: str
    text: str
    file: str
    line: int

    @property
    def place(self) -> str:
        """file:line."""
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Requirements:
    """All lines of a requirements file and of those it includes.

    `limits` are lines of constraints, which ask for nothing; `missing` are those that name a file which is not there.
    `contents` are the files' bytes by path; `local` tells that something is installed from the app's folder, `itself`
    that this is the app as a whole and nothing else.
    """

    file: str
    lines: tuple[Requirement, ...]
    limits: tuple[Requirement, ...]
    contents: tuple[tuple[str, bytes], ...]
    missing: tuple[Requirement, ...]
    local: bool
    itself: bool


def read_requirements(folder: Path, file: str) -> Requirements:
    """Read `file` of `folder` with its includes. Paths are relative to `folder`; a file is read once."""
    lines: list[Requirement] = []
    limits: list[Requirement] = []
    contents: dict[str, bytes] = {}
    missing: dict[str, Requirement] = {}
    # What names each file, and whether for its constraints only.
    waiting = [(file, Requirement("", file, file, 1), False)]
    while waiting:
        name, asked_by, limiting = waiting.pop(0)
        if name in contents or name in missing:
            continue
        path = folder / name
        if not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            missing[name] = asked_by
            continue
        contents[name] = path.read_bytes()
        for number, text in _logical_lines(_decoded(contents[name])):
            if included := _INCLUDE.match(text):
                if "://" not in included[2]:
                    other = posixpath.normpath(posixpath.join(posixpath.dirname(name), included[2]))
                    only_limits = limiting or included[1] in ("-c", "--constraint")
                    waiting.append((other, Requirement("", text, name, number), only_limits))
            elif not text.startswith("-") or text.startswith(("-e", "--editable")):
                (limits if limiting else lines).append(Requirement(_name(text), text, name, number))
                if not limiting:
                    lines += _of_project(folder, text)
    beside = [line.text for line in lines if _is_local(line.text)]
    return Requirements(
        file=file,
        lines=tuple(lines),
        limits=tuple(limits),
        contents=tuple(sorted(contents.items())),
        missing=tuple(missing.values()),
        local=bool(beside),
        itself=bool(beside) and all(_WHOLE.fullmatch(text) for text in beside),
    )


def named_in(requirements: Requirements, output: str) -> tuple[Requirement, ...]:
    """The requirements whose package an installer's message names, in the order in which it names them."""
    found = []
    for line in (*requirements.lines, *requirements.limits):
        if not line.name:
            continue
        name = "[-_.]+".join(map(re.escape, line.name.split("-")))
        pattern = re.compile(rf"(?<![\w.-]){name}(?![\w-])", re.I)
        if match := pattern.search(output):
            found.append((match.start(), line))
    return tuple(line for _, line in sorted(found, key=lambda hit: hit[0]))


def normal(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def instead(folder: Path) -> str:
    """What to do where a folder has no requirements file of the name that is to be installed."""
    found = {*folder.glob("*requirements*.txt"), *folder.glob("*requirements*/*.txt")}
    likeliest = min((path.relative_to(folder).as_posix() for path in found), default="FILE")
    return (
        f'name the app\'s own in target.toml: [start] requirements = "{likeliest}"; '
        "or commit one, in which the line `.` installs what pyproject.toml or setup.py asks for"
    )


def _of_project(folder: Path, text: str) -> Iterator[Requirement]:
    """What the pyproject.toml of a folder asks for that this line installs, its extras among it."""
    named = _FOLDER.match(text)
    path = (folder / named["path"] / "pyproject.toml").resolve() if named else None
    if named is None or path is None or not path.is_relative_to(folder.resolve()):
        return
    try:
        content = path.read_text(encoding="utf-8")
        project = tomllib.loads(content).get("project", {})
        extras = [normal(one.strip()) for one in (named["extras"] or "").split(",")]
        optional = project.get("optional-dependencies", {}).items()
        asked = [
            *project.get("dependencies", ()),
            *(x for name, some in optional if normal(name) in extras for x in some),
        ]
    except (OSError, ValueError, AttributeError, TypeError):
        # The installer says what is wrong with it.
        return
    for one in asked:
        before = (
            content.partition(f'"{one}"')[0] if f'"{one}"' in content else content.partition(f"'{one}'")[0]
        )
        file = path.relative_to(folder.resolve()).as_posix()
        yield Requirement(_name(one), one, file, before.count("\n") + 1)


def _decoded(content: bytes) -> str:
    """As pip reads it: `pip freeze > requirements.txt` of Windows' PowerShell writes UTF-16 with its mark."""
    utf16 = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if utf16 else "utf-8-sig", "replace")


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Lines without comments; a backslash joins the next. Each with the number of its first line."""
    pending, begun = "", 0
    for number, raw in enumerate(text.splitlines(), start=1):
        begun = begun or number
        line = re.sub(r"(^|\s)#.*", "", raw)
        if line.endswith("\\"):
            pending += line[:-1]
            continue
        whole = (pending + line).strip()
        if whole:
            yield begun, whole
        pending, begun = "", 0
    if pending.strip():
        yield begun, pending.strip()


def _name(text: str) -> str:
    if egg := _EGG.search(text):
        return normal(egg[1])
    found = _NAME.match(text)
    return normal(found[1]) if found and "/" not in text.split("@")[0] and not _is_local(text) else ""


def _is_local(text: str) -> bool:
    """Whether the line installs from a folder or file beside it."""
    asked = re.sub(r"^(-e|--editable)[ =]*", "", text)
    archive = asked.endswith((".whl", ".tar.gz", ".zip")) and "://" not in asked
    return asked.startswith((".", "/", "file:")) or archive
