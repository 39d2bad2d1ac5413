"""gate.services.graph and render over real sockets, against the doubles of the sandbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from gate.services.graph import GraphClient, TokenRefused
from gate.services.http import Denied, Missing, Throttled, Unreachable
from gate.services.render import Render
from sandbox.doubles import serve
from sandbox.doubles.graph import GraphBehaviour
from sandbox.doubles.render import LogLine, RenderBehaviour
from tests.doubles_graph import APP, INBOX, LINKS, OTHER, SENDER, TENANT, VERIFIER, Tenant
from tests.doubles_render import KEY, NEW, NOW, OLD, OWNER, SERVICE, VARIABLES, RenderAccount

LINK, PLAIN, FOLDER, DENIED, GONE, ODD = LINKS


@contextmanager
def graph(app: Any = APP, behaviour: GraphBehaviour | None = None, **changes: Any) -> Iterator[GraphClient]:
    tenant = Tenant(behaviour=behaviour or GraphBehaviour())
    with (
        serve(tenant.double) as url,
        GraphClient(
            changes.get("tenant", TENANT),
            changes.get("client", app.client_id),
            SecretStr(changes.get("secret", app.client_secret)),
            "run-1",
            login_url=url,
            base_url=f"{url}/v1.0",
            patience_s=changes.get("patience_s", 5),
            sleep=lambda _: None,
        ) as client,
    ):
        yield client


@contextmanager
def render(behaviour: RenderBehaviour | None = None, **changes: Any) -> Iterator[Render]:
    account = RenderAccount(behaviour=behaviour or RenderBehaviour(), lines=changes.get("lines", []))
    with (
        serve(account.double) as url,
        Render(
            changes.get("service", SERVICE),
            SecretStr(changes.get("key", KEY)),
            "run-1",
            api=f"{url}/v1",
            patience_s=5,
            sleep=lambda _: None,
        ) as client,
    ):
        yield client


def test_a_token_is_had_and_links_have_their_classes() -> None:
    with graph() as client:
        assert client.token().get_secret_value()
        classes = {link: client.shared_item(link).link_class for link in LINKS}
    assert classes == {
        LINK: "ok",
        PLAIN: "ok",
        FOLDER: "not-a-file",
        DENIED: "denied-or-gone",
        GONE: "missing",
        ODD: "not-a-link",
    }


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"secret": "wrong"}, "secret is wrong"),
        ({"client": "aaaaaaaa-0000-0000-0000-00000000000f"}, "client id is unknown"),
        ({"tenant": "99999999-2222-3333-4444-555555555555"}, "tenant does not exist"),
        ({"behaviour": GraphBehaviour(token_fails=True)}, "has expired"),
        ({"secret": "wrong", "behaviour": GraphBehaviour(invalid_client_status=400)}, "secret is wrong"),
    ],
)
def test_refused_credentials_are_told_apart(changes: dict[str, Any], hint: str) -> None:
    with graph(**changes) as client, pytest.raises(TokenRefused) as caught:
        client.token()
    assert hint in caught.value.hint
    assert len(client.attempts) == 1


def test_throttling_is_waited_for_and_visible() -> None:
    with graph(behaviour=GraphBehaviour(throttle=2)) as client:
        assert client.shared_item(PLAIN).link_class == "ok"
    assert [attempt.outcome for attempt in client.attempts] == ["200", "429", "429", "200"]


def test_a_throttled_link_is_a_class_of_its_own() -> None:
    with graph(behaviour=GraphBehaviour(throttle=9, retry_after=60)) as client:
        assert client.shared_item(PLAIN).link_class == "throttled"


def test_a_service_that_answers_too_late_is_unreachable() -> None:
    with graph(behaviour=GraphBehaviour(slow=2), patience_s=0.3) as client, pytest.raises(Unreachable):
        client.token()


def test_mail_is_listed_and_deleted_within_the_rights_of_the_app() -> None:
    tenant = Tenant()
    tenant.send()
    tenant.arrive()
    with (
        serve(tenant.double) as url,
        GraphClient(
            TENANT,
            VERIFIER.client_id,
            SecretStr(VERIFIER.client_secret),
            "run-1",
            login_url=url,
            base_url=f"{url}/v1.0",
        ) as client,
    ):
        (message,) = client.items(f"users/{INBOX}/mailFolders/inbox/messages", {"$top": "1"})
        assert client.served_at
        assert client.delete(f"users/{INBOX}/messages/{message['id']}")
        assert list(client.items(f"users/{INBOX}/mailFolders/inbox/messages")) == []
        with pytest.raises(Denied):
            client.get(f"users/{OTHER}/mailFolders/inbox/messages")
    with graph() as client, pytest.raises(Denied):
        client.get(f"users/{SENDER}/mailFolders/inbox/messages")


def test_the_double_saw_the_gate_and_no_secret() -> None:
    tenant = Tenant()
    with (
        serve(tenant.double) as url,
        GraphClient(
            TENANT,
            APP.client_id,
            SecretStr(APP.client_secret),
            "run-1",
            login_url=url,
            base_url=f"{url}/v1.0",
        ) as client,
    ):
        client.shared_item(PLAIN)
    assert all("release-gate/" in seen.headers["user-agent"] for seen in tenant.double.requests)
    assert "redeemSharingLink" not in {seen.headers.get("prefer") for seen in tenant.double.requests}
    assert APP.client_secret not in str(tenant.double.requests)


def test_the_service_its_variables_and_deploys_are_read() -> None:
    with render() as api:
        service = api.service()
        assert (service.owner_id, service.start_command, service.health_path) == (
            OWNER.id,
            "gunicorn app:app",
            "/healthz",
        )
        assert {name: value.get_secret_value() for name, value in api.env_vars().items()} == VARIABLES
        deploys = api.deploys()
        assert [(deploy.commit, deploy.status) for deploy in deploys] == [
            (NEW, "live"),
            ("c" * 40, "build_failed"),
            (OLD, "deactivated"),
        ]
        assert api.deploy(deploys[0].id) == deploys[0]


@pytest.mark.parametrize("newest_first", [True, False])
def test_the_order_of_render_does_not_matter(newest_first: bool) -> None:
    with render(RenderBehaviour(newest_first=newest_first)) as api:
        assert api.deploys()[0].commit == NEW


@pytest.mark.parametrize("cursor", [True, False])
def test_events_are_read_with_or_without_cursor(cursor: bool) -> None:
    with render(RenderBehaviour(events_cursor=cursor)) as api:
        events = api.events(NOW - timedelta(days=5), NOW)
    assert any(event.type == "deploy_ended" for event in events)
    assert [event.at for event in events] == sorted(event.at for event in events if event.at)


@pytest.mark.parametrize("overlap", [True, False])
def test_all_log_lines_of_a_window_are_read_once(overlap: bool) -> None:
    lines = [
        LogLine(NOW - timedelta(minutes=10) + timedelta(seconds=n // 3), f"line {n}") for n in range(250)
    ]
    with render(RenderBehaviour(log_pages_overlap=overlap), lines=lines) as api:
        logs = api.logs(NOW - timedelta(hours=1), NOW)
    assert logs.complete
    assert [line.message for line in logs.lines] == [line.text for line in lines]


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"key": "rnd_wrong"}, Denied),
        ({"service": "srv-d0000000000000000009"}, Missing),
        ({"behaviour": RenderBehaviour(throttle=9, retry_after=60)}, Throttled),
        ({"behaviour": RenderBehaviour(unavailable=True)}, Unreachable),
    ],
)
def test_renders_refusals_are_told_apart(changes: dict[str, Any], kind: type[Exception]) -> None:
    with render(**changes) as api, pytest.raises(kind):
        api.service()
