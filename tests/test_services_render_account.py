"""gate.services.render_account against the double, with what Render's documents leave open played both ways."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from gate.services.http import Denied, Throttled, Unreachable
from gate.services.render import Render
from gate.services.render_account import RenderAccount
from sandbox.doubles.render import (
    DatabaseConfig,
    DiskConfig,
    EnvGroupConfig,
    RenderBehaviour,
    RenderDouble,
    ServiceConfig,
)
from sandbox.doubles.serving import serve

SERVICE, OTHER = "srv-d0000000000000000001", "srv-d0000000000000000002"
DATABASE, DISK = "dpg-d0000000000000000001-a", "dsk-d0000000000000000001"
EARLY, LATE = datetime(2025, 11, 20, tzinfo=UTC), datetime(2025, 11, 22, tzinfo=UTC)
MANY = {f"VARIABLE_{number:03d}": f"value {number}" for number in range(130)}


def double(**options: Any) -> RenderDouble:
    services = [
        ServiceConfig(
            id=SERVICE, name="envios", repo="https://github.com/acme/envios", env_vars={**MANY, "A": "own"}
        ),
        ServiceConfig(id=OTHER, name="otro", repo="https://github.com/acme/otro"),
    ]
    groups = [
        EnvGroupConfig("evg-1", "graph", {"A": "of the group", "B": "group", "C": "one"}, (SERVICE,)),
        EnvGroupConfig("evg-2", "other", {"C": "two", "B": "group"}, (SERVICE,)),
        EnvGroupConfig("evg-3", "foreign", {"D": "not ours"}, (OTHER,)),
    ]
    behaviour = RenderBehaviour(**options)
    return RenderDouble(
        api_key="rnd_test",
        services=services,
        env_groups=groups,
        databases=[DatabaseConfig(DATABASE, "envios-db", exports=(EARLY, LATE))],
        disks=[
            DiskConfig(DISK, "datos", SERVICE, snapshots=(EARLY, LATE)),
            DiskConfig("dsk-d0000000000000000002", "ajeno", OTHER),
        ],
        deploys={SERVICE: [{"commit": "a" * 40}, {"commit": "b" * 40}]},
        behaviour=behaviour,
    )


@contextmanager
def account(patience_s: float = 5, **options: Any) -> Iterator[RenderAccount]:
    with (
        serve(double(**options)) as url,
        Render(
            SERVICE,
            SecretStr("rnd_test"),
            "run",
            api=f"{url}/v1",
            patience_s=patience_s,
            sleep=lambda _: None,
        ) as render,
        RenderAccount(render) as answers,
    ):
        yield answers


@pytest.mark.parametrize("listed", [False, True])
def test_own_variables_win_over_those_of_linked_groups(listed: bool) -> None:
    with account(group_vars_listed=listed) as answers:
        held = answers.variables()
    assert set(held.found) == {*MANY, "A", "B", "C"}
    assert held.found["A"].secret.get_secret_value() == "own"
    assert held.groups == ("graph", "other")
    if not listed:
        assert held.found["B"].source == "Render's group graph"
        assert held.torn == ("C",)


@pytest.mark.parametrize("newest_first", [True, False])
def test_deploys_are_newest_first(newest_first: bool) -> None:
    with account(newest_first=newest_first) as answers:
        assert [deploy.commit for deploy in answers.deploys()] == ["b" * 40, "a" * 40]


@pytest.mark.parametrize("status", [200, 201])
def test_snapshots_of_the_own_disk(status: int) -> None:
    with account(snapshots_status=status) as answers:
        (disk,) = answers.disks()
    assert (disk.name, disk.snapshots) == ("datos", (LATE, EARLY))


def test_recovery_and_exports_of_a_database() -> None:
    with account() as answers:
        assert answers.database_named("envios-db") == DATABASE
        assert answers.database_named("none") == ""
        backup = answers.backup(DATABASE)
    assert (backup.status, backup.exports) == ("AVAILABLE", (LATE, EARLY))


@pytest.mark.parametrize(
    ("options", "error"),
    [({"key_refused": True}, Denied), ({"unavailable": True}, Unreachable), ({"throttle": 999}, Throttled)],
)
def test_every_question_fails_alone_and_in_time(options: dict[str, Any], error: type[Exception]) -> None:
    with account(**options) as answers:
        for question in (answers.service, answers.variables, answers.deploys, answers.disks):
            with pytest.raises(error):
                question()


def test_a_short_throttling_is_waited_out_as_told() -> None:
    with account(patience_s=6, throttle=4, retry_after=1) as answers:
        assert answers.service().name == "envios"
        assert len(answers.variables().found) == len(MANY) + 3
        assert "429; next try after 1.0 s" in answers.attempts


def test_no_value_is_shown_by_accident() -> None:
    with account() as answers:
        assert "value 7" not in repr(answers.variables())
