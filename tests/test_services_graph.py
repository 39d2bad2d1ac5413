"""gate.services.graph against answers as Microsoft documents them, and against the double."""

import base64
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from gate.services.graph import GraphClient, SharedItem, TokenRefused, beginning, share_id
from gate.services.http import AddressRefused, Denied, Missing, Throttled, Unexpected, Unreachable
from sandbox.doubles.graph import GraphBehaviour
from sandbox.doubles.serving import serve
from tests.doubles_graph import APP, TENANT, Tenant

Handler = Callable[[httpx.Request], httpx.Response]
SECRET = SecretStr("not-a-real-secret")


def graph(handler: Handler, **options: Any) -> GraphClient:
    return GraphClient(
        "tenant.example",
        "client",
        SECRET,
        "run-1",
        login_url="https://login.example",
        base_url="https://graph.example/v1.0",
        patience_s=0,
        transport=httpx.MockTransport(handler),
        **options,
    )


def signed_in(handler: Handler) -> Handler:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.host == "login.example":
            return httpx.Response(
                200, json={"access_token": "made-up", "expires_in": 3599, "token_type": "Bearer"}
            )
        assert request.headers["Authorization"] == "Bearer made-up"
        return handler(request)

    return handle


def refused(status: int, error: str, number: int) -> httpx.Response:
    return httpx.Response(
        status,
        json={"error": error, "error_description": f"AADSTS{number}: No.\r\nTrace ID: t", "trace_id": "t"},
    )


def graph_error(status: int, code: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": "No.", "innerError": {}}})


def test_the_token_is_asked_for_as_documented_and_kept() -> None:
    asked: list[str] = []
    now = 0.0

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(request.content.decode())
        assert str(request.url) == "https://login.example/tenant.example/oauth2/v2.0/token"
        return httpx.Response(200, json={"access_token": "made-up", "expires_in": 3599})

    with graph(handle, clock=lambda: now) as client:
        client.token()
        client.token()
        assert len(asked) == 1
        now = 3540.0
        client.token()
    assert len(asked) == 2
    assert asked[0] == (
        "client_id=client&client_secret=not-a-real-secret&grant_type=client_credentials"
        "&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default"
    )


@pytest.mark.parametrize(
    ("status", "error", "number", "hint"),
    [
        (401, "invalid_client", 7000215, "secret is wrong"),
        (400, "invalid_client", 7000222, "has expired"),
        (400, "unauthorized_client", 700016, "client id is unknown"),
        (400, "invalid_request", 90002, "tenant does not exist"),
        (400, "something_new", 1, "check tenant id, client id and client secret"),
    ],
)
def test_refused_credentials_say_which_one(status: int, error: str, number: int, hint: str) -> None:
    with graph(lambda _: refused(status, error, number)) as client, pytest.raises(TokenRefused) as caught:
        client.token()
    assert hint in caught.value.hint
    assert caught.value.code == error
    assert "not-a-real-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.Response(429), Throttled),
        (httpx.Response(503), Unreachable),
        (httpx.Response(200, html="<p>Sign in</p>"), Unexpected),
        (httpx.Response(200, json={}), Unexpected),
        (httpx.Response(400, html="<p>Bad</p>"), Unexpected),
        (httpx.Response(302), Unexpected),
    ],
)
def test_what_is_no_refusal_is_told_apart(answer: httpx.Response, kind: type[Exception]) -> None:
    with graph(lambda _: answer) as client, pytest.raises(kind):
        client.token()


def test_a_secret_never_goes_out_in_clear() -> None:
    with pytest.raises(AddressRefused):
        GraphClient("t", "c", SECRET, "run-1", login_url="http://login.example")


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "ErrorAccessDenied", Denied),
        (404, "ErrorItemNotFound", Missing),
        (400, "InefficientFilter", Unexpected),
    ],
)
def test_graphs_errors_carry_its_code(status: int, code: str, kind: type[Exception]) -> None:
    with graph(signed_in(lambda _: graph_error(status, code))) as client, pytest.raises(kind, match=code):
        client.get("users/x/messages")


def test_a_list_is_followed_to_its_end_through_an_empty_page() -> None:
    pages = {
        "/v1.0/things": {"value": [{"id": 1}], "@odata.nextLink": "https://graph.example/v1.0/things2"},
        "/v1.0/things2": {"value": [], "@odata.nextLink": "https://graph.example/v1.0/things3"},
        "/v1.0/things3": {"value": [{"id": 2}]},
    }
    with graph(signed_in(lambda request: httpx.Response(200, json=pages[request.url.path]))) as client:
        assert [item["id"] for item in client.items("things")] == [1, 2]


def test_a_next_link_to_another_host_is_refused() -> None:
    page = {"value": [], "@odata.nextLink": "https://elsewhere.example/v1.0/things"}
    with graph(signed_in(lambda _: httpx.Response(200, json=page))) as client, pytest.raises(AddressRefused):
        list(client.items("things"))


def test_deleting_twice_says_so() -> None:
    answers = iter([httpx.Response(204), graph_error(404, "ErrorItemNotFound")])
    with graph(signed_in(lambda _: next(answers))) as client:
        assert client.delete("users/x/messages/1") is True
        assert client.delete("users/x/messages/1") is False


def test_a_link_is_encoded_as_in_the_documentation() -> None:
    link = "https://onedrive.live.com/redir?resid=1231244193912!12&authKey=1201919!12921!1"
    assert share_id(link) == (
        "u!aHR0cHM6Ly9vbmVkcml2ZS5saXZlLmNvbS9yZWRpcj9yZXNpZD0xMjMxMjQ0MTkzOTEyITEyJmF1dGhLZXk9MTIwMTkxOSExMjkyMSEx"
    )


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (
            httpx.Response(200, json={"name": "a.xlsx", "size": 5, "file": {"mimeType": "application/x"}}),
            SharedItem("ok", 200, name="a.xlsx", size=5, mime_type="application/x"),
        ),
        (
            httpx.Response(200, json={"name": "Docs", "folder": {}}),
            SharedItem("not-a-file", 200, name="Docs"),
        ),
        (graph_error(400, "invalidRequest"), SharedItem("not-a-link", 400, "invalidRequest")),
        (graph_error(401, "accessDenied"), SharedItem("auth", 401, "accessDenied")),
        (graph_error(403, "accessDenied"), SharedItem("denied-or-gone", 403, "accessDenied")),
        (graph_error(404, "itemNotFound"), SharedItem("missing", 404, "itemNotFound")),
        (graph_error(429, "activityLimitReached"), SharedItem("throttled", 429, "activityLimitReached")),
        (graph_error(418, "teapot"), SharedItem("unclear", 418, "teapot")),
    ],
)
def test_a_sharing_link_has_one_class(answer: httpx.Response, expected: SharedItem) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["Prefer"] == "redeemSharingLinkIfNecessary"
        return answer

    with graph(signed_in(handle)) as client:
        assert client.shared_item("https://files.example/a.xlsx") == expected


def test_graph_in_trouble_is_no_class_of_a_link() -> None:
    with graph(signed_in(lambda _: httpx.Response(503))) as client, pytest.raises(Unreachable):
        client.shared_item("https://files.example/a.xlsx")


@pytest.mark.parametrize(
    ("token", "permissions"),
    [
        ({"roles": ["Mail.Send", "Files.Read.All"]}, {"Mail.Send", "Files.Read.All"}),
        ({"scp": "x"}, set()),
        ([], set()),
        (None, set()),
    ],
)
def test_permissions_are_read_from_the_token_where_it_can_be_read(token: Any, permissions: set[str]) -> None:
    payload = base64.urlsafe_b64encode(json.dumps(token).encode()).decode().rstrip("=")
    text = "opaque" if token is None else f"e30.{payload}.x"
    answer = httpx.Response(200, json={"access_token": text, "expires_in": 3599})
    with graph(lambda _: answer) as client:
        assert client.permissions() == permissions


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "https://elsewhere.example/file",
        "http://acme.sharepoint.com/file",
        "https://sharepoint.com.evil.example/x",
    ],
)
def test_the_beginning_of_a_file_is_asked_of_no_unknown_host(address: object) -> None:
    assert beginning(address, "https://acme.sharepoint.example/a.xlsx", "run-1") == b""


def test_the_beginning_of_a_file_comes_without_the_token() -> None:
    with serve(Tenant().double) as url:
        client = GraphClient(
            TENANT, APP.client_id, SecretStr(APP.client_secret), "run", login_url=url, base_url=f"{url}/v1.0"
        )
        with client:
            item = client.shared_item("https://contoso.sharepoint.example/sites/ops/Docs/Rutas.xlsx")
    # The double's store refuses whoever shows a token.
    assert (item.link_class, item.begins) == ("ok", b"PK rutas")


def test_withdrawn_consent_is_seen_in_the_token() -> None:
    with serve(Tenant(GraphBehaviour(withdrawn=("Files.Read.All",))).double) as url:
        client = GraphClient(
            TENANT, APP.client_id, SecretStr(APP.client_secret), "run", login_url=url, base_url=f"{url}/v1.0"
        )
        with client:
            assert client.permissions() == {"Mail.Send"}
            item = client.shared_item("https://contoso.sharepoint.example/sites/ops/Docs/Rutas.xlsx")
    assert item.link_class == "denied-or-gone"
