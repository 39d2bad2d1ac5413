"""Si corre sync: it runs through its page, its log says the same, and running it again changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from gate.browser.sync import run_sync
from gate.browser.visitor import Visitor
from gate.recorder import Check
from gate.results import Finding
from gate.run import Run
from gate.services.witness import Row, Witness
from gate.target import Sync, SyncLog, Target

pytestmark = [pytest.mark.preflight, pytest.mark.postdeploy]


@pytest.fixture
def sync(
    run: Run,
    check: Check,
    target: Target,
    admin_at: Callable[..., Visitor],
    allowed: Callable[[str], None],
    second_look: Witness | None,
) -> Callable[[], dict[str, Any]]:
    """Runs the sync: what the app said of it, and the rows that it left in the log where that can be read."""

    def once() -> dict[str, Any]:
        allowed("sync")
        assert target.sync is not None
        with check.step("Open the page of the sync"):
            visitor = admin_at(target.sync.open)
        log = target.sync.log if second_look else None
        newest = second_look.newest(log) if second_look and log else None
        said = run_sync(visitor, target.sync)
        rows = second_look.logged_after(log, newest) if second_look and log else None
        wrong = _against_the_log(target.sync, log, said.counts, rows) if log and rows is not None else []
        return {"said": said.said, "counts": said.counts, "wrong": [one.model_dump() for one in wrong]}

    return once


@pytest.fixture
def first_sync(run: Run, check: Check, sync: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The first sync of this run, started by whichever check needs it."""
    return run.shared.get("sync", "sync.run", check, sync)


@pytest.mark.check("sync.run")
def test_the_sync_runs_and_its_log_agrees(
    check: Check, target: Target, first_sync: dict[str, Any], second_look: Witness | None
) -> None:
    assert target.sync is not None
    check.attach_text("What the app said", first_sync["said"])
    check.attach_text("Second witness", "its log" if second_look and target.sync.log else "none configured")
    read = first_sync["counts"][target.sync.read]
    check.expect(
        read > 0,
        expected="rows read from the files",
        observed=f"the app says {first_sync['said']!r}",
        hint="empty files, or an error that the app swallows: look at the files, then at the code that reads them",
    )
    check.examined(read, "rows")
    check.no_findings(
        [Finding.model_validate(one) for one in first_sync["wrong"]],
        expected="a log that says what the screen says",
    )


@pytest.mark.check("sync.twice")
def test_a_second_sync_changes_nothing(
    check: Check, target: Target, first_sync: dict[str, Any], sync: Callable[[], dict[str, Any]]
) -> None:
    assert target.sync is not None
    again = sync()
    check.attach_text("What the app said", again["said"])
    check.examined(again["counts"][target.sync.read], "rows")
    changed = {name: again["counts"][name] for name in target.sync.changed if again["counts"][name]}
    check.expect(
        not changed,
        expected="nothing changed by the same files, read again",
        observed=f"{', '.join(f'{name} {count}' for name, count in changed.items())}: {again['said']!r}",
        hint="what the first sync said it did was not stored, or equal rows are written again",
    )


def _against_the_log(sync: Sync, log: SyncLog, said: dict[str, int], rows: list[Row]) -> list[Finding]:
    """Where the rows that this sync left do not say what the screen says."""
    hint = "an error in a part of the sync is swallowed, or its counts are wrong: look at the log's rows"
    if len(rows) < log.rows:
        return [
            Finding(
                id="sync.log",
                place=log.table,
                expected=f"{log.rows} rows, one for each part of the sync" if log.rows > 1 else "a row",
                observed=f"{len(rows) or 'none'} added",
                hint="a part of the sync was left out, or does not note what it did: look at its links and its log",
            )
        ]
    wrong = [
        Finding(
            id="sync.result",
            place=f"{log.table}.{log.result}",
            expected=repr(log.ok),
            observed=repr(row.get(log.result)),
            hint=hint,
        )
        for row in rows
        if log.result and row.get(log.result) != log.ok
    ]
    read = log.counts.get(sync.read)
    if read and not log.empty_ok:
        wrong += [
            Finding(
                id="sync.empty",
                place=f"{log.table}.{read}",
                expected="rows read by each part of the sync",
                observed=f"{row.get(read)} in one of {len(rows)} rows",
                hint="an empty file, or one that cannot be read and is passed over: look at the files; "
                "where one may be empty, set sync.log.empty_ok",
            )
            for row in rows
            if not row.get(read)
        ]
    for group, column in log.counts.items():
        total = sum(int(row.get(column) or 0) for row in rows)
        if total != said[group]:
            wrong.append(
                Finding(
                    id="sync.count",
                    place=f"{log.table}.{column}",
                    expected=f"{said[group]}, as the screen says",
                    observed=str(total),
                    hint=hint,
                )
            )
    return wrong
