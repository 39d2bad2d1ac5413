"""The Render double's deploys and events: all statuses, and what follows from a change."""

from dataclasses import replace
from typing import Any

import pytest

from sandbox.doubles.render import DEPLOY_STATUSES, DeploySpec, RenderBehaviour
from tests import doubles_openapi
from tests.doubles_render import NEW, NOW, OLD, SERVICE, RenderAccount, minutes_ago

DEPLOYS = f"/services/{SERVICE}/deploys"
EVENTS = f"/services/{SERVICE}/events"


def test_the_account_comes_with_deploys_newest_first() -> None:
    account = RenderAccount()
    deploys = [entry["deploy"] for entry in account.get(DEPLOYS)]
    assert [(deploy["commit"]["id"][0], deploy["status"]) for deploy in deploys] == [
        ("b", "live"),
        ("c", "build_failed"),
        ("a", "deactivated"),
    ]
    assert deploys[0]["createdAt"] == "2025-11-24T15:50:00Z"
    assert deploys[0]["finishedAt"] == "2025-11-24T15:52:00Z"
    assert account.get(f"{DEPLOYS}/{deploys[2]['id']}") == deploys[2]


def test_the_order_can_be_the_other_one() -> None:
    account = RenderAccount(RenderBehaviour(newest_first=False))
    assert [entry["deploy"]["commit"]["id"][0] for entry in account.get(DEPLOYS)] == ["a", "c", "b"]


@pytest.mark.parametrize("status", DEPLOY_STATUSES)
def test_every_status_can_be_shown_and_has_valid_events(status: str) -> None:
    doubles_openapi.require()
    account = RenderAccount(deploys={SERVICE: [{"commit": OLD, "status": status}]})
    assert account.newest()["status"] == status
    titles = {event["type"]: event["type"].replace("_", " ").title() for event in _events(account)}
    for event in _events(account):
        doubles_openapi.title(event["details"], titles[event["type"]])


@pytest.mark.parametrize(
    ("spec", "complaint"),
    [({"status": "lively"}, "'lively' is no status"), ({"createdAt": NOW}, "'createdAt' is no key")],
)
def test_a_misspelt_deploy_is_told(spec: Any, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        RenderAccount(deploys={SERVICE: [spec]})


def test_times_are_as_given_and_none_is_in_the_future() -> None:
    account = RenderAccount(deploys={SERVICE: [{"commit": NEW, "created_at": minutes_ago(0.5)}]})
    deploy = account.newest()
    assert (deploy["createdAt"], deploy["finishedAt"]) == ("2025-11-24T15:59:30Z", "2025-11-24T16:00:00Z")


@pytest.mark.parametrize(
    ("params", "commits"),
    [
        ({"status": "live"}, "b"),
        ({"status": ["live", "deactivated"]}, "ba"),
        ({"status": "live,deactivated"}, "ba"),
        ({"createdAfter": "2025-11-24T00:00:00Z"}, "b"),
        ({"createdBefore": "2025-11-23T00:00:00Z"}, "a"),
        ({"finishedBefore": "2025-11-24T00:00:00Z", "updatedBefore": "2025-11-24T00:00:00Z"}, "c"),
        ({"limit": 2}, "bc"),
    ],
)
def test_deploys_are_filtered(params: dict[str, Any], commits: str) -> None:
    found = RenderAccount().get(DEPLOYS, **params)
    assert "".join(entry["deploy"]["commit"]["id"][0] for entry in found) == commits


def test_cursors_lead_to_the_end() -> None:
    account = RenderAccount()
    seen, cursor = [], None
    while page := account.get(DEPLOYS, limit=2, **({"cursor": cursor} if cursor else {})):
        seen += [entry["deploy"]["id"] for entry in page]
        cursor = page[-1]["cursor"]
    assert len(seen) == len(set(seen)) == 3


def test_a_deploy_goes_live_as_it_is_watched() -> None:
    account = RenderAccount()
    old_instance = account.get(f"/services/{SERVICE}/instances")
    created = account.call("POST", DEPLOYS, json={"commitId": "d" * 40})
    deploy = created.json()
    assert (created.status_code, deploy["status"], deploy["trigger"]) == (201, "build_in_progress", "api")
    assert deploy["finishedAt"] is None
    seen = [account.get(f"{DEPLOYS}/{deploy['id']}")["status"] for _ in range(3)]
    assert seen == ["update_in_progress", "live", "live"]
    live = account.get(DEPLOYS, status="live")
    assert [entry["deploy"]["commit"]["id"] for entry in live] == ["d" * 40]
    assert account.statuses() == ["deactivated", "build_failed", "deactivated", "live"]
    assert account.get(f"/services/{SERVICE}/instances") != old_instance


def test_a_failed_deploy_leaves_the_old_one_live_and_gives_its_reason() -> None:
    failing: DeploySpec = {"commit": "d" * 40, "status": "update_failed", "failure": {"nonZeroExit": 3}}
    account = RenderAccount(deploys={SERVICE: [{"commit": NEW}, failing]})
    assert account.statuses() == ["live", "update_failed"]
    (ended,) = _events(account, type="deploy_ended")
    assert ended["details"]["deployStatus"] == "failed"
    assert ended["details"]["reason"] == {"failure": {"evicted": False, "nonZeroExit": 3}}


def test_the_life_is_told_in_events() -> None:
    script = ("build_in_progress", "pre_deploy_in_progress", "update_in_progress", "live")
    account = RenderAccount(RenderBehaviour(deploy_script=script), deploys={})
    deploy = account.call("POST", DEPLOYS, json={}).json()
    for _ in script:
        account.double.advance()
    assert [event["type"] for event in reversed(_events(account))] == [
        "deploy_started",
        "build_started",
        "build_ended",
        "pre_deploy_started",
        "pre_deploy_ended",
        "server_available",
        "deploy_ended",
    ]
    newest = _events(account, limit=1)[0]
    assert newest["details"]["deployId"] == deploy["id"]
    assert account.get(f"/events/{newest['id']}") == newest
    assert account.get(EVENTS, endTime="2025-11-24T15:00:00Z", startTime="2025-11-24T14:00:00Z") == []


def test_events_may_come_without_cursor() -> None:
    account = RenderAccount(RenderBehaviour(events_cursor=False))
    entries = account.client.get(f"/v1{EVENTS}").json()
    assert entries
    assert all(entry.keys() == {"event"} for entry in entries)


def test_a_202_has_no_id_and_a_queued_entry_appears() -> None:
    account = RenderAccount(RenderBehaviour(deploy_create=202))
    answer = account.call("POST", DEPLOYS, json={"commitId": "d" * 40})
    assert (answer.status_code, answer.content) == (202, b"")
    queued = account.newest(status="queued")
    assert queued["commit"]["id"] == "d" * 40
    seen = [account.get(f"{DEPLOYS}/{queued['id']}")["status"] for _ in range(3)]
    assert seen == ["build_in_progress", "update_in_progress", "live"]


def test_a_second_deploy_waits_and_one_between_is_passed_over() -> None:
    account = RenderAccount(deploys={SERVICE: [{"commit": OLD}]})
    for commit in "def":
        account.call("POST", DEPLOYS, json={"commitId": commit * 40})
    assert account.statuses() == ["live", "update_in_progress", "queued", "queued"]
    account.double.advance()
    assert account.statuses()[1:3] == ["live", "canceled"]
    account.double.advance()
    account.double.advance()
    assert account.statuses() == ["deactivated", "deactivated", "canceled", "live"]


def test_or_a_second_deploy_cancels_the_first() -> None:
    account = RenderAccount(RenderBehaviour(overlap="override"), deploys={})
    for commit in "de":
        account.call("POST", DEPLOYS, json={"commitId": commit * 40})
    assert account.statuses() == ["canceled", "update_in_progress"]


@pytest.mark.parametrize(
    "body",
    [
        {"clearCache": "perhaps"},
        {"deployMode": "magic"},
        {"deployMode": "deploy_only", "commitId": NEW},
        {"imageUrl": "docker.io/x"},
        [],
    ],
)
def test_deploys_that_are_refused(body: Any) -> None:
    account = RenderAccount()
    assert account.call("POST", DEPLOYS, json=body).status_code == 400
    assert len(account.statuses()) == 3


def test_deploy_only_and_the_default_commit() -> None:
    account = RenderAccount()
    deploy = account.call("POST", DEPLOYS, json={"deployMode": "deploy_only"}).json()
    assert (deploy["status"], deploy["commit"]["id"]) == ("update_in_progress", NEW)


def test_cancel() -> None:
    account = RenderAccount()
    deploy = account.call("POST", DEPLOYS, json={}).json()
    answer = account.call("POST", f"{DEPLOYS}/{deploy['id']}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "canceled")
    assert account.call("POST", f"{DEPLOYS}/{deploy['id']}/cancel").status_code == 400
    assert account.statuses()[2] == "live"


@pytest.mark.parametrize(("whose", "commit"), [("target", OLD), ("current", NEW)])
def test_a_rollback_is_a_new_deploy_and_auto_deploy_stays(whose: Any, commit: str) -> None:
    account = RenderAccount(RenderBehaviour(rollback_commit=whose))
    target = account.get(DEPLOYS, status="deactivated")[0]["deploy"]
    answer = account.call("POST", f"/services/{SERVICE}/rollback", json={"deployId": target["id"]})
    deploy = answer.json()
    assert (answer.status_code, deploy["trigger"], deploy["status"]) == (
        201,
        "rollback",
        "update_in_progress",
    )
    assert deploy["id"] != target["id"]
    assert deploy["commit"]["id"] == commit
    assert account.get(f"{DEPLOYS}/{deploy['id']}")["status"] == "live"
    assert account.get(f"/services/{SERVICE}")["autoDeploy"] == "yes"
    (started,) = [
        event for event in _events(account, type="deploy_started") if event["details"]["trigger"]["rollback"]
    ]
    assert started["details"]["trigger"]["rollbackTargetDeployId"] == target["id"]


@pytest.mark.parametrize("status", [400, 404])
def test_only_what_once_succeeded_can_be_returned_to(status: Any) -> None:
    account = RenderAccount(RenderBehaviour(rollback_refused=status))
    failed = account.get(DEPLOYS, status="build_failed")[0]["deploy"]
    path = f"/services/{SERVICE}/rollback"
    assert account.call("POST", path, json={"deployId": failed["id"]}).status_code == status
    assert account.call("POST", path, json={"deployId": "dep-none"}).status_code == 404
    assert account.call("POST", path, json={}).status_code == 400


def test_a_behaviour_that_changes_the_script_holds_for_the_next_deploy() -> None:
    account = RenderAccount()
    account.double.behaviour = replace(
        account.double.behaviour, deploy_script=("build_in_progress", "build_failed")
    )
    account.call("POST", DEPLOYS, json={})
    assert account.newest()["status"] == "build_failed"


def test_an_image_deploy_has_no_commit() -> None:
    account = RenderAccount(deploys={SERVICE: [{"commit": None}]})
    assert account.newest()["commit"] is None


def _events(account: RenderAccount, **params: Any) -> list[Any]:
    params.setdefault("startTime", "2025-11-24T15:45:00Z")
    return [entry["event"] for entry in account.get(EVENTS, **params)]
