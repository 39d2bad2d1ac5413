"""Which application is served, and the command that loads it without serving: from target.toml or render.yaml."""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gate.repo.blueprint import blueprint_of
from gate.repo.candidate import Candidate
from gate.target import Target

DEFAULT = ("gunicorn", "--check-config", "app:app")
ON_RENDER = "the start command on Render"
AGREED = "[render] start_command of target.toml"
_PLANNED = "startCommand of render.yaml"
_APP = re.compile(r"[A-Za-z_][\w.]*(:[A-Za-z_].*)?")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|(\w+))")
# Render's own, for a command that names them; the port is that of its documentation.
_ON_RENDER = {"PORT": "10000", "WEB_CONCURRENCY": "1"}


@dataclass(frozen=True)
class StartCommand:
    """`app` is MODULE:NAME, `check` loads it without serving, `source` says who names them."""

    app: str
    check: tuple[str, ...]
    source: str

    @property
    def of_render(self) -> bool:
        """Whether it is what Render runs: what it does not find is missing there as well."""
        return self.source in (_PLANNED, ON_RENDER, AGREED)

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of the app, besides its own, in which gunicorn has Python look for modules: its --chdir first."""
        named = [part for one in _given(self.check, "--pythonpath") for part in one.split(",")]
        found = [posixpath.normpath(one) for one in (*_given(self.check, "--chdir"), *named) if one]
        return tuple(one for one in found if one != "." and not one.startswith(("..", "/")))


def start_command(
    candidate: Candidate, target: Target, on_render: Iterable[tuple[str, str]] = ()
) -> StartCommand:
    """How the app is started: by [start] check of target.toml; else by the first gunicorn command that render.yaml,
    Render, or [render] start_command of target.toml gives; else as gunicorn app:app.

    `on_render` is the command that Render has, with its root folder; it is asked for only where render.yaml gives none.
    """
    if configured := target.start.check:
        return StartCommand(
            app_of(configured) or "app:app", tuple(configured), "[start] check of target.toml"
        )
    passed_over = []
    for told, folder, source in _told(candidate, target, on_render):
        words = gunicorn_words(told)
        if words and folder.strip("./") == candidate.prefix.strip("/"):
            return StartCommand(app_of(words) or "app:app", checking(words), source)
        why = f"runs in the folder {folder or '.'} of the repository" if words else "is not gunicorn"
        passed_over.append(f"`{told}`, {source}, {why}")
    why = "; ".join(passed_over) or "neither render.yaml nor target.toml names one"
    return StartCommand("app:app", DEFAULT, f"the usual one: {why}")


def _told(
    candidate: Candidate, target: Target, on_render: Iterable[tuple[str, str]]
) -> Iterator[tuple[str, str, str]]:
    """Start commands, each with the folder in which it runs and who gives it."""
    plan = blueprint_of(candidate)
    if planned := plan.settings.get("startCommand"):
        yield planned, plan.folder, _PLANNED
    for command, folder in on_render:
        yield command, folder, ON_RENDER
    if target.render and target.render.start_command:
        yield target.render.start_command, plan.folder or candidate.prefix, AGREED


def installs_only_listed(candidate: Candidate) -> bool:
    """Whether Render installs without what the requirements need themselves."""
    return "--no-deps" in blueprint_of(candidate).settings.get("buildCommand", "")


def gunicorn_words(command: str) -> tuple[str, ...]:
    """The words of the last gunicorn command in a shell line, variables filled in; empty where there is none."""
    for part in reversed(re.split(r"&&|\|\||;", command)):
        try:
            words = shlex.split(_VARIABLE.sub(_filled, part))
        except ValueError:
            continue
        while words and (
            re.fullmatch(r"\w+=.*", words[0]) or words[0] in ("exec", "env", "poetry", "uv", "run")
        ):
            words.pop(0)
        if words[:2] == ["python", "-m"] or words[:2] == ["python3", "-m"]:
            words = words[2:]
        if words and words[0].rpartition("/")[2] == "gunicorn":
            return ("gunicorn", *words[1:])
    return ()


def checking(words: Sequence[str]) -> tuple[str, ...]:
    """The same command, only loading: without going to the background."""
    kept = [word for word in words[1:] if word not in ("--daemon", "-D", "--check-config")]
    return (words[0], "--check-config", *kept)


def serving(words: Sequence[str], port: int) -> tuple[str, ...]:
    """The same gunicorn command, serving on this machine only and in the foreground."""
    kept: list[str] = []
    skip = False
    for word in words[1:]:
        dropped = skip or word in ("--daemon", "-D", "--check-config", "--bind", "-b")
        skip = not skip and word in ("--bind", "-b")
        if not dropped and not re.match(r"--bind=|-b.", word):
            kept.append(word)
    return (words[0], *kept, f"--bind=127.0.0.1:{port}", "--access-logfile=-")


def app_of(words: Sequence[str]) -> str:
    """MODULE:NAME of a gunicorn command: its last word that can be one."""
    for word in reversed(words[1:]):
        if _APP.fullmatch(word) and not word.startswith("-") and ":" in word:
            return word
    last = words[-1] if len(words) > 1 else ""
    return f"{last}:application" if re.fullmatch(r"[A-Za-z_][\w.]*", last) else ""


def _given(words: Sequence[str], option: str) -> list[str]:
    """The values of an option, as `--option value` or `--option=value`."""
    apart = [after for word, after in pairwise(words) if word == option]
    return apart + [word.partition("=")[2] for word in words if word.startswith(f"{option}=")]


def _filled(found: re.Match[str]) -> str:
    name = found[1] or found[3]
    return _ON_RENDER.get(name) or found[2] or "1"
