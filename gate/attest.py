"""`python -m gate attest`: a person answers for what no test can prove, for one tree."""

from __future__ import annotations

import datetime as dt
import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gate.checklist import Checklist, Item, load_checklist
from gate.inputs import InputError, nearest, validate
from gate.repo.attestations import FETCH, PUSH, Attestation, read, write
from gate.repo.candidate import Candidate
from gate.repo.own_gate import in_force, own_gate
from gate.report.untrusted import for_terminal
from gate.target import Repository, Target, load_target
from gate.verdict import Run, TargetFacts, why_not

Say = Callable[[str], None]


@dataclass(frozen=True)
class Change:
    """The change that a person judges, what it is judged by, and how its repository is named on a command line."""

    candidate: Candidate
    checklist: Checklist
    target: Target

    @classmethod
    def open(cls, root: Path, app_dir: Path | None, base_ref: str | None, target: Path | None) -> Change:
        """As `pytest -m preflight` would find it; raises InputError with every problem found."""
        target_file = (target or root / "target.toml").absolute()
        described = load_target(target_file)
        repository = described.repository
        if app_dir is None and repository is None:
            raise InputError(
                ["attest needs the app's repository: give --app-dir=DIR, or repository.path in target.toml"]
            )
        if app_dir is None:
            assert repository is not None
            app_dir = target_file.parent / repository.path
        candidate = Candidate.open(app_dir, base_ref or (repository.base if repository else None))
        file, today = root / "checklist.toml", dt.date.today()
        gate = own_gate(candidate, file, target_file)
        return cls(candidate, in_force(load_checklist(file, today), candidate, gate, today), described)

    @property
    def items(self) -> tuple[Item, ...]:
        """What people attest, in the order of the list."""
        return tuple(item for item in self.checklist.item if item.attested)

    def not_asked(self, item: Item) -> str:
        """Why the item is not owed for this change; empty where it is."""
        target = self.target
        about = Run(
            run_id="",
            stage="preflight",
            target=TargetFacts(name=target.name),
            started_at="",
            capabilities={item.capability: target.has(item.capability)} if item.capability else {},
            without=target.without,
            not_proven=target.environment_of(None, "production")[1].not_proven,
            touched=self.candidate.touched,
        )
        return why_not(item, about)


def attest(change: Change, name: str, by: str, reason: str, say: Say) -> int:
    """Keep the word of `by` for the item of this name; returns 0. Raises InputError with what is wrong."""
    item = _item(name, change.checklist)
    candidate = change.candidate
    if not candidate.merge.clean:
        said = candidate.merge.problem or f"conflicts in {', '.join(candidate.merge.conflicts)}"
        problem = f"{candidate.branch} does not merge into {candidate.base_ref} ({said}), so there is no tree to attest"
        raise InputError([f"{problem}; merge {candidate.base_ref} into the branch first"])
    given = {
        "item": item.id,
        "by": by,
        "reason": reason,
        "at": dt.datetime.now(dt.UTC).replace(microsecond=0),
        "tree": candidate.tree,
        "commit": candidate.head,
    }
    one = validate("attest", given, Attestation)
    write(candidate.git, one)
    say(f"{one.by} attests {item.id}: {item.title}")
    _say_which(candidate, say)
    if aside := change.not_asked(item):
        say(f"Preflight does not ask for it here: {aside}")
    say(
        f"The next commit, on the branch or on {candidate.base_ref}, gives another tree: it needs a new attestation."
    )
    folder = shlex.quote(str(candidate.git.folder))
    say("\nSend it to where others judge, and have CI fetch it before preflight:")
    say(f"  git -C {folder} {PUSH}")
    say(f"  git {FETCH}")
    return 0


def listing(change: Change, say: Say) -> int:
    """Say of each attested item what is owed and who has attested it for this tree; returns 0."""
    known = read(change.candidate.git)
    _say_which(change.candidate, say)
    for item in change.items:
        given = known.of(item.id, change.candidate.tree)
        aside = change.not_asked(item)
        if given:
            said = f"attested by {given[0].by}, {given[0].when}: {given[0].reason}"
        else:
            said = aside or "owed, and nobody has attested it for this tree"
        say(f"\n{item.id}: {item.title}\n  {for_terminal(said, 1200)}")
    for problem in known.problems(change.candidate.tree):
        say(f"\nno attestation, and proves nothing: {for_terminal(problem)}")
    if not change.items:
        say("the checklist has no item that people attest")
    return 0


def command(item: str, root: Path, app_dir: Path, base_ref: str | None, described: Repository | None) -> str:
    """The line to type in `root` for an item. `described` is the repository of the target.toml there, whose folder
    and base need not be said again."""
    words: list[str] = ["python", "-m", "gate", "attest", item, "--by", "NAME", "--reason", "TEXT"]
    if described is None or (root / described.path).resolve() != app_dir.resolve():
        words.append(f"--app-dir={os.path.relpath(app_dir, root)}")
    if base_ref and (described is None or described.base != base_ref):
        words.append(f"--base-ref={base_ref}")
    return shlex.join(words)


def _item(name: str, checklist: Checklist) -> Item:
    by_name = {item.id: item for item in checklist.item}
    attested = [item.id for item in checklist.item if item.attested]
    found = by_name.get(name)
    if found is not None and found.attested:
        return found
    others = (
        f"people attest {', '.join(attested)}" if attested else "the checklist has none that people attest"
    )
    if found is not None:
        stages = " and ".join(found.stages)
        raise InputError([f"{name} is no human judgement: the check {name} proves it in {stages}; {others}"])
    guess = nearest(name, attested)
    raise InputError([f"no item {name!r} to attest; {f'did you mean {guess!r}?' if guess else others}"])


def _say_which(candidate: Candidate, say: Say) -> None:
    commits: Sequence[str] = [one.subject for one in candidate.commits if one.id == candidate.head]
    subject = for_terminal(commits[0], 80) if commits else ""
    say(f"  tree    {candidate.tree}, {candidate.branch} merged into {candidate.base_ref}")
    say(f"  commit  {candidate.head} {subject}".rstrip())
