"""What pip-audit tells of a list of packages: its report read, and its last words where it gives none. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from gate.repo.requirements import normal

_AUDITABLE = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?==\S+", re.I)
# pip-audit lets most troubles with the service end it as they come: the last one's name, and what it says.
_TROUBLE = re.compile(r"^requests\.exceptions\.(?P<kind>\w+): (?P<said>.*)$", re.MULTILINE)
_NO_CONNECTION = re.compile(r"^ERROR:pip_audit\._cli:Could not connect\b", re.MULTILINE)
_IN_WORDS = {
    "ConnectionError": "it could not be reached",
    "ReadTimeout": "it did not answer in time",
    "ProxyError": "the proxy on the way did not let it through",
    "SSLError": "its certificate is not trusted here",
    "JSONDecodeError": "its answer is no JSON",
}
# An entry of the service that pip-audit does not understand and leaves out of its report.
_LEFT_OUT = re.compile(r"^WARNING:pip_audit\._service\.\w+:(?P<said>.*)$", re.MULTILINE)


class NoReport(Exception):
    """pip-audit told nothing that can be relied on; `service` tells that the asked service is to blame."""

    def __init__(self, said: str, *, service: bool) -> None:
        super().__init__(said)
        self.service = service


@dataclass(frozen=True)
class Vulnerability:
    """One known vulnerability of an installed package; `fixed_in` are versions, oldest first, or none."""

    package: str
    version: str
    id: str
    aliases: tuple[str, ...]
    fixed_in: tuple[str, ...]

    @property
    def remedy(self) -> str | None:
        """The oldest newer version without it; None where there is none yet."""
        newer = (one for one in self.fixed_in if Version(one) > Version(self.version))
        return min(newer, key=Version, default=None)

    def __str__(self) -> str:
        also = f" ({', '.join(self.aliases)})" if self.aliases else ""
        fixed = ", ".join(self.fixed_in) or "no version yet"
        return f"{self.package} {self.version}: {self.id}{also}, fixed in {fixed}"


@dataclass(frozen=True)
class Audited:
    """The name==version that the service answered for, and what it knows; `unknown` is package = why it is not."""

    packages: tuple[str, ...]
    found: tuple[Vulnerability, ...]
    unknown: dict[str, str]


def auditable(packages: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """The name==version that can be asked for, and the others with the reason."""
    asked, unknown = [], {}
    for one in packages:
        name, _, version = one.partition("==")
        try:
            Version(version)
            fits = _AUDITABLE.fullmatch(one) is not None
        except InvalidVersion:
            fits = False
        if fits:
            asked.append(one)
        else:
            unknown[name] = f"{version!r} is no version"
    return asked, unknown


def read_report(code: int | None, report: str, output: str, asked: Collection[str]) -> Audited:
    """The report of pip-audit 2 (`--format json`), with its exit code and what it printed.

    `asked` are the name==version that it was given. Raises NoReport unless it answers for every one of them.
    """
    if code is None:
        raise NoReport("it had not come to its end in time", service=True)
    if not report:
        raise last_words(code, output)
    try:
        told = json.loads(report)
        listed = {normal(one["name"]): one for one in told["dependencies"]}
        unknown = {name: str(one["skip_reason"]) for name, one in listed.items() if "skip_reason" in one}
        found = tuple(
            _vulnerability(name, one["version"], known)
            for name, one in listed.items()
            if name not in unknown
            for known in one["vulns"]
        )
    except (ValueError, TypeError, KeyError) as error:
        raise NoReport(f"its report cannot be read ({type(error).__name__})", service=False) from None
    names = {normal(one.partition("==")[0]) for one in asked}
    if missing := sorted(names - set(listed)):
        raise NoReport(f"its report does not name {', '.join(missing)}", service=False)
    if code != bool(found):
        raise NoReport(f"it ended with {code}, and its report names {len(found)}", service=False)
    if not found and (left_out := _LEFT_OUT.search(output)):
        raise NoReport(f"an answer was not understood: {left_out['said'].strip()}", service=True)
    packages = tuple(
        f"{name}=={one['version']}" for name, one in sorted(listed.items()) if name not in unknown
    )
    return Audited(packages, found, unknown)


def last_words(code: int, output: str) -> NoReport:
    """Why pip-audit ended without a report."""
    troubles = list(_TROUBLE.finditer(output))
    if troubles:
        kind, said = troubles[-1].group("kind", "said")
        plain = f"it answered {said.partition(' for url:')[0]}" if kind == "HTTPError" else said[:300]
        return NoReport(_IN_WORDS.get(kind, plain), service=True)
    if _NO_CONNECTION.search(output):
        return NoReport(_IN_WORDS["ConnectionError"], service=True)
    last = (output.strip().splitlines() or [f"exit status {code}"])[-1]
    return NoReport(last[:300], service=False)


def told_together(unknown: Mapping[str, str]) -> str:
    """The packages of which nothing is known, those with the same reason in one breath."""
    alike: dict[str, list[str]] = {}
    for name, why in sorted(unknown.items()):
        # pip-audit ends its reason with the package: "...could not be audited: click (8.1.7)".
        alike.setdefault(re.sub(rf"\s*:?\s*{re.escape(name)} \([^()]*\)$", "", why), []).append(name)
    return "; ".join(
        f"{len(names)} packages could not be looked up: {', '.join(names)} ({why})"
        if len(names) > 1
        else f"{names[0]} could not be looked up ({why})"
        for why, names in alike.items()
    )


def _vulnerability(package: str, version: str, known: dict[str, object]) -> Vulnerability:
    fixed, aliases = known["fix_versions"], known.get("aliases", [])
    if not isinstance(fixed, list) or not isinstance(aliases, list):
        raise TypeError("fix_versions and aliases are lists")
    versions = sorted({str(one) for one in fixed}, key=Version)
    _ = Version(version)
    return Vulnerability(
        package, version, str(known["id"]), tuple(sorted(map(str, aliases))), tuple(versions)
    )
