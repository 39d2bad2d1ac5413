"""The Render double's account, services and variables, and what holds on every answer."""

import json
from typing import Any

import httpx
import pytest

from sandbox.doubles.render import RenderBehaviour
from tests import doubles_openapi
from tests.doubles_render import GROUP, KEY, OTHER_SERVICE, OWNER, SERVICE, VARIABLES, RenderAccount


def test_the_key_holder_and_the_workspace() -> None:
    account = RenderAccount()
    assert account.get("/users") == {"email": OWNER.email, "name": OWNER.name}
    (entry,) = account.get("/owners")
    assert entry["owner"]["id"] == OWNER.id
    assert account.get("/owners", name="Otra") == []


def test_a_service_is_complete() -> None:
    service = RenderAccount().get(f"/services/{SERVICE}")
    assert (service["branch"], service["autoDeploy"], service["suspended"]) == (
        "main",
        "yes",
        "not_suspended",
    )
    details = service["serviceDetails"]
    assert details["envSpecificDetails"] == {
        "buildCommand": "pip install -r requirements.txt",
        "startCommand": "gunicorn app:app",
        "preDeployCommand": "flask db upgrade",
    }
    assert (details["healthCheckPath"], details["url"]) == ("/healthz", "https://envios.onrender.com")
    assert details["disk"]["mountPath"] == "/var/data"


@pytest.mark.parametrize(
    ("params", "names"),
    [
        ({}, ["envios", "reportes"]),
        ({"name": "envios"}, ["envios"]),
        ({"name": "envios,reportes"}, ["envios", "reportes"]),
        ({"name": ["envios", "reportes"], "suspended": "suspended"}, ["reportes"]),
        ({"region": "frankfurt"}, ["reportes"]),
        ({"type": "cron_job"}, []),
        ({"ownerId": "tea-another"}, []),
        ({"createdAfter": "2025-06-01T00:00:00Z"}, []),
    ],
)
def test_services_are_filtered(params: dict[str, Any], names: list[str]) -> None:
    found = RenderAccount().get("/services", **params)
    assert [entry["service"]["name"] for entry in found] == names


@pytest.mark.parametrize(
    "path",
    [
        "/services/srv-none",
        "/services/srv-none/env-vars",
        "/services/srv-none/deploys",
        "/services/srv-none/events",
        "/services/srv-none/instances",
        f"/services/{SERVICE}/env-vars/NONE",
        f"/services/{SERVICE}/deploys/dep-none",
        "/env-groups/evg-none",
        "/postgres/dpg-none",
        "/disks/dsk-none",
    ],
)
def test_what_is_not_there(path: str) -> None:
    answer = RenderAccount().call("GET", path)
    assert answer.status_code == 404
    assert answer.json()["message"].startswith("not found: ")


def test_variables_come_in_pages_of_twenty_and_in_no_order() -> None:
    account = RenderAccount()
    first = account.get(f"/services/{SERVICE}/env-vars")
    second = account.get(f"/services/{SERVICE}/env-vars", cursor=first[-1]["cursor"])
    third = account.get(f"/services/{SERVICE}/env-vars", cursor=second[-1]["cursor"])
    assert (len(first), len(second), third) == (20, 3, [])
    assert [entry["envVar"]["key"] for entry in first + second] == list(VARIABLES)
    assert account.get(f"/services/{SERVICE}/env-vars/VARIABLE_07") == {
        "key": "VARIABLE_07",
        "value": "value 7",
    }
    assert account.get(f"/services/{OTHER_SERVICE}/env-vars") == []


@pytest.mark.parametrize("listed", [False, True])
def test_whether_group_variables_are_listed(listed: bool) -> None:
    account = RenderAccount(RenderBehaviour(group_vars_listed=listed))
    keys = [entry["envVar"]["key"] for entry in account.get(f"/services/{SERVICE}/env-vars", limit=100)]
    assert ("TZ" in keys) is listed
    (group,) = account.get("/env-groups")
    assert group["serviceLinks"] == [{"id": SERVICE, "name": "envios", "type": "web"}]
    assert account.get(f"/env-groups/{GROUP}")["envVars"] == [{"key": "TZ", "value": "America/Lima"}]


@pytest.mark.parametrize(("policy", "outcome"), [("refuse", 400), ("clamp", 200)])
@pytest.mark.parametrize("limit", ["0", "-1", "101"])
def test_a_limit_out_of_range(policy: Any, outcome: int, limit: str) -> None:
    account = RenderAccount(RenderBehaviour(limit_out_of_range=policy))
    # 400 is the only candidate for it in Render's document, which does not list it for every path.
    answer = account.client.get("/v1/services", params={"limit": limit})
    assert answer.status_code == outcome


@pytest.mark.parametrize("params", [{"limit": "many"}, {"cursor": "unknown"}])
def test_parameters_that_make_no_sense(params: dict[str, str]) -> None:
    assert RenderAccount().client.get("/v1/services", params=params).status_code == 400


@pytest.mark.parametrize(
    ("body", "auto_deploy", "trigger"),
    [
        ({"autoDeploy": "no"}, "no", "off"),
        ({"autoDeployTrigger": "off"}, "no", "off"),
        ({"autoDeployTrigger": "checksPass"}, "yes", "checksPass"),
    ],
)
def test_auto_deploy_is_switched_without_a_deploy(
    body: dict[str, str], auto_deploy: str, trigger: str
) -> None:
    account = RenderAccount()
    before = account.statuses()
    service = account.call("PATCH", f"/services/{SERVICE}", json=body).json()
    assert (service["autoDeploy"], service["autoDeployTrigger"]) == (auto_deploy, trigger)
    assert account.get(f"/services/{SERVICE}") == service
    assert account.statuses() == before


def test_settings_are_changed_one_by_one() -> None:
    account = RenderAccount()
    change = {
        "branch": "staging",
        "serviceDetails": {"healthCheckPath": "/up", "envSpecificDetails": {"startCommand": "gunicorn wsgi"}},
    }
    service = account.call("PATCH", f"/services/{SERVICE}", json=change).json()
    details = service["serviceDetails"]
    assert (service["branch"], details["healthCheckPath"]) == ("staging", "/up")
    assert details["envSpecificDetails"]["startCommand"] == "gunicorn wsgi"
    assert details["envSpecificDetails"]["buildCommand"] == "pip install -r requirements.txt"


@pytest.mark.parametrize("body", [{"autoDeploy": False}, {"autoDeployTrigger": "never"}, [], "text"])
def test_changes_that_are_refused(body: Any) -> None:
    assert RenderAccount().call("PATCH", f"/services/{SERVICE}", json=body).status_code == 400


@pytest.mark.parametrize(
    ("behaviour", "headers", "status"),
    [
        (RenderBehaviour(), {"Authorization": "Bearer wrong"}, 401),
        (RenderBehaviour(), {"Authorization": ""}, 401),
        (RenderBehaviour(key_refused=True), {}, 401),
        (RenderBehaviour(unavailable=True, slow=0.001), {}, 503),
        (RenderBehaviour(), {"Accept": "text/html"}, 406),
        (RenderBehaviour(), {"Accept": "application/json"}, 200),
    ],
)
def test_who_is_let_in(behaviour: RenderBehaviour, headers: dict[str, str], status: int) -> None:
    answer = RenderAccount(behaviour).call("GET", "/users", headers=headers)
    assert answer.status_code == status
    assert status == 200 or answer.json().keys() == {"message"}


def test_throttling_and_its_headers() -> None:
    account = RenderAccount(RenderBehaviour(throttle=2, retry_after=9))
    answers = [account.call("GET", "/users") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    refused = answers[0]
    assert (refused.headers["Retry-After"], refused.headers["Ratelimit-Remaining"]) == ("9", "0")
    assert refused.json() == {"message": "rate limit exceeded"}
    assert answers[2].headers["Ratelimit-Limit"] == "400"


def test_logs_have_the_narrowest_limit_and_it_opens_again() -> None:
    account = RenderAccount()
    query = {"ownerId": OWNER.id, "resource": SERVICE}
    statuses = [account.call("GET", "/logs", params=query).status_code for _ in range(31)]
    assert statuses == [200] * 30 + [429]
    assert account.call("GET", "/users").status_code == 200
    account.clock.seconds += 60
    assert account.call("GET", "/logs", params=query).status_code == 200


def test_bodies_end_with_a_newline_and_the_log_has_no_key() -> None:
    account = RenderAccount()
    assert account.call("GET", f"/services/{OTHER_SERVICE}/env-vars").content == b"[]\n"
    shown = account.client.get("/_double/log").text
    assert KEY not in shown
    assert [entry["status"] for entry in json.loads(shown)["requests"]] == [200]


def test_reset_brings_the_account_back() -> None:
    account = RenderAccount()
    account.call("PATCH", f"/services/{SERVICE}", json={"branch": "staging"})
    account.call("POST", f"/services/{SERVICE}/deploys", json={})
    account.client.post("/_double/reset")
    assert account.get(f"/services/{SERVICE}")["branch"] == "main"
    assert account.statuses() == ["deactivated", "build_failed", "live"]


def test_an_unknown_path_is_a_plain_404() -> None:
    answer = RenderAccount().client.get("/v1/nothing")
    assert (answer.status_code, answer.json()) == (404, {"message": "not found"})


@pytest.mark.parametrize(
    ("name", "value"),
    [("suspended", "perhaps"), ("createdAt", "2025-11-24 16:00"), ("slug", None), ("plan", 1)],
)
def test_the_validation_would_notice_a_wrong_answer(name: str, value: Any) -> None:
    doubles_openapi.require()
    response = RenderAccount().call("GET", f"/services/{SERVICE}")
    service = response.json()
    (service["serviceDetails"] if name == "plan" else service)[name] = value
    wrong = httpx.Response(200, json=service, request=response.request)
    wrong.headers["content-type"] = response.headers["content-type"]
    with pytest.raises(AssertionError):
        doubles_openapi.check(wrong)
