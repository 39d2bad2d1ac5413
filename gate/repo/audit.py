"""pip-audit on the packages of a clean environment: begun when they are installed, collected when it is needed.

It gets their names and versions and nothing of the app: no file of it is opened, none of its code runs.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from gate.repo.environment import CleanEnvironment
from gate.repo.processes import Started
from gate.repo.requirements import Requirements, normal
from gate.repo.vulnerabilities import Audited, NoReport, auditable, read_report
from gate.services.http import is_loopback, refuse_unless_private

AUDIT_S = 60.0
_ANSWER_S = 5
_FOLDER = "a folder"
_BY_VENV = ("pip", "setuptools")
# The way out of this network, and nothing else of the gate's environment.
_FOR_THE_WAY = re.compile(r"(HTTPS?|ALL|NO)_PROXY|(https?|all|no)_proxy")
_CERTIFICATES = ("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "PIP_CERT")


@dataclass(frozen=True)
class Service:
    """Who knows of vulnerabilities: the package index ("pypi"), or OSV, at `osv_url` unless at its public address."""

    kind: Literal["pypi", "osv"]
    osv_url: str = ""

    @property
    def url(self) -> str:
        """The address to ask, where it is not the public one."""
        return self.osv_url.rstrip("/") if self.kind == "osv" else ""

    @property
    def options(self) -> list[str]:
        """As pip-audit takes them."""
        return [
            "--vulnerability-service",
            self.kind,
            *(["--osv-url", f"{self.url}/v1/query"] if self.url else []),
        ]

    def __str__(self) -> str:
        return "OSV" if self.kind == "osv" else "the package index"


class Audit:
    """pip-audit at work. `folder` is this run's own, `cache` keeps the service's answers as long as they allow it.

    Raises NoReport when pip-audit is not installed, and AddressRefused unless the service is at an https address or
    on this machine.
    """

    def __init__(
        self,
        packages: tuple[str, ...],
        service: Service,
        folder: Path,
        cache: Path,
        timeout_s: float = AUDIT_S,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        if service.url:
            refuse_unless_private(str(service), service.url)
        if importlib.util.find_spec("pip_audit") is None:
            raise NoReport("pip-audit is not installed", service=False)
        self.output = ""
        self._asked, self._unknown = auditable(packages)
        self._report = folder / "report.json"
        folder.mkdir(parents=True, exist_ok=True)
        listed = folder / "packages.txt"
        listed.write_text("".join(f"{one}\n" for one in self._asked), encoding="utf-8")
        # With a whole list of exact versions it has nothing to resolve, and neither installs nor builds.
        command = [sys.executable, "-I", "-m", "pip_audit", "--requirement", str(listed), "--no-deps"]
        command += ["--disable-pip", "--format", "json", "--output", str(self._report), *service.options]
        command += ["--progress-spinner", "off", "--timeout", str(_ANSWER_S), "--cache-dir", str(cache)]
        self._running = Started(command, folder, _environment(folder, service, environ), timeout_s)

    def end(self) -> Audited:
        """What it found, waited for until `timeout_s` after its start. Once only; raises NoReport."""
        ran = self._running.end()
        self.output = ran.output
        report = self._report.read_text(encoding="utf-8") if self._report.exists() else ""
        audited = read_report(ran.code, report, ran.output, self._asked)
        return Audited(audited.packages, audited.found, {**audited.unknown, **self._unknown})

    def stop(self) -> None:
        """Kill it with its children, if it still runs."""
        self._running.stop()


def from_the_index(
    environment: CleanEnvironment, requirements: Requirements
) -> tuple[tuple[str, ...], dict[str, str]]:
    """The packages that came from an index, and of the others where they came from instead (PEP 610).

    What a new environment brings by itself is no requirement of the app's, and is left aside; so is the app itself,
    where it is installed as a package.
    """
    elsewhere: dict[str, str] = {}
    itself: set[str] = set()
    for path in environment.folder.glob("lib/*/site-packages/*.dist-info/direct_url.json"):
        name = normal(path.parent.name.removesuffix(".dist-info").rpartition("-")[0])
        origin = _origin(path)
        if requirements.itself and origin == _FOLDER:
            itself.add(name)
        else:
            elsewhere[name] = f"installed from {origin}"
    own = set(_BY_VENV) - {line.name for line in requirements.lines} if environment.installer == "pip" else ()
    names = {one: normal(one.partition("==")[0]) for one in environment.packages}
    asked = tuple(one for one, name in names.items() if name not in {*elsewhere, *own, *itself})
    return asked, elsewhere


def _origin(path: Path) -> str:
    """Where a package came from: never its address, which may hold a password."""
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        told = {}
    if "vcs_info" in told:
        return "a version control system"
    return _FOLDER if "dir_info" in told else "a file"


def _environment(folder: Path, service: Service, environ: Mapping[str, str]) -> dict[str, str]:
    given = {"PATH": "/usr/bin:/bin", "HOME": str(folder), "LANG": "C.UTF-8"}
    # A proxy must not swallow what runs on this machine.
    if not (service.url and is_loopback(service.url)):
        given |= {name: value for name, value in environ.items() if _FOR_THE_WAY.fullmatch(name)}
        # It reads no other name, and behind a company's proxy its own certificates would not do.
        trusted = next((environ[name] for name in _CERTIFICATES if environ.get(name)), "")
        given |= {"REQUESTS_CA_BUNDLE": trusted} if trusted else {}
    return given
