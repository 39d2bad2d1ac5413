"""Extras that requirements ask for and the installed package does not have: an installer only warns of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import metadata
from pathlib import Path

from gate.repo.requirements import Requirement, normal

_EXTRAS = re.compile(r"[A-Za-z0-9._-]+\s*\[([^\]]*)\]")


def unknown_extras(
    environment: Path, lines: Iterable[Requirement]
) -> Iterator[tuple[Requirement, str, list[str]]]:
    """(the line, the extra that it asks for, those that there are), of the packages installed in `environment`."""
    sites = [str(site) for site in environment.glob("lib/python*/site-packages")]
    for line in lines:
        asked = _EXTRAS.match(line.text)
        if not (asked and line.name):
            continue
        for package in metadata.distributions(name=line.name, path=sites):
            known = sorted(normal(one) for one in package.metadata.get_all("Provides-Extra") or ())
            for extra in filter(None, (normal(one.strip()) for one in asked[1].split(","))):
                if extra not in known:
                    yield line, extra, known
