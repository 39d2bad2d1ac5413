"""gate.services.render against answers as Render documents them, and against the double."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from gate.services.http import AddressRefused, Denied, Missing, Throttled, Unexpected, Unreachable
from gate.services.render import Deploy, Render

Handler = Callable[[httpx.Request], httpx.Response]
SERVICE = "srv-0123456789abcdefghij"
START, END = datetime(2025, 11, 24, 12, tzinfo=UTC), datetime(2025, 11, 24, 13, tzinfo=UTC)


def render(handler: Handler) -> Render:
    return Render(
        SERVICE,
        SecretStr("made-up-key"),
        "run-1",
        api="https://render.example/v1",
        patience_s=0,
        transport=httpx.MockTransport(handler),
    )


def answering(body: Any) -> Handler:
    return lambda _: httpx.Response(200, json=body)


def pages(wrapper: str, count: int) -> Handler:
    """A list of `count` elements with cursors; more than a page of it needs paging."""

    def handle(request: httpx.Request) -> httpx.Response:
        assert request.headers["Authorization"] == "Bearer made-up-key"
        begin = int(request.url.params.get("cursor", "0"))
        end = min(begin + int(request.url.params.get("limit", "20")), count)
        elements = [
            {wrapper: {"key": f"K{n}", "value": "v", "id": f"dep-{n}"}, "cursor": str(n + 1)}
            for n in range(begin, end)
        ]
        return httpx.Response(200, json=elements)

    return handle


def test_a_service_is_read_and_unknown_fields_are_ignored() -> None:
    raw = {
        "id": SERVICE,
        "ownerId": "tea-1",
        "branch": "main",
        "autoDeploy": "yes",
        "suspended": "not_suspended",
        "somethingNew": {"a": 1},
        "serviceDetails": {
            "plan": "starter",
            "healthCheckPath": "",
            "envSpecificDetails": {
                "buildCommand": "pip install -r requirements.txt",
                "startCommand": "gunicorn app:app",
            },
        },
    }
    with render(answering(raw)) as api:
        service = api.service()
    assert (service.branch, service.auto_deploy, service.suspended) == ("main", "yes", False)
    assert (service.start_command, service.health_path, service.repo) == ("gunicorn app:app", "", "")


def test_all_variables_are_read_over_several_pages() -> None:
    with render(pages("envVar", 250)) as api:
        assert len(api.env_vars()) == 250


def test_deploys_are_read_up_to_the_wanted_number() -> None:
    with render(pages("deploy", 250)) as api:
        assert len(api.deploys(most=120)) == 120


def test_deploys_are_sorted_newest_first_whatever_the_answer() -> None:
    times = ["2025-11-24T12:00:00.5Z", "2025-11-24T12:00:00.549212Z", None, "2025-11-24T12:00:00Z"]
    listed = [{"deploy": {"id": str(n), "createdAt": time}, "cursor": None} for n, time in enumerate(times)]
    with render(answering(listed)) as api:
        assert [deploy.id for deploy in api.deploys()] == ["1", "0", "3", "2"]


def test_a_deploy_with_nothing_but_an_id_is_a_deploy() -> None:
    with render(answering({"id": "dep-1", "commit": None, "finishedAt": None})) as api:
        assert api.deploy("dep-1") == Deploy("dep-1", "", None, "", "", None, None, None, None)


@pytest.mark.parametrize(
    ("status", "ended", "failed", "live"),
    [
        ("created", False, False, False),
        ("queued", False, False, False),
        ("build_in_progress", False, False, False),
        ("pre_deploy_in_progress", False, False, False),
        ("update_in_progress", False, False, False),
        ("live", True, False, True),
        ("deactivated", True, False, False),
        ("build_failed", True, True, False),
        ("pre_deploy_failed", True, True, False),
        ("update_failed", True, True, False),
        ("canceled", True, False, False),
        ("a_status_of_next_year", False, False, False),
    ],
)
def test_each_status_is_classed(status: str, ended: bool, failed: bool, live: bool) -> None:
    with render(answering({"id": "dep-1", "status": status})) as api:
        deploy = api.deploy("dep-1")
    assert (deploy.ended, deploy.failed, deploy.live) == (ended, failed, live)


def test_events_come_oldest_first_with_or_without_wrapper() -> None:
    late = {
        "event": {
            "id": "evt-2",
            "type": "deploy_ended",
            "timestamp": "2025-11-24T12:30:00Z",
            "details": {"a": 1},
        }
    }
    early = {"id": "evt-1", "type": "deploy_started", "timestamp": "2025-11-24T12:10:00Z"}
    with render(answering([late, early])) as api:
        events = api.events(START, END)
    assert [(event.id, dict(event.details)) for event in events] == [("evt-1", {}), ("evt-2", {"a": 1})]


def log_page(request: httpx.Request, answers: list[dict[str, Any]]) -> httpx.Response:
    if request.url.path.endswith(SERVICE):
        return httpx.Response(200, json={"id": SERVICE, "ownerId": "tea-1"})
    assert request.url.params["ownerId"] == "tea-1"
    assert request.url.params["resource"] == SERVICE
    assert request.url.params.get_list("type") == ["app", "build"]
    return httpx.Response(200, json=answers.pop(0))


def line(number: int) -> dict[str, Any]:
    return {
        "id": f"l{number}",
        "message": f"line {number}",
        "timestamp": f"2025-11-24T12:00:0{number}Z",
        "labels": [{"name": "instance", "value": "srv-1"}],
    }


def test_logs_are_read_window_by_window_and_each_line_once() -> None:
    answers = [
        {
            "hasMore": True,
            "nextStartTime": "2025-11-24T12:00:01Z",
            "nextEndTime": "x",
            "logs": [line(0), line(1)],
        },
        {"hasMore": False, "nextStartTime": "", "nextEndTime": "", "logs": [line(1), line(2)]},
    ]
    with render(lambda request: log_page(request, answers)) as api:
        logs = api.logs(START, END, types=("app", "build"))
    assert [one.message for one in logs.lines] == ["line 0", "line 1", "line 2"]
    assert logs.complete
    assert logs.lines[0].labels == {"instance": "srv-1"}


@pytest.mark.parametrize("following", ["", "2025-11-24T12:00:01Z"])
def test_logs_that_do_not_go_on_are_incomplete(following: str) -> None:
    stuck = {"hasMore": True, "nextStartTime": following, "nextEndTime": following, "logs": [line(1)]}
    with render(lambda request: log_page(request, [stuck, stuck, stuck])) as api:
        assert not api.logs(START, END, types=("app", "build")).complete


def test_more_log_lines_than_wanted_are_incomplete() -> None:
    answers = [{"hasMore": True, "nextStartTime": "a", "nextEndTime": "b", "logs": [line(0), line(1)]}]
    with render(lambda request: log_page(request, answers)) as api:
        assert not api.logs(START, END, types=("app", "build"), most=2).complete


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, Denied),
        (403, Denied),
        (404, Missing),
        (429, Throttled),
        (500, Unreachable),
        (503, Unreachable),
        (406, Unexpected),
    ],
)
def test_errors_say_what_render_said(status: int, kind: type[Exception]) -> None:
    answer = httpx.Response(status, json={"message": "not found: srv-1"})
    with render(lambda _: answer) as api, pytest.raises(kind, match="not found: srv-1") as caught:
        api.service()
    assert "made-up-key" not in str(caught.value)


@pytest.mark.parametrize("body", [[], "text", 3, None])
def test_a_shape_that_is_not_renders_is_named(body: Any) -> None:
    with render(answering(body)) as api, pytest.raises(Unexpected):
        api.service()


def test_the_key_never_goes_out_in_clear() -> None:
    with pytest.raises(AddressRefused):
        Render(SERVICE, SecretStr("made-up-key"), "run-1", api="http://render.example")
