"""From what pytest saw of a check to its CheckResult. Pure but for the classes it knows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from traceback import walk_tb

from gate.checklist import STAGES
from gate.inputs import InputError
from gate.recorder import Check
from gate.results import Blocked, Cause, CheckResult, CheckStopped, CouldNotTell, Failed, Outcome
from gate.services.http import AddressRefused, Denied, ServiceError, Throttled, Unreachable
from gate.values import normal

LONGEST = 1000
HINT_GATE = (
    "this is a fault of the gate or of the check, not of the app: see the traceback in pytest's own table"
)


def explain(error: BaseException, checks: tuple[Path, ...] = ()) -> CheckStopped:
    """Any exception as a stop that says expected, observed and hint, and whose doing it is.

    An assertion speaks of the product only where it stands in `checks`, the files and folders that judge it.
    """
    if isinstance(error, CheckStopped):
        return error
    said = normal(str(error)) or type(error).__name__
    if isinstance(error, ServiceError):
        causes = ((Denied, Cause.CONFIGURATION), (AddressRefused, Cause.CONFIGURATION))
        later = ((Unreachable, Cause.THIRD_PARTY), (Throttled, Cause.THIRD_PARTY))
        cause = next((cause for kind, cause in causes + later if isinstance(error, kind)), Cause.GATE)
        return CouldNotTell("the service to answer", said, error.hint, cause=cause)
    if isinstance(error, InputError):
        return CouldNotTell("usable input", said, cause=Cause.CONFIGURATION)
    if isinstance(error, AssertionError) and _stands_in(error, checks):
        return Failed("the assertion to hold", said.split(" assert ")[0], "use check.expect to say more")
    return CouldNotTell("the check to run", f"{type(error).__name__}: {said}", HINT_GATE)


def unusable(error: InputError, expected: str, belongs_to: str) -> CouldNotTell:
    """Wrong input that several checks come upon; `belongs_to` tells it."""
    said = "; ".join(error.problems)
    return CouldNotTell(expected, said, cause=Cause.CONFIGURATION, belongs_to=belongs_to)


def as_told_by(check_id: str, error: BaseException) -> BaseException:
    """The same, or that the check is blocked by the one to which this belongs."""
    owner = error.belongs_to if isinstance(error, CheckStopped) else None
    if isinstance(error, CheckStopped) and owner and owner != check_id:
        return Blocked(owner, error.observed)
    return error


def result_of(
    check_id: str,
    nodeid: str,
    recorder: Check | None,
    error: BaseException | None,
    skipped: str | None,
    duration_s: float,
    root: Path,
    scrub: Callable[[str], str],
) -> CheckResult:
    """The result of one check after its teardown. `error` is the first thing that went wrong in any phase.

    `root` is the suite's folder, `scrub` the run's scrubber: a check may have failed before it had a recorder.
    """
    checks = (root / nodeid.partition("::")[0], *(root / stage for stage in STAGES))
    stop = explain(error, checks) if error else None
    if stop:
        outcome, cause = stop.outcome, stop.cause
    elif skipped is not None:
        outcome, cause = Outcome.SKIPPED, Cause.GATE
    else:
        outcome, cause = Outcome.PASSED, Cause.NONE
    return CheckResult(
        id=check_id,
        nodeid=nodeid,
        outcome=outcome,
        cause=cause,
        duration_s=round(duration_s, 3),
        examined=recorder.count if recorder else 0,
        unit=recorder.unit if recorder else "",
        attempts=recorder.attempts if recorder else 1,
        expected=scrub(stop.expected if stop else ("executed in this run" if skipped is not None else "")),
        observed=_short(scrub(stop.observed if stop else (skipped or ""))),
        hint=scrub(stop.hint if stop else ""),
        blocked_by=stop.blocked_by if stop else None,
        findings=tuple(
            type(finding)(**{key: scrub(value) for key, value in finding.model_dump().items()})
            for finding in (stop.findings if stop else ())
        ),
        steps=tuple(recorder.steps) if recorder else (),
        evidence=tuple(recorder.evidence) if recorder else (),
    )


def _short(text: str) -> str:
    """Cut only once it is scrubbed: the beginning of a secret is one too."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} [...]"


def _stands_in(error: BaseException, places: tuple[Path, ...]) -> bool:
    """Whether the innermost frame that does not hide itself, as what asserts for others does, lies in a place."""
    shown = [
        frame for frame, _ in walk_tb(error.__traceback__) if not frame.f_locals.get("__tracebackhide__")
    ]
    file = Path(shown[-1].f_code.co_filename) if shown else Path()
    return any(file == place or place in file.parents for place in places)
