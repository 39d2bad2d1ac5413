"""The app as a team has it in git: a main branch, a feature branch with a change, an uncommitted .env.

The gate's own list and its description of the app lie in it too, in a folder of their own.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.application import PYTHON_VERSION
from sandbox.faults import Edit, Fault, merged

ROOT = Path(__file__).parent.parent
APP = ROOT / "sandbox" / "app"
GATE = "release-gate"
BRANCH = "feature/observaciones-en-el-listado"
NOTES = """\
## Qué cambia
El listado de envíos muestra el distrito antes que el departamento, y la documentación lo dice.

## Por qué
Operaciones busca por distrito.

## Impacto
Solo la vista del listado. Sin cambios de base de datos, variables ni permisos.
"""
_IGNORED = shutil.ignore_patterns("__pycache__", ".env", ".venv", "*.pyc")


@dataclass(frozen=True)
class Repository:
    """A git repository below `path`: `base` is main's commit, `head` the branch's."""

    path: Path
    base: str
    head: str
    notes: Path


def materialise(
    folder: Path, env: Mapping[str, str], faults: Sequence[Fault] = (), app: Path = APP
) -> Repository:
    """Make a repository of `app` below `folder`, the faults committed on the branch and `env` written as .env."""
    path = folder / "envios"
    shutil.copytree(app, path, ignore=_IGNORED)
    (path / GATE).mkdir()
    for inputs in (ROOT / "checklist.toml", ROOT / "sandbox" / "target.toml"):
        shutil.copy(inputs, path / GATE)
    git = _Git(path)
    for edit in (edit for fault in faults for edit in fault.before):
        edit.apply(path)
    _ask_for_python(path / "render.yaml")
    git("init", "-q", "-b", "main")
    git("add", "-A")
    git("commit", "-q", "-m", "Versión en producción")
    base = git("rev-parse", "HEAD")
    git("checkout", "-q", "-b", merged(faults, "pull").get("head", BRANCH))
    changes = path / "docs" / "cambios.md"
    with changes.open("a", encoding="utf-8") as stream:
        stream.write("\n## Listado de envíos\n\nEl destino se muestra como distrito y departamento.\n")
    git("add", "-A")
    git("commit", "-q", "-m", "Documenta el destino en el listado")
    _attest(git, faults, "before")
    for fault in faults:
        _commit(git, path, fault.edits, "Ajustes del listado")
        if fault.undone:
            _commit(git, path, fault.undone, "Prueba de conexión")
            git("revert", "--no-edit", "HEAD")
        if fault.message:
            git("commit", "-q", "--allow-empty", "-m", fault.message)
    _attest(git, faults, "after")
    base = _move_on(git, path, [edit for fault in faults for edit in fault.meanwhile]) or base
    (path / ".env").write_text("".join(f"{name}={value}\n" for name, value in env.items()), encoding="utf-8")
    notes = folder / "pull-request.md"
    written = [fault.note for fault in faults if fault.note is not None]
    notes.write_text(written[-1] if written else NOTES, encoding="utf-8")
    return Repository(path, base, git("rev-parse", "HEAD"), notes)


def _ask_for_python(plan: Path) -> None:
    """render.yaml asks for the Python that the app's environment has here."""
    text = plan.read_text(encoding="utf-8")
    plan.write_text(
        re.sub(r"value: 3\.11\.9$", f"value: {PYTHON_VERSION}", text, flags=re.M), encoding="utf-8"
    )


def checkout(repository: Repository, commit: str, to: Path) -> None:
    """The files of `commit`, as a deploy would get them."""
    to.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "-C", str(repository.path), "archive", commit], check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(to)], input=archive, check=True)


def _attest(git: _Git, faults: Sequence[Fault], moment: str) -> None:
    """What a person answered for then, by the command that people use."""
    for item in (item for fault in faults for item, then in fault.attested.items() if then == moment):
        git("config", "user.name", "Equipo Envíos")
        git("config", "user.email", "equipo@envios.example")
        said = ["--by=Responsable de datos", "--reason=Probado en una copia: se revierte con un script"]
        where = [f"--app-dir={git.path}", "--base-ref=main", f"--target={ROOT / 'sandbox' / 'target.toml'}"]
        subprocess.run(
            [sys.executable, "-m", "gate", "attest", item, *said, *where],
            cwd=ROOT, check=True, capture_output=True,
        )  # fmt: skip


def _move_on(git: _Git, path: Path, edits: Sequence[Edit]) -> str:
    """Commit on main what came there after the branch left it; main's new commit, empty where nothing did."""
    if not edits:
        return ""
    git("checkout", "-q", "main")
    _commit(git, path, edits, "Cambios de otra rama")
    base = git("rev-parse", "HEAD")
    git("checkout", "-q", "-")
    return base


def _commit(git: _Git, path: Path, edits: Sequence[Edit], message: str) -> None:
    if edits:
        for edit in edits:
            edit.apply(path)
        git("add", "-A", "-f", *(edit.file for edit in edits))
        git("commit", "-q", "-m", message)


class _Git:
    """git in one folder, blind to the user's own configuration."""

    def __init__(self, path: Path) -> None:
        self.path = path
        who = {"NAME": "Equipo Envíos", "EMAIL": "equipo@envios.example"}
        self.env = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(path.parent),
            "GIT_CONFIG_NOSYSTEM": "1",
            **{f"GIT_{role}_{key}": value for role in ("AUTHOR", "COMMITTER") for key, value in who.items()},
        }

    def __call__(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.path, env=self.env, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()
