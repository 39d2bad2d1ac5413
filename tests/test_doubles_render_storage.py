"""The Render double's databases and disks: recovery, exports, snapshots."""

from typing import Any

import pytest

from sandbox.doubles.render import RenderBehaviour
from tests.doubles_render import DATABASE, DISK, FREE_DATABASE, RenderAccount


def test_databases_are_listed_and_shown() -> None:
    account = RenderAccount()
    assert [entry["postgres"]["id"] for entry in account.get("/postgres")] == [DATABASE, FREE_DATABASE]
    assert [entry["postgres"]["id"] for entry in account.get("/postgres", name="libre")] == [FREE_DATABASE]
    assert account.get(f"/postgres/{DATABASE}")["databaseName"] == "envios_db"


@pytest.mark.parametrize(("database", "status"), [(DATABASE, "AVAILABLE"), (FREE_DATABASE, "NOT_AVAILABLE")])
def test_recovery_status(database: str, status: str) -> None:
    assert RenderAccount().get(f"/postgres/{database}/recovery") == {"recoveryStatus": status}


@pytest.mark.parametrize(
    ("database", "body", "status"),
    [
        (DATABASE, {"restoreTime": "2025-11-24T12:00:00Z", "restoreName": "antes"}, 200),
        (DATABASE, {"restoreTime": "2025-11-24T15:59:00Z"}, 400),
        (DATABASE, {}, 400),
        (FREE_DATABASE, {"restoreTime": "2025-11-24T12:00:00Z"}, 400),
        ("dpg-none", {"restoreTime": "2025-11-24T12:00:00Z"}, 404),
    ],
)
def test_recovery_makes_a_new_database(database: str, body: dict[str, str], status: int) -> None:
    account = RenderAccount()
    answer = account.call("POST", f"/postgres/{database}/recovery", json=body)
    assert answer.status_code == status
    assert len(account.get("/postgres")) == (3 if status == 200 else 2)
    if status == 200:
        recovered = account.get(f"/postgres/{answer.json()['id']}")
        assert (recovered["name"], recovered["status"]) == ("antes", "recovery_in_progress")


def test_an_export_is_accepted_and_its_link_comes_later() -> None:
    account = RenderAccount()
    path = f"/postgres/{DATABASE}/export"
    assert [item["createdAt"] for item in account.get(path)] == ["2025-11-22T16:00:00Z"]
    answer = account.call("POST", path)
    assert (answer.status_code, answer.content) == (202, b"")
    assert ["url" in item for item in account.get(path)] == [False, True]
    assert ["url" in item for item in account.get(path)] == [True, True]
    assert account.call("POST", f"/postgres/{FREE_DATABASE}/export").status_code == 400


def test_disks_and_their_snapshots() -> None:
    account = RenderAccount()
    (entry,) = account.get("/disks", diskId=DISK)
    assert account.get(f"/disks/{DISK}") == entry["disk"]
    assert account.get("/disks", name="otro") == []


@pytest.mark.parametrize("status", [201, 200])
def test_snapshots_may_come_with_either_status_and_their_keys_expire(status: Any) -> None:
    account = RenderAccount(RenderBehaviour(snapshots_status=status))
    answer = account.call("GET", f"/disks/{DISK}/snapshots")
    assert answer.status_code == status
    (snapshot,) = answer.json()
    assert snapshot["createdAt"] == "2025-11-24T07:00:00Z"
    account.clock.seconds += 86_400
    (later,) = account.call("GET", f"/disks/{DISK}/snapshots").json()
    assert later["snapshotKey"] != snapshot["snapshotKey"]
