"""Whether what Render will run, and ask, is there in the commit: files its commands name, where it listens. Pure."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise

from gate.repo.start_command import gunicorn_words
from gate.results import Finding

_OPTION = re.compile(r"--(?:requirement|constraint)(?:=(.+))?|-[rc](.+)?")
_PYTHON = re.compile(r"python(\d(\.\d+)?)?")
_LOOPBACK = re.compile(r"(127\.[\d.]+|localhost|\[?::1\]?)(:\d+)?|unix:.*", re.I)
# Commands that listen on this machine alone unless they are told otherwise, and what tells them.
_OWN_HOST = {"flask": ("--host", "-h"), "uvicorn": ("--host",), "hypercorn": ("--bind", "-b")}
_MOUNTS = b"DispatcherMiddleware"


def missing_files(commands: Iterable[tuple[str, str]], files: Collection[str]) -> list[Finding]:
    """What the commands, as (setting, command), read or run and the commit does not have.

    A name that a command before has written too may be a file that it makes: that is no finding.
    """
    findings, made = [], set[str]()
    for setting, command in commands:
        for words in _parts(command):
            if words[0] in ("cd", "pushd"):
                break  # where it goes on is another folder
            for name in _named(words):
                path = posixpath.normpath(name)
                if path in files or path in made or path.startswith(("/", "..", "~")) or "$" in path:
                    continue
                findings.append(
                    Finding(
                        id="render.file",
                        place=setting,
                        expected=f"the commit has {name}",
                        observed=f"it has none, and Render would run `{command}`",
                        hint="commit the file, or correct the command",
                    )
                )
            made.update(posixpath.normpath(word) for word in words)
    return findings


def listens_to_itself(command: str, variables: Collection[str]) -> list[Finding]:
    """A start command that listens on its own machine only, where Render finds no open port and gives up the deploy."""
    words = list(gunicorn_words(command)) or next(iter(list(_parts(command))[-1:]), [])
    program = next((name for name in _OWN_HOST if name in words), "")
    told = _OWN_HOST.get(program, ("--bind", "-b"))
    hosts = list(_given(words, told))
    silent = (
        program and not hosts and f"{program.upper()}_RUN_HOST" not in variables and "_HOST=" not in command
    )
    if not silent and not (hosts and all(_LOOPBACK.fullmatch(host) for host in hosts)):
        return []
    return [
        Finding(
            id="render.listens",
            place="start command",
            expected="it listens at 0.0.0.0, where Render looks for an open port",
            observed=f"`{command}` listens on its own machine only",
            hint=f"add {told[0]} 0.0.0.0" + (":$PORT" if told[0] == "--bind" else " --port $PORT"),
        )
    ]


def unanswered(path: str, rules: Iterable[str], sources: Iterable[bytes]) -> list[Finding]:
    """A health path that no rule of the app answers. One that stands as a text in its code may be answered there."""
    asked = path.partition("?")[0].rstrip("/")
    if not asked or any(asked.encode() in one or _MOUNTS in one for one in sources):
        return []
    if any(re.fullmatch(_pattern(rule), asked) for rule in rules):
        return []
    return [
        Finding(
            id="render.health_path",
            place="health path",
            expected=f"the app answers {path}, by which Render decides whether a deploy serves",
            observed="no route of the app does: Render would give up the deploy",
            hint="put the route back, or name the new one as healthCheckPath",
        )
    ]


def _parts(command: str) -> Iterator[list[str]]:
    for part in re.split(r"&&|\|\||[;|\n]", command):
        try:
            words = shlex.split(part)
        except ValueError:
            continue
        while words and (
            re.fullmatch(r"\w+=.*", words[0]) or words[0] in ("exec", "env", "uv", "poetry", "run")
        ):
            words.pop(0)
        if words:
            yield words


def _named(words: Sequence[str]) -> Iterator[str]:
    """The files that pip installs from, or that Python or a shell runs."""
    if "pip" in words or words[0].startswith("pip"):
        for word, after in pairwise([*words, ""]):
            if found := _OPTION.fullmatch(word):
                name = found[1] or found[2] or after
                if name and "://" not in name:
                    yield name
    elif _PYTHON.fullmatch(words[0]) or words[0] in ("sh", "bash"):
        first = next(iter(words[1:2]), "")
        if first.endswith((".py", ".sh")):
            yield first
    elif words[0].startswith("./"):
        yield words[0]


def _given(words: Sequence[str], options: Sequence[str]) -> Iterator[str]:
    for word, after in pairwise([*words, ""]):
        for option in options:
            if word == option:
                yield after
            elif word.startswith(f"{option}=") or (len(option) == 2 and re.match(rf"{option}[^-]", word)):
                yield word.removeprefix(option).removeprefix("=")


def _pattern(rule: str) -> str:
    """A rule of werkzeug as a pattern; what it lets a variable hold is not looked at."""
    fixed = re.split(r"<[^>]*>", rule.rstrip("/"))
    return ".+".join(map(re.escape, fixed))
