"""The Graph double's token endpoint and bearer rules."""

import json
from dataclasses import replace
from typing import Any

import pytest

from sandbox.doubles.graph import GraphBehaviour
from tests.doubles_graph import APP, INBOX, TENANT, VERIFIER, Tenant, share_path


def test_a_token_is_issued_for_the_consented_roles() -> None:
    answer = Tenant().token_request()
    assert answer.status_code == 200
    body = answer.json()
    assert body.keys() == {"token_type", "expires_in", "ext_expires_in", "access_token"}
    assert (body["token_type"], body["expires_in"]) == ("Bearer", 3599)


@pytest.mark.parametrize(
    ("changes", "status", "error", "number"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client", 7000215),
        ({"client_secret": None}, 401, "invalid_client", 7000218),
        ({"client_id": "bbbbbbbb-0000-0000-0000-000000000000"}, 400, "unauthorized_client", 700016),
        ({"tenant": "99999999-2222-3333-4444-555555555555"}, 400, "invalid_request", 90002),
        ({"tenant": "otra.example"}, 400, "invalid_request", 90002),
        ({"tenant": "not a tenant"}, 400, "invalid_request", 900023),
        ({"scope": "https://graph.microsoft.com/Mail.Send"}, 400, "invalid_scope", 70011),
        ({"scope": None}, 400, "invalid_request", 900144),
        ({"grant_type": None}, 400, "invalid_request", 900144),
        ({"client_id": ""}, 400, "invalid_request", 900144),
        ({"grant_type": "password"}, 400, "unsupported_grant_type", 70003),
    ],
)
def test_refusals(changes: dict[str, Any], status: int, error: str, number: int) -> None:
    answer = Tenant().token_request(**changes)
    body = answer.json()
    assert (answer.status_code, body["error"], body["error_codes"]) == (status, error, [number])
    assert body["error_description"].startswith(f"AADSTS{number}: ")
    assert body["error_uri"].endswith(f"code={number}")


@pytest.mark.parametrize("status", [401, 400])
def test_an_expired_secret(status: Any) -> None:
    answer = Tenant(GraphBehaviour(token_fails=True, invalid_client_status=status)).token_request()
    assert (answer.status_code, answer.json()["error_codes"]) == (status, [7000222])


def test_only_a_form_is_understood() -> None:
    answer = Tenant().client.post(f"/{TENANT}/oauth2/v2.0/token", json={"grant_type": "client_credentials"})
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_the_discovery_document_names_this_very_endpoint() -> None:
    tenant = Tenant()
    document = tenant.client.get(f"/{TENANT}/v2.0/.well-known/openid-configuration").json()
    assert document["token_endpoint"] == f"http://testserver/{TENANT}/oauth2/v2.0/token"
    assert {"authorization_endpoint", "issuer"} <= document.keys()
    unknown = tenant.client.get("/otra.example/v2.0/.well-known/openid-configuration")
    assert (unknown.status_code, unknown.json()["error"]) == (400, "invalid_tenant")


@pytest.mark.parametrize("header", [{}, {"Authorization": "Bearer "}, {"Authorization": "Bearer unknown"}])
def test_without_a_known_bearer_every_route_is_401(header: dict[str, str]) -> None:
    tenant = Tenant()
    for path in (f"/v1.0/users/{INBOX}/messages", share_path("https://contoso.sharepoint.example/odd")):
        answer = tenant.client.get(path, headers={**header, "client-request-id": "mine"})
        error = answer.json()["error"]
        assert (answer.status_code, error["code"]) == (401, "InvalidAuthenticationToken")
        assert error["innerError"]["client-request-id"] == answer.headers["client-request-id"] == "mine"
        assert error["innerError"]["request-id"] == answer.headers["request-id"]


def test_a_token_ends() -> None:
    tenant = Tenant()
    bearer = tenant.bearer(VERIFIER)
    path = f"/v1.0/users/{INBOX}/messages"
    assert tenant.client.get(path, headers=bearer).status_code == 200
    tenant.clock.seconds += 3600
    assert tenant.client.get(path, headers=bearer).status_code == 401


def test_throttling_counts_down_and_the_date_header_shows_the_services_clock() -> None:
    tenant = Tenant(GraphBehaviour(throttle=2, retry_after=7, clock_skew=3600))
    answers = [tenant.listing() for _ in range(3)]
    assert [answer.status_code for answer in answers] == [429, 429, 200]
    assert answers[0].headers["Retry-After"] == "7"
    assert answers[0].json()["error"]["code"] == "ApplicationThrottled"
    assert answers[2].headers["Date"] == "Mon, 24 Nov 2025 17:00:00 GMT"


def test_a_behaviour_can_be_changed_while_serving_and_reset_brings_the_given_one_back() -> None:
    tenant = Tenant()
    tenant.double.behaviour = replace(tenant.double.behaviour, token_fails=True, slow=0.001)
    assert tenant.token_request().status_code == 401
    assert tenant.client.post("/_double/reset").status_code == 204
    assert tenant.token_request().status_code == 200
    assert len(tenant.double.requests) == 1


def test_the_log_holds_no_secret() -> None:
    tenant = Tenant()
    tenant.send()
    shown = tenant.client.get("/_double/log")
    assert [(entry["method"], entry["path"], entry["status"]) for entry in shown.json()["requests"]] == [
        ("POST", f"/{TENANT}/oauth2/v2.0/token", 200),
        ("POST", "/v1.0/users/envios@contoso.example/sendMail", 202),
    ]
    tokens = tenant.double.state.tokens
    for secret in (APP.client_secret, *tokens):
        assert secret not in shown.text
        assert secret not in repr(tenant.double.requests)
    assert json.loads(shown.text)["requests"][1]["body"]["message"]["subject"].startswith("Envío")


def test_an_unknown_path_is_a_graph_error_too() -> None:
    answer = Tenant().client.get("/v1.0/nothing")
    assert answer.status_code == 404
    assert answer.json()["error"].keys() == {"code", "message", "innerError"}
