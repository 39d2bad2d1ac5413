"""A clean environment with an app's requirements, made once for each content and kept.

It holds none of the gate's own packages, and the gate none of its.
"""

from __future__ import annotations

import hashlib
import json
import platform
import re
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from gate.repo.installer import (
    InstallFailed,
    InstallImpossible,
    find_uv,
    install,
    installer_environment,
    installer_with,
    minor_of,
)
from gate.repo.processes import Ran, run
from gate.repo.requirements import Requirements, read_requirements

CHECK_S = 60
ENDS_AT_ONCE = Path(__file__).with_name("ends_at_once.py")
_MARK = "environment.json"


@dataclass(frozen=True)
class CleanEnvironment:
    """An installed environment. `python_version` is what it runs, `wanted` what was asked for (or empty).

    `packages` are name==version, `reused` tells that nothing had to be installed this time.
    """

    folder: Path
    python_version: str
    wanted: str
    installer: str
    packages: tuple[str, ...]
    reused: bool = True

    @classmethod
    def build(
        cls, project: Path, file: str, cache_dir: Path, wanted: str = "", *, only_listed: bool = False
    ) -> CleanEnvironment:
        """The environment of `project`'s requirements file, from the cache or made now.

        `wanted` is a Python version such as "3.11" or "3.11.9"; the nearest one that can be had is taken.
        `only_listed` installs what is listed and nothing that it needs, as `pip install --no-deps` does.
        Raises InstallFailed, InstallImpossible.
        """
        requirements = read_requirements(project, file)
        if requirements.missing:
            gone = ", ".join(dict.fromkeys(one.text for one in requirements.missing))
            raise InstallFailed(f"{gone}: no such file in the commit", requirements.missing, "")
        uv = find_uv()
        folder = cache_dir / "environments" / _key(requirements, wanted, uv is not None, project)
        folder = folder.with_name(f"{folder.name}-listed") if only_listed else folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            kept = _kept(folder)
            if kept and not (uv and _came_since(uv, kept)):
                return kept
            shutil.rmtree(folder, ignore_errors=True)
            options = ("--no-deps",) if only_listed else ()
            version, installer = install(uv, project, requirements, folder, wanted, options)
            made = cls(folder, version, wanted, installer, _packages(folder), reused=False)
            # Written last: a folder without it was left by an interrupted install.
            (folder / _MARK).write_text(json.dumps(made.to_facts() | {"reused": True}), encoding="utf-8")
            return made

    def to_facts(self) -> dict[str, Any]:
        """As plain data, for JSON."""
        return asdict(self) | {"folder": str(self.folder), "packages": list(self.packages)}

    @classmethod
    def from_facts(cls, facts: dict[str, Any]) -> CleanEnvironment:
        """Back from plain data; raises KeyError or TypeError when it is something else."""
        return cls(**facts | {"folder": Path(facts["folder"]), "packages": tuple(facts["packages"])})

    def run(
        self, command: Sequence[str], cwd: Path, home: Path, variables: Mapping[str, str], timeout_s: float
    ) -> Ran:
        """Run one of the environment's programs with PATH, HOME, LANG and `variables`, and nothing else.

        Raises FileNotFoundError when neither the environment nor the system has the program.
        """
        return run(*self.started_as(command, cwd, home, variables), timeout_s)

    def run_to_its_end(
        self, command: Sequence[str], cwd: Path, home: Path, variables: Mapping[str, str], timeout_s: float
    ) -> Ran:
        """The same; threads that a Python program has started do not keep it once it is through."""
        program = self.folder / "bin" / command[0]
        if program.is_file() and b"python" in program.read_bytes()[:512]:
            command = ["python", str(ENDS_AT_ONCE), str(program), *command[1:]]
        return self.run(command, cwd, home, variables, timeout_s)

    def started_as(
        self, command: Sequence[str], cwd: Path, home: Path, variables: Mapping[str, str]
    ) -> tuple[list[str], Path, dict[str, str]]:
        """What such a process gets: its command with the program's full path, its folder, its environment."""
        home.mkdir(parents=True, exist_ok=True)
        environment = {
            "PATH": f"{self.folder}/bin:/usr/bin:/bin",
            "HOME": str(home),
            "LANG": "C.UTF-8",
            **variables,
        }
        program = self.folder / "bin" / command[0]
        first = str(program) if program.is_file() else command[0]
        return [first, *command[1:]], cwd, environment


def inconsistencies(environment: CleanEnvironment) -> list[str]:
    """What the installer's own check finds wrong between installed packages, one sentence each.

    Raises InstallImpossible when there is no installer that can check.
    """
    python = f"{environment.folder}/bin/python"
    uv = find_uv()
    if uv:
        command = [uv, "pip", "check", "--color", "never", "--python", python]
    else:
        command = [python, "-m", "pip", "check", "--disable-pip-version-check"]
    ran = run(command, environment.folder, installer_environment(), CHECK_S)
    if ran.ok:
        return []
    said = re.findall(r"^(?:The package `?)?\S+.* (?:requires|has requirement) .*$", ran.output, re.MULTILINE)
    if not said:
        last = (ran.output.strip().splitlines() or ["it said nothing"])[-1]
        raise InstallImpossible(f"`pip check` did not work: {last}", "install uv", ran.output)
    return said


def _kept(folder: Path) -> CleanEnvironment | None:
    try:
        kept = CleanEnvironment.from_facts(json.loads((folder / _MARK).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError):
        return None
    # The Python below it may have been removed since.
    return kept if (folder / "bin" / "python").exists() else None


def _came_since(uv: str, kept: CleanEnvironment) -> bool:
    """Whether the Python that was wanted is here by now, and another one was taken when it was not."""
    minor = minor_of(kept.wanted)
    if not minor or minor == minor_of(kept.python_version):
        return False
    find = [uv, "python", "find", "--no-project", "--no-python-downloads", minor]
    return run(find, kept.folder, installer_with(minor), CHECK_S).ok


def _key(requirements: Requirements, wanted: str, with_uv: bool, project: Path) -> str:
    digest = hashlib.sha256()
    for part in (sys.version, platform.platform(), wanted, str(with_uv)):
        digest.update(part.encode() + b"\0")
    for name, content in requirements.contents:
        digest.update(name.encode() + b"\0" + content + b"\0")
    if requirements.local:
        # What is installed from the app's folder changes with any of its files.
        for path in sorted(path for path in project.rglob("*") if path.is_file()):
            digest.update(str(path.relative_to(project)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:24]


def _packages(folder: Path) -> tuple[str, ...]:
    found = (
        path.name.removesuffix(".dist-info").rpartition("-")
        for path in folder.glob("lib/*/site-packages/*.dist-info")
    )
    return tuple(sorted(f"{name}=={version}".lower() for name, _, version in found))
