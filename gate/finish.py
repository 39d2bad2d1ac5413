"""From what the checks left behind to one verdict per stage."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from gate import verdict as judge
from gate.checklist import Place
from gate.inputs import InputError
from gate.repo.git import GitError
from gate.repo.variable_sources import compared
from gate.results import CheckResult
from gate.run import Run

# Jenkins and Azure Pipelines set no CI.
IN_CI = ("CI", "GITHUB_ACTIONS", "JENKINS_URL", "TF_BUILD")


@dataclass
class Gathered:
    """What the controller learns while the checks run.

    `interrupted`: somebody ended the run. `cut_off`: a check was ended in its middle, whose request may still have
    its effect later. `refused`: why the workers ran nothing.
    """

    results: list[CheckResult] = field(default_factory=list)
    interrupted: bool = False
    cut_off: bool = False
    refused: list[str] = field(default_factory=list)
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
        "candidate": run.booted is not None,
        "variable_sources": stage == "preflight" and _variables_compare(run),
        # Also where it cannot be known.
        "own_gate": stage == "preflight" and (run.opened is None or run.own_gate is not None),
    }
    without = {
        **target.without,
        **({"commit": "--no-commit was given"} if run.no_commit else {}),
        "candidate": "--boot-candidate was not given",
        "variable_sources": "one place alone gives the app's variables here"
        + (" (Render's are compared in CI, and here too with GATE_RENDER_KEY)" if target.render else ""),
        "own_gate": "checklist.toml is no file of the app's repository, so no change of the app alters it",
    }
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
            if stage == "preflight" or run.booted
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
        places=places(run, stage),
        at_hand=at_hand(run),
        touched=run.touched if stage == "preflight" else None,
        booted=run.booted is not None,
        beside=tuple(one for one in run.stages if one != stage),
        leftovers=tuple(gathered.leftovers),
        remainders=tuple(gathered.remainders),
        warnings=tuple(warnings),
    )


def places(run: Run, stage: str) -> frozenset[Place]:
    """Where this stage runs. The embedded staging plays CI, since it has everything that CI has."""
    in_ci = run.embedded or any(_is_on(name) for name in IN_CI)
    here: Place = "ci" if in_ci else "local"
    live: frozenset[Place] = frozenset({"live"} if stage == "postdeploy" else ())
    return frozenset({here}) | live


def _variables_compare(run: Run) -> bool:
    """Whether two places give the app variables, Render where it must be asked; so too where it cannot be known."""
    asked = "ci" in places(run, "preflight") or run.settings.get("GATE_RENDER_KEY")
    if run.target.render and asked:
        return True
    try:
        return bool(compared(run.target.variables, run.variable_sources))
    except (InputError, GitError):
        return True


def _is_on(variable: str) -> bool:
    """Some say CI=false where others leave it out."""
    return os.environ.get(variable, "").strip().lower() not in ("", "0", "false")


def at_hand(run: Run) -> frozenset[str]:
    """What this run was given that lets it decide what belongs elsewhere; names only."""
    given = {name for name in run.settings.values if run.settings.get(name)}
    options = {"--release-notes": run.release_notes, "--query-cost": run.query_cost}
    return frozenset(given | {name for name, value in options.items() if value})


def verdicts(run: Run, gathered: Gathered) -> list[judge.Verdict]:
    """One verdict per requested stage."""
    finished = dt.datetime.now(dt.UTC)
    return [
        judge.decide(gathered.results, run.checklist, facts(run, stage, gathered, finished))
        for stage in run.stages
    ]


def worst(codes: Iterable[int]) -> int:
    """The exit code that stands for several; one that is none of the gate's, a killed process's, is INCONCLUSIVE."""
    order: Sequence[int] = (
        judge.ExitCode.GO,
        judge.ExitCode.INCONCLUSIVE,
        judge.ExitCode.NO_GO,
        judge.ExitCode.INTERRUPTED,
        judge.ExitCode.CONFIGURATION,
    )
    known = [code if code in order else judge.ExitCode.INCONCLUSIVE for code in codes]
    return max(known, key=order.index, default=judge.ExitCode.INCONCLUSIVE)
