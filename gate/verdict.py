"""Results and checklist in, verdict out. Pure: no pytest, no browser, no network, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import IntEnum
from typing import Literal

from pydantic import Field

from gate.checklist import Checklist, Item, Place, Waiver
from gate.results import Cause, CheckResult, Frozen, Outcome

Word = Literal["GO", "NO-GO", "INCONCLUSIVE", "UNFINISHED"]
Next = Literal["none", "fix", "retry", "rollback"]

BEST_TO_WORST = (
    Outcome.PASSED,
    Outcome.NOT_RUN,
    Outcome.SKIPPED,
    Outcome.BLOCKED,
    Outcome.INCONCLUSIVE,
    Outcome.FAILED,
)


_DECIDED: Mapping[Place, str] = {
    "local": "on a developer's machine",
    "ci": "in CI",
    "live": "on the live app",
}


class ExitCode(IntEnum):
    """What the shell sees. Only 0 opens the gate."""

    GO = 0
    NO_GO = 1
    INTERRUPTED = 2
    INCONCLUSIVE = 3
    CONFIGURATION = 4
    NOTHING_RUN = 5


class TargetFacts(Frozen):
    """Which application was judged, and where."""

    name: str
    base_url: str | None = None


class CommitFacts(Frozen):
    """Commit asked for, commit found live, and the tree judged; None where unknown."""

    expected: str | None = None
    live: str | None = None
    tree: str | None = None
    confirmed: bool = Field(False, description="live equalled expected before and after the checks")


class Run(Frozen):
    """Facts about a run that no single check owns. Times are RFC 3339 in UTC."""

    run_id: str
    stage: str
    target: TargetFacts
    environment: str = ""
    commit: CommitFacts = CommitFacts()
    started_at: str
    finished_at: str | None = None
    duration_s: float = 0.0
    interrupted: bool = False
    void: str | None = Field(None, description="Why this run judges nothing, such as a deploy in its middle.")
    broken: tuple[str, ...] = Field((), description="Check files or hooks that failed to load or to work.")
    capabilities: Mapping[str, bool] = {}
    without: Mapping[str, str] = {}
    not_proven: Mapping[str, str] = {}
    places: frozenset[Place] = frozenset({"local"})
    at_hand: frozenset[str] = Field(
        frozenset(), description="Names of GATE_ variables and file options that this run was given."
    )
    touched: tuple[str, ...] | None = Field(
        None, description="Paths that the change touches; None where they are not known."
    )
    booted: bool = Field(False, description="The change itself was started, and the journeys ran on it.")
    beside: tuple[str, ...] = Field((), description="The other stages that the same run judged.")
    leftovers: tuple[str, ...] = ()
    remainders: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class Line(Frozen):
    """One line of the checklist with what became of it."""

    id: str
    title: str
    section: str
    process: str = ""
    severity: Literal["blocker", "advisory"]
    applies: bool
    why: str = ""
    outcome: Outcome


class Verdict(Frozen):
    """verdict.json."""

    schema_: Literal[1] = Field(1, alias="schema")
    run_id: str
    verdict: Word
    reason: str
    cause: Cause
    next: Next
    stage: str
    beside: tuple[str, ...] = Field((), description="The other stages that the same run judged.")
    target: TargetFacts
    environment: str
    commit: CommitFacts
    started_at: str
    finished_at: str | None
    duration_s: float
    checks: tuple[CheckResult, ...]
    checklist: tuple[Line, ...]
    root_causes: tuple[str, ...]
    leftovers: tuple[str, ...] = ()
    remainders: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    exit_code: int


_NOT_EXECUTED = (Outcome.NOT_RUN, Outcome.SKIPPED)


def decide(results: Iterable[CheckResult], checklist: Checklist, run: Run) -> Verdict:
    """The verdict of one stage.

    Closed world: an item without a passed result proves nothing. Precedence: interrupted, void, NO-GO,
    INCONCLUSIVE, GO. A result whose id the stage does not owe is ignored; of several for one id the worst
    counts.
    """
    items = checklist.of(run.stage)
    waivers = {waiver.item: waiver for waiver in checklist.waiver}
    found = _worst(results)
    checks = tuple(
        _complete(_result(item, run, found), item, waivers.get(item.id))
        for item in items
        if not why_not(item, run)
    )
    outcomes = {check.id: check.outcome for check in checks}
    lines = tuple(_line(item, outcomes.get(item.id, Outcome.NOT_RUN), why_not(item, run)) for item in items)
    bad = [check for check in checks if check.outcome is not Outcome.PASSED]
    # An advisory may fail; like any item it must have been executed.
    blocking = [check for check in bad if check.severity == "blocker" or check.outcome in _NOT_EXECUTED]
    failed = [check for check in blocking if check.outcome is Outcome.FAILED]
    unclear = [check for check in blocking if check.outcome is not Outcome.FAILED]
    # What is blocked or was never reached is a consequence: it comes first only when it alone is left.
    causes = failed + sorted(unclear, key=lambda check: check.outcome in (Outcome.BLOCKED, *_NOT_EXECUTED))
    word, reason, code = _word(run, checks, failed, causes)
    warnings = run.warnings + tuple(_warning(check) for check in bad if check.severity == "advisory")
    gaps = tuple(f"not proven: {line.title} ({line.why})" for line in lines if line.id in run.not_proven)
    return Verdict(
        run_id=run.run_id,
        verdict=word,
        reason=reason,
        cause=Cause.NONE if word == "GO" else _cause(run, word, causes),
        next=_next(run, word, causes),
        stage=run.stage,
        beside=run.beside,
        target=run.target,
        environment=run.environment,
        commit=run.commit,
        started_at=run.started_at,
        finished_at=run.finished_at,
        duration_s=run.duration_s,
        checks=checks,
        checklist=lines,
        root_causes=tuple(check.id for check in causes),
        leftovers=run.leftovers,
        remainders=run.remainders,
        warnings=warnings + gaps,
        exit_code=code,
    )


def why_not(item: Item, run: Run) -> str:
    """Why an item is not owed here, or an empty string when it is."""
    if item.capability and not run.capabilities.get(item.capability, True):
        reason = run.without.get(item.capability) or f"target.toml describes no {item.capability}"
        return f"does not apply: {reason}"
    asked = item.asked_with in run.at_hand
    if item.when_touched and run.touched is not None and not asked and not item.touched_by(run.touched):
        also = f" (asked for with {item.asked_with})" if item.asked_with else ""
        return f"does not apply: the change touches no {' or '.join(item.when_touched)}{also}"
    if item.id in run.not_proven and not awaits_the_change(item, run):
        return f"not proven here: {run.not_proven[item.id]}"
    if item.where and item.where not in run.places and item.anywhere_with not in run.at_hand:
        also = f" (here too with {item.anywhere_with})" if item.anywhere_with else ""
        return f"decided {_DECIDED[item.where]}{also}"
    return ""


def awaits_the_change(item: Item, run: Run) -> bool:
    """Whether it is a journey before the merge, which counts only on the change itself, and nobody started that."""
    return run.stage == "preflight" and len(item.stages) > 1 and not run.booted


def unfinished(results: Iterable[CheckResult], checklist: Checklist, run: Run) -> Verdict:
    """What stands on disk while a run goes on, and stays there when it is killed: it proves nothing."""
    so_far = decide(results, checklist, run)
    return so_far.model_copy(
        update={
            "verdict": "UNFINISHED",
            "reason": "the run has not come to its end: it is still going, or it was killed",
            "cause": Cause.GATE,
            "next": "retry",
            "root_causes": tuple(check.id for check in so_far.checks if check.outcome is Outcome.FAILED),
            "warnings": run.warnings,
            "exit_code": ExitCode.INCONCLUSIVE,
        }
    )


def _worst(results: Iterable[CheckResult]) -> dict[str, CheckResult]:
    best_first = sorted(
        results, key=lambda result: (BEST_TO_WORST.index(result.outcome), result.examined < 1)
    )
    return {result.id: result for result in best_first}


def _result(item: Item, run: Run, found: Mapping[str, CheckResult]) -> CheckResult:
    """What is known of an item."""
    if awaits_the_change(item, run):
        touched = item.touched_by(run.touched or ())
        return CheckResult(
            id=item.id,
            outcome=Outcome.NOT_RUN,
            cause=Cause.CONFIGURATION,
            expected=f"proven on the change itself, which touches {', '.join(touched) or 'what is not known'}",
            observed="the change was not started",
            hint='run `pytest -m "preflight or smoke" --boot-candidate`',
        )
    return found.get(item.id) or CheckResult(id=item.id, outcome=Outcome.NOT_RUN)


def _line(item: Item, outcome: Outcome, why: str) -> Line:
    return Line(
        id=item.id,
        title=item.title,
        section=item.section,
        process=item.process,
        severity=item.severity,
        applies=not why,
        why=why,
        outcome=outcome,
    )


def _complete(result: CheckResult, item: Item, waiver: Waiver | None) -> CheckResult:
    """The result with what the checklist knows.

    A pass that examined nothing is no pass; a failure that is not the product's doing is inconclusive.
    """
    changes: dict[str, object] = {
        "title": item.title,
        "section": item.section,
        "severity": "advisory" if waiver else item.severity,
        "waived": waiver is not None,
    }
    if result.outcome is Outcome.PASSED and result.examined < 1:
        changes |= {
            "outcome": Outcome.INCONCLUSIVE,
            "cause": Cause.GATE,
            "expected": "something examined",
            "observed": "the check passed without examining anything",
            "hint": "the check found nothing to look at: see whether the app has, in this place, what it is about; "
            "a check of your own calls check.examined(n) with what it looked at",
        }
    elif result.outcome is Outcome.FAILED and result.cause is Cause.NONE:
        changes |= {"cause": Cause.PRODUCT}
    elif result.outcome is Outcome.FAILED and result.cause in (Cause.GATE, Cause.THIRD_PARTY):
        changes |= {"outcome": Outcome.INCONCLUSIVE}
    elif result.outcome is Outcome.NOT_RUN and not result.observed:
        changes |= {
            "cause": Cause.GATE,
            "expected": "executed in this run",
            "observed": "it did not run: deselected, missing, or the run ended before it",
            "hint": "run the whole stage; a part of it never opens the gate",
        }
    return result.model_copy(update=changes)


def _word(
    run: Run, checks: tuple[CheckResult, ...], failed: list[CheckResult], causes: list[CheckResult]
) -> tuple[Word, str, ExitCode]:
    if run.interrupted:
        return "INCONCLUSIVE", "the run was interrupted before its end", ExitCode.INTERRUPTED
    if run.void:
        return "INCONCLUSIVE", run.void, ExitCode.INCONCLUSIVE
    if failed:
        return "NO-GO", _reason(failed[0]), ExitCode.NO_GO
    if run.broken:
        return "INCONCLUSIVE", f"a part of the gate did not work: {run.broken[0]}", ExitCode.INCONCLUSIVE
    if causes:
        return "INCONCLUSIVE", _reason(causes[0]), ExitCode.INCONCLUSIVE
    if not any(check.outcome is Outcome.PASSED for check in checks):
        return "INCONCLUSIVE", "no check was executed", ExitCode.INCONCLUSIVE
    if run.leftovers:
        return "INCONCLUSIVE", f"left behind: {run.leftovers[0]}", ExitCode.INCONCLUSIVE
    return "GO", _passed(checks), ExitCode.GO


def _passed(checks: tuple[CheckResult, ...]) -> str:
    """What a GO stands on, with the advisories that did not pass: they close nothing, and are not kept back."""
    failed = [check.id for check in checks if check.outcome is not Outcome.PASSED]
    told = f"{len(checks) - len(failed)} of {len(checks)} checks that apply"
    if not failed:
        return f"{told} were executed and passed"
    noun = "advisory" if len(failed) == 1 else "advisories"
    return f"{told} passed; {len(failed)} {noun} did not: {', '.join(failed)}"


def _reason(check: CheckResult) -> str:
    told = {"expected": check.expected, "observed": check.observed}
    parts = [f"{said} {text}" for said, text in told.items() if text]
    return f"{check.id}: {check.title}: {'; '.join(parts) or check.outcome}"


def _warning(check: CheckResult) -> str:
    said = "waived" if check.waived else "advisory"
    return f"{said}, {check.outcome}: {_reason(check)}"


def _cause(run: Run, word: Word, causes: list[CheckResult]) -> Cause:
    if run.interrupted:
        return Cause.GATE
    if run.void:
        return Cause.THIRD_PARTY
    if not causes or (run.broken and word != "NO-GO"):
        return Cause.GATE
    first = causes[0]
    return first.cause if first.cause is not Cause.NONE else Cause.GATE


def _next(run: Run, word: Word, causes: list[CheckResult]) -> Next:
    if word == "GO":
        return "none"
    if word != "NO-GO":
        return "fix" if _cause(run, word, causes) is Cause.CONFIGURATION else "retry"
    return "rollback" if run.stage == "postdeploy" and run.commit.confirmed else "fix"
