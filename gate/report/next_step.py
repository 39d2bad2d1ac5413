"""What a verdict's `next` means to the person who reads it."""

from __future__ import annotations

from gate.verdict import Verdict

_OPEN = {
    "preflight": "The change may be merged.",
    "smoke": "The journeys hold here.",
    "postdeploy": "The deploy may stay.",
}
_IN_ORDER = (
    "The repository is in order; the change may be merged once {beside}, judged beside it, says GO too."
)
_ELSEWHERE = "As far as it is decided here the change may be merged; {count} {verb} decided in CI."
_TOLD = {
    "fix": "Do not go on. Fix the cause named above, then run the whole stage again.",
    "retry": "Nothing is proven either way. Remove the obstacle named above, then run the whole stage again.",
    "rollback": "Roll back to the previous deploy now (process, section 6.1), then fix the cause.",
}


def told(verdict: Verdict) -> str:
    """One or two sentences: what to do now."""
    if verdict.verdict == "UNFINISHED":
        return "Wait for the end of the run; if it was killed, run the whole stage again."
    if verdict.next == "none" and verdict.stage == "preflight" and verdict.beside:
        return _IN_ORDER.format(beside=" and ".join(verdict.beside))
    elsewhere = sum(not line.applies and line.why.startswith("decided in CI") for line in verdict.checklist)
    if verdict.next == "none" and verdict.stage == "preflight" and elsewhere:
        return _ELSEWHERE.format(count=elsewhere, verb="item is" if elsewhere == 1 else "items are")
    return _TOLD.get(verdict.next) or _OPEN.get(verdict.stage, "Nothing to do.")
