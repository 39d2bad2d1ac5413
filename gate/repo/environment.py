"""A clean environment with an app's requirements, made once for each content and kept.

It holds none of the gate's own packages, and the gate none of its.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from gate.repo.processes import Ran, run
from gate.repo.requirements import Requirement, Requirements, named_in, read_requirements

INSTALL_S = 300
CHECK_S = 60
ENDS_AT_ONCE = Path(__file__).with_name("ends_at_once.py")
_MARK = "environment.json"

# The installer is the user's own tool and needs the user's own settings: proxy, certificates, private index.
_FOR_THE_INSTALLER = re.compile(
    r"PATH|HOME|LANG|TMPDIR|NETRC|(UV|PIP)_\w+|XDG_\w+_HOME|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE"
    r"|(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy"
)
_OFFLINE = re.compile(
    r"error sending request|dns error|connection (refused|reset)|failed to fetch|\btimed out\b"
    r"|network is unreachable|name or service not known|temporary failure in name resolution"
    r"|could not resolve host|NewConnectionError|max retries exceeded"
    r"|50[234] (server error|bad gateway|service unavailable)",
    re.I,
)
# What uv refuses and pip, with which Render installs, does not: editable ones from git, a pre-release where there is
# nothing else.
_UV_ALONE = re.compile(r"cannot be editable|unsupported|not (yet )?supported|pre-?releases? ", re.I)
# What a package's own build says on its way to the line that names the reason.
_TRACEBACK = re.compile(r"^([ \t│|]*)Traceback \(most recent call last\):\n(?:\1[ \t].*\n)+", re.MULTILINE)


class InstallFailed(Exception):
    """The requirements cannot be installed; `culprits` are the lines that the installer names."""

    def __init__(self, said: str, culprits: Sequence[Requirement], output: str) -> None:
        super().__init__(said)
        self.culprits, self.output = tuple(culprits), output


class InstallImpossible(Exception):
    """Whether they install could not be found out: no network, no installer, no time."""

    def __init__(self, said: str, hint: str, output: str = "") -> None:
        super().__init__(said)
        self.hint, self.output = hint, output


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
        uv = _uv()
        folder = cache_dir / "environments" / _key(requirements, wanted, uv is not None, project)
        folder = folder.with_name(f"{folder.name}-listed") if only_listed else folder
        folder.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{folder}.lock"):
            kept = _kept(folder)
            if kept and not (uv and _came_since(uv, kept)):
                return kept
            shutil.rmtree(folder, ignore_errors=True)
            options = ("--no-deps",) if only_listed else ()
            version, installer = _make(uv, project, requirements, folder, wanted, options)
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
    uv = _uv()
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
    minor = _minor(kept.wanted)
    if not minor or minor == _minor(kept.python_version):
        return False
    find = [uv, "python", "find", "--no-project", "--no-python-downloads", minor]
    return run(find, kept.folder, _installer_with(minor), CHECK_S).ok


def _minor(version: str) -> str:
    return ".".join(version.split(".")[:2])


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


def _uv() -> str | None:
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return shutil.which("uv")


def _make(
    uv: str | None,
    project: Path,
    requirements: Requirements,
    folder: Path,
    wanted: str,
    options: tuple[str, ...],
) -> tuple[str, str]:
    """Version of the environment's Python, and who installed: uv, or pip where uv is absent or reaches no index."""
    if uv:
        try:
            return _with_uv(uv, project, requirements, folder, wanted, options), "uv"
        except (InstallImpossible, InstallFailed) as refused:
            if isinstance(refused, InstallFailed) and not _UV_ALONE.search(refused.output):
                raise
            # uv does not read pip's configuration, where an index of the house may be named.
            shutil.rmtree(folder, ignore_errors=True)
    return _with_pip(project, requirements, folder, options), "pip"


def _with_uv(
    uv: str, project: Path, requirements: Requirements, folder: Path, wanted: str, options: tuple[str, ...]
) -> str:
    quiet = ("--color", "never", "--no-progress")
    _make_with_uv(uv, folder, wanted, project, quiet)
    command = [
        uv,
        "pip",
        "install",
        *quiet,
        # The system's certificates, as pip takes them: behind a company's proxy uv's own would not do.
        "--system-certs",
        "--compile-bytecode",
        # The best version of all indexes, as pip takes it.
        "--index-strategy",
        "unsafe-best-match",
        "--python",
        f"{folder}/bin/python",
        *options,
        "-r",
        requirements.file,
    ]
    _install(lambda: run(command, project, installer_environment(), INSTALL_S), requirements)
    return _version(folder)


def _make_with_uv(uv: str, folder: Path, wanted: str, project: Path, quiet: tuple[str, ...]) -> None:
    """An empty environment with the wanted Python; else of its minor version; else with the gate's own."""
    minor = _minor(wanted)
    # A patch level is not worth a download when its minor version is here.
    ways = [(wanted, False), (minor, False), (wanted, True)] if wanted else []
    said = ""
    for version, may_download in (*dict.fromkeys(ways), (sys.executable, False)):
        options = [] if may_download else ["--no-python-downloads"]
        made = run(
            [uv, "venv", *quiet, "--no-project", "--python", version, *options, str(folder)],
            project,
            installer_environment() if version == sys.executable else _installer_with(version),
            INSTALL_S,
        )
        if made.ok:
            return
        said = made.output
        shutil.rmtree(folder, ignore_errors=True)
    raise InstallImpossible("no environment could be made", "see the installer's own words", said)


def _with_pip(project: Path, requirements: Requirements, folder: Path, options: tuple[str, ...]) -> str:
    made = run([sys.executable, "-m", "venv", str(folder)], project, installer_environment(), INSTALL_S)
    if not made.ok:
        raise InstallImpossible(
            "no environment could be made", "install uv, or Python's venv module", made.output
        )
    command = [f"{folder}/bin/python", "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    command += [*options, "-r", requirements.file]
    _install(lambda: run(command, project, installer_environment(), INSTALL_S), requirements)
    return _version(folder)


def _install(attempt: Callable[[], Ran], requirements: Requirements) -> None:
    done = attempt()
    if done.ok:
        return
    if done.code is None:
        raise InstallImpossible(f"the installation took longer than {INSTALL_S} s", "try again", done.output)
    if _OFFLINE.search(done.output):
        raise InstallImpossible(
            "the package index could not be reached, or another host that the requirements name",
            "is there a network, and is the proxy or index set?",
            done.output,
        )
    raise InstallFailed(_said(done.output), _culprits(requirements, done.output), done.output)


def _culprits(requirements: Requirements, output: str) -> list[Requirement]:
    at = re.search(r"`([^`]+)` at position (\d+)", output)
    if at:
        # The installer counts characters of a file it could not parse.
        content = dict(requirements.contents).get(Path(at[1]).name, b"").decode("utf-8", "replace")
        number = content[: int(at[2])].count("\n") + 1
        return [line for line in requirements.lines if (line.file, line.line) == (Path(at[1]).name, number)]
    # pip says last which one it has turned to.
    turned_to = re.findall(r"^\s*(?:Collecting|Obtaining|Processing) .*$", output, re.MULTILINE)
    return list(named_in(requirements, _said(output)) or named_in(requirements, "".join(turned_to[-1:])))


def _said(output: str) -> str:
    """The installer's own sentences, without progress; of a traceback its last line alone."""
    lines = _TRACEBACK.sub("", output).splitlines()
    start = next(
        (n for n, line in enumerate(lines) if re.match(r"\s*(error|×|ERROR)", line)), max(0, len(lines) - 5)
    )
    return " ".join(" ".join(lines[start : start + 12]).split())[:600]


def installer_environment() -> dict[str, str]:
    """What of the gate's own environment the installer needs; none of its variables, none of the app's."""
    kept = {name: value for name, value in os.environ.items() if _FOR_THE_INSTALLER.fullmatch(name)}
    own = Path(sys.prefix) / "bin"
    kept["PATH"] = os.pathsep.join(
        part for part in kept.get("PATH", os.defpath).split(os.pathsep) if Path(part) != own
    )
    return kept


def _installer_with(version: str) -> dict[str, str]:
    """The same, with pyenv told of a Python: its python3.12 answers only where a 3.12 was chosen, whatever it has."""
    return installer_environment() | {"PYENV_VERSION": version}


def _version(folder: Path) -> str:
    """Full version of an environment's Python."""
    told = run(
        [f"{folder}/bin/python", "-c", "import platform; print(platform.python_version())"], folder, {}, 30
    )
    return told.output.strip()


def _packages(folder: Path) -> tuple[str, ...]:
    found = (
        path.name.removesuffix(".dist-info").rpartition("-")
        for path in folder.glob("lib/*/site-packages/*.dist-info")
    )
    return tuple(sorted(f"{name}=={version}".lower() for name, _, version in found))
