"""The Graph double's sharing links, and the download port that takes no bearer."""

import httpx
import pytest

from sandbox.doubles import serve
from sandbox.doubles.graph import GraphBehaviour
from tests.doubles_graph import APP, LINKS, TENANT, VERIFIER, Tenant, share_path

TARIFFS = "https://contoso.sharepoint.example/:x:/s/ops/Tarifas?e=abc"
ROUTES = "https://contoso.sharepoint.example/sites/ops/Docs/Rutas.xlsx"


@pytest.mark.parametrize(("link", "name"), [(TARIFFS, "Tarifas.xlsx"), (ROUTES, "Rutas.xlsx")])
def test_a_good_link_shows_its_file(link: str, name: str) -> None:
    tenant = Tenant()
    share = tenant.call(APP, "GET", share_path(link)).json()
    item = tenant.call(APP, "GET", share_path(link) + "/driveItem").json()
    assert share.keys() == {"id", "name", "owner"}
    assert (share["name"], item["name"], item["webUrl"]) == (name, name, link)
    content = LINKS[link]
    assert isinstance(content, bytes)
    assert item["size"] == len(content)
    assert "spreadsheetml" in item["file"]["mimeType"]
    selected = tenant.call(APP, "GET", share_path(link) + "/driveItem", params={"$select": "id, name,file"})
    assert selected.json().keys() == {"id", "name", "file"}


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        (share_path("https://contoso.sharepoint.example/:x:/s/ops/Denied"), 403, "accessDenied"),
        (share_path("https://contoso.sharepoint.example/:x:/s/ops/NeverHeardOf"), 403, "accessDenied"),
        (share_path("https://contoso.sharepoint.example/:x:/s/ops/Gone"), 404, "itemNotFound"),
        (share_path("https://contoso.sharepoint.example/odd"), 400, "invalidRequest"),
        (share_path("https://elsewhere.example/x"), 400, "invalidRequest"),
        ("/v1.0/shares/u!%C3%B1", 400, "invalidRequest"),
        ("/v1.0/shares/plain", 400, "invalidRequest"),
    ],
)
@pytest.mark.parametrize("part", ["", "/driveItem", "/driveItem/content"])
def test_broken_links(path: str, part: str, status: int, code: str) -> None:
    answer = Tenant().call(APP, "GET", path + part)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_link_to_a_folder_has_no_content() -> None:
    tenant = Tenant()
    path = share_path("https://contoso.sharepoint.example/sites/ops/Docs")
    item = tenant.call(APP, "GET", path + "/driveItem").json()
    assert item["name"] == "Docs"
    assert "folder" in item
    assert "file" not in item
    assert tenant.call(APP, "GET", path + "/driveItem/content").status_code == 400


def test_a_token_without_a_files_role_is_refused() -> None:
    answer = Tenant().call(VERIFIER, "GET", share_path(TARIFFS))
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "AccessDenied")


@pytest.mark.parametrize(("resolves", "status"), [(True, 200), (False, 403)])
def test_whether_an_app_only_token_resolves_sharing_links(resolves: bool, status: int) -> None:
    tenant = Tenant(GraphBehaviour(app_only_sharing_links=resolves))
    assert tenant.call(APP, "GET", share_path(TARIFFS)).status_code == status
    assert tenant.call(APP, "GET", share_path(ROUTES)).status_code == 200


@pytest.mark.parametrize(("enough", "status"), [(True, 200), (False, 403)])
def test_whether_read_roles_are_enough(enough: bool, status: int) -> None:
    tenant = Tenant(GraphBehaviour(shares_take_read_roles=enough))
    assert tenant.call(APP, "GET", share_path(TARIFFS)).status_code == status


def test_unchanged_content_is_304() -> None:
    tenant = Tenant()
    tag = tenant.call(APP, "GET", share_path(TARIFFS) + "/driveItem").json()["eTag"]
    answer = tenant.call(
        APP, "GET", share_path(TARIFFS) + "/driveItem/content", headers={"If-None-Match": tag}
    )
    assert answer.status_code == 304


def test_the_download_is_on_another_port_and_refuses_a_bearer() -> None:
    tenant = Tenant()
    with serve(tenant.double) as url, httpx.Client(base_url=url, trust_env=False) as client:
        form = {
            "grant_type": "client_credentials",
            "client_id": APP.client_id,
            "client_secret": APP.client_secret,
            "scope": "https://graph.microsoft.com/.default",
        }
        token = client.post(f"/{TENANT}/oauth2/v2.0/token", data=form).json()["access_token"]
        bearer = {"Authorization": f"Bearer {token}"}
        answer = client.get(share_path(TARIFFS) + "/driveItem/content", headers=bearer)
        address = answer.headers["Location"]
        assert answer.status_code == 302
        assert httpx.URL(address).port != httpx.URL(url).port
        assert client.get(address).content == b"PK tarifas"
        assert client.get(address, headers=bearer).status_code == 400
        followed = client.get(
            share_path(TARIFFS) + "/driveItem/content", headers=bearer, follow_redirects=True
        )
        assert followed.content == b"PK tarifas"
        tenant.clock.seconds += 600
        assert client.get(address).status_code == 403
    assert "tempauth=double" not in repr(tenant.double.requests)
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)
