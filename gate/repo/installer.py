"""Requirements into an empty environment: by uv, or by pip where uv is absent or refuses what pip does not."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from gate.repo.processes import Ran, run
from gate.repo.requirements import Requirement, Requirements, named_in

INSTALL_S = 300

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


def find_uv() -> str | None:
    """The path of uv: the gate's own, else the system's; None where there is neither."""
    try:
        from uv import find_uv_bin

        return str(find_uv_bin())
    except (ImportError, FileNotFoundError):
        return shutil.which("uv")


def install(
    uv: str | None,
    project: Path,
    requirements: Requirements,
    folder: Path,
    wanted: str,
    options: tuple[str, ...],
) -> tuple[str, str]:
    """Make `folder` an environment that has them. Raises InstallFailed, InstallImpossible.

    Returns the version of its Python, and who installed: uv, or pip where uv is absent or reaches no index.
    """
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
    _attempted(lambda: run(command, project, installer_environment(), INSTALL_S), requirements)
    return _version(folder)


def _make_with_uv(uv: str, folder: Path, wanted: str, project: Path, quiet: tuple[str, ...]) -> None:
    """An empty environment with the wanted Python; else of its minor version; else with the gate's own."""
    minor = minor_of(wanted)
    # A patch level is not worth a download when its minor version is here.
    ways = [(wanted, False), (minor, False), (wanted, True)] if wanted else []
    said = ""
    for version, may_download in (*dict.fromkeys(ways), (sys.executable, False)):
        options = [] if may_download else ["--no-python-downloads"]
        made = run(
            [uv, "venv", *quiet, "--no-project", "--python", version, *options, str(folder)],
            project,
            installer_environment() if version == sys.executable else installer_with(version),
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
    _attempted(lambda: run(command, project, installer_environment(), INSTALL_S), requirements)
    return _version(folder)


def _attempted(attempt: Callable[[], Ran], requirements: Requirements) -> None:
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


def installer_with(version: str) -> dict[str, str]:
    """The same, with pyenv told of a Python: its python3.12 answers only where a 3.12 was chosen, whatever it has."""
    return installer_environment() | {"PYENV_VERSION": version}


def minor_of(version: str) -> str:
    """Its first two numbers."""
    return ".".join(version.split(".")[:2])


def _version(folder: Path) -> str:
    """Full version of an environment's Python."""
    told = run(
        [f"{folder}/bin/python", "-c", "import platform; print(platform.python_version())"], folder, {}, 30
    )
    return told.output.strip()
