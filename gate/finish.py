"""From what the checks left behind to one verdict per stage."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gate import verdict as judge
from gate.results import CheckResult
from gate.run import Run


@dataclass
class Gathered:
    """What the controller learns while the checks run."""

    results: list[CheckResult] = field(default_factory=list)
    interrupted: bool = False
    broken: list[str] = field(default_factory=list)
    leftovers: list[str] = field(default_factory=list)
    remainders: list[str] = field(default_factory=list)


def facts(run: Run, stage: str, gathered: Gathered, finished: dt.datetime | None) -> judge.Run:
    """The run as the verdict wants it."""
    commit = run.shared.peek("commit") or {}
    candidate = run.shared.peek("candidate") or {}
    after = run.shared.peek("commit-after") or {}
    target = run.target
    capabilities = {
        **{item.capability: target.has(item.capability) for item in run.checklist.item if item.capability},
        "commit": not run.no_commit,
    }
    without = {**target.without, **({"commit": "--no-commit was given"} if run.no_commit else {})}
    warnings = (
        ["--no-commit: which commit is live was not proven"]
        if run.no_commit and stage == "postdeploy"
        else []
    )
    return judge.Run(
        run_id=run.run_id,
        stage=stage,
        target=judge.TargetFacts(name=target.name, base_url=run.base_url if stage != "preflight" else None),
        environment=run.environment_name if stage != "preflight" else "",
        commit=judge.CommitFacts(
            expected=candidate.get("commit")
            if stage == "preflight"
            else commit.get("expected") or run.commit,
            live=after.get("live") or commit.get("live"),
            tree=candidate.get("tree"),
            confirmed=bool(after.get("confirmed")),
        ),
        started_at=run.started_at,
        finished_at=finished.isoformat(timespec="milliseconds") if finished else None,
        duration_s=round((finished - run.began).total_seconds(), 3) if finished else 0.0,
        interrupted=gathered.interrupted,
        void=after.get("void"),
        broken=tuple(gathered.broken),
        capabilities=capabilities,
        without=without,
        not_proven=run.environment.not_proven,
        leftovers=tuple(gathered.leftovers),
        remainders=tuple(gathered.remainders),
        warnings=tuple(warnings),
    )


def verdicts(run: Run, gathered: Gathered) -> list[judge.Verdict]:
    """One verdict per requested stage."""
    finished = dt.datetime.now(dt.UTC)
    return [
        judge.decide(gathered.results, run.checklist, facts(run, stage, gathered, finished))
        for stage in run.stages
    ]


def worst(codes: Iterable[int]) -> int:
    """The exit code that stands for several."""
    order: Sequence[int] = (
        judge.ExitCode.GO,
        judge.ExitCode.INCONCLUSIVE,
        judge.ExitCode.NO_GO,
        judge.ExitCode.INTERRUPTED,
    )
    return max(codes, key=order.index, default=judge.ExitCode.INCONCLUSIVE)
