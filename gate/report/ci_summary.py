"""Verdict -> Markdown for a CI job's summary page. Text of the target stands in inert code spans."""

from __future__ import annotations

from collections import Counter

from gate.report import next_step
from gate.report.untrusted import for_markdown
from gate.results import CheckResult, Outcome
from gate.verdict import Verdict

_SIGNS = {"GO": "✅", "NO-GO": "❌", "INCONCLUSIVE": "⚠️", "UNFINISHED": "⏳"}


def ci_summary(verdict: Verdict) -> str:
    """A heading with the verdict, its reason, what to do, and every check that did not pass."""
    counts = Counter(str(check.outcome).replace("_", " ") for check in verdict.checks)
    facts = {
        "target": verdict.target.name,
        "environment": verdict.environment,
        "URL": verdict.target.base_url or "",
        "commit": verdict.commit.live or verdict.commit.expected or "",
        "run": verdict.run_id,
    }
    lines = [
        f"## {_SIGNS[verdict.verdict]} {verdict.verdict} · {verdict.stage}",
        "",
        for_markdown(verdict.reason),
        "",
        f"**Next: {verdict.next}.** {next_step.told(verdict)}",
        "",
        " · ".join(f"{count} {outcome}" for outcome, count in counts.items()),
        "",
        " · ".join(f"{name} {for_markdown(value)}" for name, value in facts.items() if value),
        "",
        *_listed(
            "Did not pass", [_check(one) for one in verdict.checks if one.outcome is not Outcome.PASSED]
        ),
        *_listed("Warnings", [for_markdown(text) for text in verdict.warnings]),
        *_listed("Left behind", [for_markdown(text) for text in verdict.leftovers]),
        *_listed("Declared remainders", [for_markdown(text) for text in verdict.remainders]),
    ]
    return "\n".join(lines)


def _check(check: CheckResult) -> str:
    head = f"**{check.outcome.replace('_', ' ')}** {for_markdown(check.id)} {for_markdown(check.title)}"
    if check.blocked_by:
        return f"{head}: blocked by {for_markdown(check.blocked_by)}"
    told = {"expected": check.expected, "observed": check.observed, "what to do": check.hint}
    return "\n".join([head, *(f"  - {word}: {for_markdown(text)}" for word, text in told.items() if text)])


def _listed(title: str, entries: list[str]) -> list[str]:
    return [f"### {title}", "", *(f"- {entry}" for entry in entries), ""] if entries else []
