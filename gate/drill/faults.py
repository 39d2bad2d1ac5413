"""The faults that there are, and which of them are asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gate.inputs import InputError, nearest
from gate.verdict import ExitCode

ROOT = Path(__file__).parents[2]
EXIT_CODES: Mapping[str, int] = {
    "GO": ExitCode.GO,
    "NO-GO": ExitCode.NO_GO,
    "INCONCLUSIVE": ExitCode.INCONCLUSIVE,
}


@dataclass(frozen=True)
class Fault:
    """A defect that can be switched on, the check that must name it first, and the verdict it must lead to.

    `own_s` are the seconds that it makes any judge wait.
    """

    name: str
    title: str
    stage: str
    caught_by: str
    verdict: str
    own_s: float = 0.0


def faults(root: Path = ROOT) -> list[Fault]:
    """Every fault there is, by name. The staging is asked as a program: the gate does not know its inside."""
    listed = subprocess.run(
        [sys.executable, "-m", "sandbox", "faults", "--json"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode:
        raise InputError([f"the faults could not be listed: {listed.stderr.strip()[-500:]}"])
    return [Fault(**one) for one in json.loads(listed.stdout)]


def chosen(
    names: Sequence[str], stage: str | None, known: Sequence[Fault], check: str | None = None
) -> list[Fault]:
    """The named faults, or all; of one stage, and of one check or area ("mail" is every mail.…), if given.

    Raises InputError naming every name that is none.
    """
    by_name = {fault.name: fault for fault in known}
    stages = list(dict.fromkeys(fault.stage for fault in known))
    checks = {fault.caught_by for fault in known}
    areas = {one.partition(".")[0] for one in checks}
    problems = [_unknown("fault", name, list(by_name)) for name in names if name not in by_name]
    if stage is not None and stage not in stages:
        problems.append(_unknown("stage", stage, stages))
    if check is not None and check not in checks | areas:
        problems.append(_unknown("check with a fault", check, sorted(checks | areas)))
    if problems:
        raise InputError(problems)
    found = [by_name[name] for name in names] if names else list(known)
    return [
        fault
        for fault in found
        if stage in (None, fault.stage)
        and check in (None, fault.caught_by, fault.caught_by.partition(".")[0])
    ]


def _unknown(kind: str, name: str, known: list[str]) -> str:
    guess = nearest(name, known)
    return f"no {kind} named {name!r}; " + (
        f"did you mean {guess!r}?" if guess else "--list-faults shows them all"
    )
