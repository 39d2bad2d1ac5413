"""The data that flows from a check to the report: steps, evidence, findings and one result per check."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Outcome(StrEnum):
    """What became of a check. Only PASSED proves anything."""

    PASSED = "passed"
    FAILED = "failed"
    BLOCKED = "blocked"
    SKIPPED = "skipped"
    NOT_RUN = "not_run"
    INCONCLUSIVE = "inconclusive"


class Cause(StrEnum):
    """Whose doing a bad outcome is; NONE belongs to a check that passed."""

    PRODUCT = "product"
    GATE = "gate"
    THIRD_PARTY = "third_party"
    CONFIGURATION = "configuration"
    NONE = "none"


class Frozen(BaseModel):
    """Base of every value that is written to disk: immutable, no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(Frozen):
    """One action of a check. `started_s` counts from the check's start; times are seconds."""

    title: str
    started_s: float
    duration_s: float
    ok: bool = True


class Evidence(Frozen):
    """Something a check saw: text inline, or a file whose `path` is relative to the run's folder."""

    kind: Literal["screenshot", "pdf_page", "text", "log", "mail"]
    title: str
    text: str | None = None
    path: str | None = None


class Finding(Frozen):
    """One concrete problem among several that a check can report at once.

    `id` is stable across runs (e.g. "variables.missing"), `place` is a file:line, a variable, a commit or a URL.
    """

    id: str
    place: str
    expected: str
    observed: str
    hint: str = ""


def and_elsewhere(places: Collection[object]) -> str:
    """What a finding adds where the same stands at further places; empty where it does not."""
    return f" (and at {len(places)} more place{'s' if len(places) > 1 else ''})" if places else ""


class CheckResult(Frozen):
    """What one check proved or did not prove. `duration_s` covers set-up, call and teardown."""

    id: str
    outcome: Outcome
    cause: Cause = Cause.NONE
    title: str = ""
    section: str = ""
    severity: Literal["blocker", "advisory"] = "blocker"
    examined: int = 0
    unit: str = ""
    duration_s: float = 0.0
    expected: str = ""
    observed: str = ""
    hint: str = ""
    attempts: int = 1
    blocked_by: str | None = None
    waived: bool = False
    findings: tuple[Finding, ...] = ()
    steps: tuple[Step, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    nodeid: str = ""


class CheckStopped(Exception):
    """Base of the ways a check ends without passing. Each carries what a reader needs to act.

    `belongs_to` is the check that tells it, where several come upon the same: the others are blocked by that one.
    """

    outcome: Outcome = Outcome.FAILED
    cause: Cause = Cause.PRODUCT

    def __init__(
        self,
        expected: str,
        observed: str,
        hint: str = "",
        *,
        cause: Cause | None = None,
        findings: Sequence[Finding] = (),
        blocked_by: str | None = None,
        belongs_to: str | None = None,
    ) -> None:
        super().__init__(f"expected {expected}; observed {observed}")
        self.expected, self.observed, self.hint = expected, observed, hint
        self.belongs_to = belongs_to
        self.cause = cause or type(self).cause
        self.findings = tuple(findings)
        self.blocked_by = blocked_by


class Failed(CheckStopped):
    """The product does not do what it must."""


class CouldNotTell(CheckStopped):
    """The gate could not find out: its own fault, a third party's or the configuration's, never the product's."""

    outcome = Outcome.INCONCLUSIVE
    cause = Cause.GATE


class Blocked(CheckStopped):
    """What this check stands on already failed under `blocked_by`, which names the cause."""

    outcome = Outcome.BLOCKED
    cause = Cause.NONE

    def __init__(self, blocked_by: str, why: str = "") -> None:
        observed = f"{blocked_by} did not pass{': ' if why else ''}{why}"
        super().__init__(f"{blocked_by} passes first", observed, blocked_by=blocked_by)
