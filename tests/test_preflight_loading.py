"""preflight.loading: what an app gets while it is loaded, without installing or starting one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from gate.recorder import Check
from gate.redact import Scrubber
from gate.repo.processes import Ran
from gate.repo.stand_ins import NOWHERE
from gate.results import Failed
from gate.target import Target, load_target
from preflight import loading
from tests.conftest import ROOT

DATABASE = "postgresql://owner@/empty"
WITH_DATABASE = {"DATABASE_URL": {"kind": "postgres"}}


class App:
    """An environment whose program ends as told, one answer for each start."""

    def __init__(self, *answers: Ran) -> None:
        self.answers, self.got = list(answers), list[tuple[dict[str, str], float]]()

    def run_to_its_end(
        self, command: Sequence[str], cwd: Path, home: Path, variables: Mapping[str, str], timeout_s: float
    ) -> Ran:
        self.got.append((dict(variables), timeout_s))
        return self.answers.pop(0)


def target_of(variables: dict[str, Any], **env: str) -> Target:
    known = load_target(ROOT / "sandbox" / "target.toml")
    changed = known.model_dump(mode="python", exclude_unset=True)
    changed |= {"variables": variables, "candidate": {"env": env}}
    return known.model_copy(
        update={name: getattr(Target.model_validate(changed), name) for name in ("variables", "candidate")}
    )


def boot(app: App, target: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    @contextmanager
    def empty_database() -> Iterator[str]:
        yield DATABASE

    monkeypatch.setattr(loading, "empty_database", empty_database)
    monkeypatch.setattr(loading.Loading, "environment", lambda self: app)
    candidate = SimpleNamespace(export=lambda folder: folder)
    start = SimpleNamespace(check=("gunicorn",), app="app:app", of_render=True)
    check = Check("dependencies.boot", tmp_path, Scrubber())
    one = loading.Loading(
        check,
        cast(Any, None),
        target,
        cast(Any, candidate),
        cast(Any, start),
        cast(Any, None),
        tmp_path,
        tmp_path,
    )
    return one._boot()


@pytest.mark.parametrize(
    "first", [Ran(1, f"cannot connect to {NOWHERE}"), Ran(None, "Retry attempt 3/5 (wait=8s)...")]
)
def test_an_app_that_asks_again_and_again_for_its_database_gets_one(
    first: Ran, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App(first, Ran(0, ""))
    told = boot(app, target_of(WITH_DATABASE), tmp_path, monkeypatch)
    (without, short), (within, whole) = app.got
    assert told["database"]
    assert NOWHERE in without["DATABASE_URL"]
    assert within["DATABASE_URL"] == DATABASE
    assert short < whole == loading.LOAD_S


def test_an_app_without_a_database_has_all_the_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    app = App(Ran(None, ""))
    with pytest.raises(Failed):
        boot(app, target_of({"NAME": {}}), tmp_path, monkeypatch)
    assert [time for _, time in app.got] == [loading.LOAD_S]


def test_a_stand_in_that_the_app_cannot_load_with_is_named_and_can_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = App(Ran(1, "Error: Repository path '1' not found."))
    with pytest.raises(Failed) as stop:
        boot(app, target_of({"REPOSITORY": {}}), tmp_path, monkeypatch)
    assert 'give it another value: [candidate] env = { REPOSITORY = "..." }' in stop.value.hint

    app = App(Ran(0, ""))
    target = target_of({"REPOSITORY": {}}, REPOSITORY=".", UNDECLARED="x")
    boot(app, target, tmp_path, monkeypatch)
    assert app.got[0][0] == {"REPOSITORY": "."}
