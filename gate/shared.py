"""Facts that several checks stand on (the sign-in, the created shipment): produced once per run, by whoever is first.

Success and failure are both kept, under a file lock, so that workers share them: the check that owns the fact
reports its failure, every other one is blocked by it.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from filelock import FileLock

from gate.outcome import explain
from gate.recorder import Check
from gate.results import Blocked, Cause, CheckStopped, CouldNotTell, Evidence, Failed, Finding, Step
from gate.services.http import ServiceError

Facts = dict[str, Any]


class Shared:
    """Store of one run's shared facts; `folder` is private to the run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, key: str, owner: str, check: Check, produce: Callable[[], Facts]) -> Facts:
        """The facts of `key`, produced now if nobody has.

        Raises what `produce` raised when `check` is the owner, and Blocked(owner) for every other check; where
        `produce` was itself blocked by something deeper, that is everyone's cause. Raises ValueError when `key` is
        somebody else's: each belongs to one owner, or to `put`.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / f"{key}.json"
        with FileLock(f"{path}.lock"):
            mine = not path.exists()
            if mine:
                self._keep(path, {"owner": owner, **self._produce(check, produce)})
            stored = json.loads(path.read_text(encoding="utf-8"))
        if stored["owner"] != owner:
            raise ValueError(
                f"the shared key {key!r} of {owner} is that of {stored['owner'] or 'plain facts'} too"
            )
        if check.id == owner and not mine:
            # The owner may ask more than once, and tells it once.
            steps = [Step.model_validate(step) for step in stored["steps"]]
            evidence = [Evidence.model_validate(one) for one in stored["evidence"]]
            check.steps += [step for step in steps if step not in check.steps]
            check.evidence += [one for one in evidence if one not in check.evidence]
        if stored["stopped"] is None:
            facts: Facts = stored["facts"]
            return facts
        if stored["stopped"]["blocked_by"]:
            raise Blocked(stored["stopped"]["blocked_by"])
        if check.id != owner:
            raise Blocked(owner)
        raise _stopped(stored["stopped"])

    def peek(self, key: str) -> Facts | None:
        """The facts of `key` if they were produced and hold, else None."""
        path = self.folder / f"{key}.json"
        if not path.exists():
            return None
        facts: Facts | None = json.loads(path.read_text(encoding="utf-8"))["facts"]
        return facts

    def failed(self, key: str) -> bool:
        """Whether the facts of `key` could not be had because the product is wrong."""
        path = self.folder / f"{key}.json"
        if not path.exists():
            return False
        stopped = json.loads(path.read_text(encoding="utf-8"))["stopped"]
        return bool(stopped) and stopped["outcome"] == "failed"

    def stopped_by(self, key: str, owner: str) -> str | None:
        """The check that names why the facts of `key` cannot be had: `owner`, or a deeper one. None: they can."""
        path = self.folder / f"{key}.json"
        if not path.exists():
            return None
        stopped = json.loads(path.read_text(encoding="utf-8"))["stopped"]
        return str(stopped["blocked_by"] or owner) if stopped else None

    def put(self, key: str, facts: Facts) -> None:
        """Set facts that nobody waits for."""
        self.folder.mkdir(parents=True, exist_ok=True)
        stored: Facts = {"owner": None, "facts": facts, "stopped": None, "steps": [], "evidence": []}
        self._keep(self.folder / f"{key}.json", stored)

    def change(self, key: str, become: Callable[[Facts], Facts]) -> None:
        """Put what the facts of `key` (none: empty) become; of two workers that do so at once neither is lost."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self.folder / f"{key}.json.lock"):
            self.put(key, become(self.peek(key) or {}))

    def count(self, key: str) -> int:
        """How often this has been called with `key` in this run, by any worker."""
        path = self.folder / f"{key}.count"
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{path}.lock"):
            calls = int(path.read_text(encoding="ascii")) + 1 if path.exists() else 1
            path.write_text(str(calls), encoding="ascii")
        return calls

    def _keep(self, path: Path, stored: Facts) -> None:
        """All at once: other processes look without waiting, and must find the whole of it or nothing."""
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=self.folder, delete=False) as fresh:
            fresh.write(json.dumps(stored))
        Path(fresh.name).replace(path)

    def _produce(self, check: Check, produce: Callable[[], Facts]) -> dict[str, Any]:
        steps, evidence = len(check.steps), len(check.evidence)
        facts, stopped = None, None
        try:
            facts = produce()
        except (CheckStopped, ServiceError) as error:
            stop = explain(error)
            stopped = {
                "outcome": "failed" if isinstance(stop, Failed) else "inconclusive",
                "cause": stop.cause.value,
                "expected": stop.expected,
                "observed": stop.observed,
                "hint": stop.hint,
                "findings": [finding.model_dump() for finding in stop.findings],
                "blocked_by": stop.blocked_by,
            }
        return {
            "facts": facts,
            "stopped": stopped,
            "steps": [step.model_dump() for step in check.steps[steps:]],
            "evidence": [one.model_dump() for one in check.evidence[evidence:]],
        }


def _stopped(stored: Facts) -> CheckStopped:
    kind = Failed if stored["outcome"] == "failed" else CouldNotTell
    return kind(
        stored["expected"],
        stored["observed"],
        stored["hint"],
        cause=Cause(stored["cause"]),
        findings=[Finding.model_validate(finding) for finding in stored["findings"]],
    )
