"""pip-audit of one run: begun as soon as the packages are installed, collected by the check that judges them."""

from __future__ import annotations

from pathlib import Path

from gate.recorder import Check
from gate.repo.audit import Audit, Service, from_the_index
from gate.repo.environment import CleanEnvironment
from gate.repo.requirements import Requirements, read_requirements
from gate.repo.vulnerabilities import Audited, NoReport, Vulnerability
from gate.results import Cause, CouldNotTell
from gate.services.http import AddressRefused
from gate.settings import Settings
from gate.target import Target
from preflight.loading import Loading


class Auditing:
    """One pip-audit beside the checks, in `folder`, with `cache` for the service's answers."""

    def __init__(self, target: Target, settings: Settings, folder: Path, cache: Path) -> None:
        self.service = Service(target.start.vulnerability_service, settings.get("GATE_OSV_URL") or "")
        self._folder, self._cache = folder, cache
        self._audit: Audit | None = None
        self._elsewhere: dict[str, str] = {}
        self._trouble: AddressRefused | NoReport | None = None

    def requirements(self, loading: Loading) -> Requirements:
        """The lines that ask for the packages."""
        return read_requirements(loading.source, loading.target.start.requirements)

    def begin(self, loading: Loading, environment: CleanEnvironment) -> None:
        """Start it, unless it was. What keeps it from starting is nobody's matter but that of `end`."""
        if self._audit or self._trouble:
            return
        packages, self._elsewhere = from_the_index(environment, self.requirements(loading))
        try:
            self._audit = Audit(packages, self.service, self._folder, self._cache)
        except (AddressRefused, NoReport) as trouble:
            self._trouble = trouble

    def end(self, check: Check) -> Audited:
        """What it found, with what it could not be asked for. Once only; raises CouldNotTell, AddressRefused."""
        try:
            if self._trouble or self._audit is None:
                raise self._trouble or NoReport("it was not started", service=False)
            audited = self._audit.end()
        except NoReport as none:
            if self._audit:
                check.attach_text("What pip-audit printed", self._audit.output or "(nothing)", "log")
            raise self._could_not_tell(none) from None
        whole = Audited(audited.packages, audited.found, {**audited.unknown, **self._elsewhere})
        lines = [*whole.packages, *(f"{name}: not known, {why}" for name, why in whole.unknown.items())]
        check.attach_text(f"Packages that {self.service} was asked for", "\n".join(lines))
        return whole

    def stop(self) -> None:
        """Kill it if it still runs."""
        if self._audit:
            self._audit.stop()

    def _could_not_tell(self, none: NoReport) -> CouldNotTell:
        if none.service:
            other = "osv" if self.service.kind == "pypi" else "pypi"
            return CouldNotTell(
                f"{self.service} tells what is known against the installed packages",
                str(none),
                f'try again later, or ask another: [start] vulnerability_service = "{other}" in target.toml',
                cause=Cause.THIRD_PARTY,
            )
        return CouldNotTell(
            "pip-audit tells what is known against the installed packages",
            str(none),
            "`make` installs it as it must be; what it printed stands below",
            cause=Cause.GATE,
        )


def remedy(known: Vulnerability, *, listed: bool) -> str:
    """What to do about a vulnerability, where the package has a line of its own or came with another."""
    if known.remedy is None:
        return (
            f"no newer version of {known.package} is without it yet: read {known.id}, and replace or avoid it"
        )
    if listed:
        return f"raise the pin of {known.package} to {known.remedy} or newer"
    return f"{known.package} comes with another package: list it as {known.package}=={known.remedy} or newer"
