"""Which checks run, and in what order."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from gate.finish import facts
from gate.plugin.attested import stands_for_items
from gate.plugin.lookups import PROBLEMS, check_id, is_worker
from gate.run import Run
from gate.stages import idle_folders, requested
from gate.stash import GATHERED, RUN
from gate.verdict import awaits_the_change, why_not


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Other stages' folders hold nothing that is asked for, cost time to import, and may be broken by themselves."""
    idle = idle_folders(requested(config.option.markexpr))
    return True if {config.rootpath / name for name in idle} & {*collection_path.parents} else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Ids and checklist agree; what does not apply is left out; the checklist's order is the order of running."""
    run = config.stash.get(RUN, None)
    if run is None:
        return
    ids = {item.nodeid: check_id(item) for item in items}
    attested = {item.id for item in run.checklist.item if item.attested}
    usurped = {one.nodeid for one in items if ids[one.nodeid] in attested and not stands_for_items(one)}
    known = [check_id for nodeid, check_id in ids.items() if check_id and nodeid not in usurped]
    unlisted = run.checklist.unlisted(known)
    # The list of the base does not know a check that the change brings: change.gate_untouched tells it.
    problems = [
        f"checklist.toml: no item for the check {one!r}; add one" for one in unlisted if not run.own_gate
    ]
    problems += [
        f"the check {one!r} is defined twice" for one in sorted({k for k in known if known.count(k) > 1})
    ]
    problems += [
        f'{nodeid}: a check needs @pytest.mark.check("area.name") and a line in checklist.toml'
        for nodeid, check_id in ids.items()
        if not check_id
    ]
    problems += [
        f"{nodeid}: a person attests {ids[nodeid]!r} (checklist.toml), so no test proves it; give the check another "
        "id, or take `attested` off the item"
        for nodeid in sorted(usurped)
    ]
    if problems and run.stages:
        if is_worker(config):
            # An error here would break what xdist expects of a worker: the controller refuses the run.
            config.workeroutput[PROBLEMS] = problems  # type: ignore[attr-defined]
            items[:] = []
            return
        refuse(config, problems)
    left_out = not_owed(config, run).union(unlisted if run.own_gate else ())
    dropped = [item for item in items if ids[item.nodeid] in left_out]
    if dropped:
        config.hook.pytest_deselected(items=dropped)
        items[:] = [item for item in items if item not in dropped]
    items.sort(key=lambda item: run.checklist.position(ids[item.nodeid] or ""))


def refuse(config: pytest.Config, problems: list[str]) -> NoReturn:
    """End the run before any check: the suite does not fit its checklist."""
    config.stash[GATHERED].broken += problems
    raise pytest.UsageError(config.stash[RUN].scrub("\n".join(problems)))


def not_owed(config: pytest.Config, run: Run) -> set[str]:
    """Items that no requested stage owes here, or can have proven by running them here."""
    owed: set[str] = set()
    for stage in run.stages:
        about = facts(run, stage, config.stash[GATHERED], None)
        owed |= {
            item.id
            for item in run.checklist.of(stage)
            if not why_not(item, about) and not awaits_the_change(item, about)
        }
    return {item.id for item in run.checklist.item} - owed if run.stages else set()
