"""The events that a deploy's change of status leaves behind, and the routes that show them."""

from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.doubles.render.state import Deploy, RenderState
from sandbox.doubles.render.wire import answer, listed, moment, new_id, not_found

_FAILURE = {"evicted": False}
_OUTCOME = {"live": "succeeded", "canceled": "canceled"}
# The deprecated number of the same outcome, which the document still requires.
_NUMBER = {"succeeded": 2, "failed": 3, "canceled": 4}
_ENDED = frozenset({"live", "build_failed", "pre_deploy_failed", "update_failed", "canceled"})


def of_change(deploy: Deploy, before: str | None, after: str, at: str) -> list[dict[str, Any]]:
    """The events of a deploy going from `before` (None: it is new) to `after`, oldest first."""
    build_id = deploy.id.replace("dep-", "bld-")
    happened: list[tuple[str, dict[str, Any]]] = []
    if before == "build_in_progress":
        happened.append(("build_ended", {"buildId": build_id, **_ending("build", deploy, after)}))
    if before == "pre_deploy_in_progress":
        happened.append(("pre_deploy_ended", {**_pre_deploy(deploy), **_ending("preDeploy", deploy, after)}))
    if before in (None, "created", "queued") and after not in ("created", "queued"):
        happened.append(("deploy_started", {"deployId": deploy.id, "trigger": _trigger(deploy)}))
    if after == "build_in_progress":
        happened.append(("build_started", {"buildId": build_id, "trigger": _trigger(deploy)}))
    if after == "pre_deploy_in_progress":
        happened.append(("pre_deploy_started", _pre_deploy(deploy)))
    if after == "live":
        happened.append(("server_available", {}))
    if after in _ENDED:
        ending = _ending("deploy", deploy, after)
        if after == "build_failed":
            ending["reason"] = {"buildFailed": {"id": build_id}}
        happened.append(("deploy_ended", {"deployId": deploy.id, **ending}))
    return [
        {
            "id": new_id("evt"),
            "timestamp": at,
            "serviceId": deploy.service_id,
            "type": kind,
            "details": details,
        }
        for kind, details in happened
    ]


def _ending(what: str, deploy: Deploy, after: str) -> dict[str, Any]:
    failed = {"build": "build_failed", "preDeploy": "pre_deploy_failed"}.get(what)
    if what == "deploy":
        outcome = _OUTCOME.get(after, "failed")
    else:
        outcome = "failed" if after == failed else "canceled" if after == "canceled" else "succeeded"
    reason = {"failure": {**_FAILURE, **deploy.failure}} if outcome == "failed" else {}
    return {f"{what}Status": outcome, "reason": reason, "status": _NUMBER[outcome]}


def _pre_deploy(deploy: Deploy) -> dict[str, Any]:
    return {"deployId": deploy.id, "deployCommandExecutionId": deploy.id.replace("dep-", "dce-")}


def _trigger(deploy: Deploy) -> dict[str, Any]:
    kind = deploy.fields["trigger"]
    trigger: dict[str, Any] = {
        "firstBuild": False,
        "envUpdated": False,
        "manual": kind in ("api", "manual"),
        "deployedByRender": kind == "deployed_by_render",
        "clearCache": False,
        "rollback": deploy.rollback_of is not None,
    }
    if deploy.rollback_of is not None:
        trigger["rollbackTargetDeployId"] = deploy.rollback_of
    elif kind == "new_commit" and deploy.fields["commit"]:
        trigger["newCommit"] = deploy.fields["commit"]["id"]
    return trigger


class Events:
    def __init__(self, state: RenderState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        return [
            Route("/v1/services/{service_id}/events", self.list_events, methods=["GET"]),
            Route("/v1/events/{event_id}", self.show_event, methods=["GET"]),
        ]

    async def list_events(self, request: Request) -> Response:
        """Newest first; the last hour unless `startTime` and `endTime` say otherwise."""
        service_id = request.path_params["service_id"]
        self._state.service(service_id)
        parameters = request.query_params
        start = _time(parameters.get("startTime")) or self._state.now() - timedelta(hours=1)
        end = _time(parameters.get("endTime")) or self._state.now()
        kind = parameters.get("type")
        found = [
            event
            for event in reversed(self._state.events[service_id])
            if start <= moment(event["timestamp"]) <= end and kind in (None, event["type"])
        ]
        page = listed(request, self._state.behaviour, "event", found)
        if not self._state.behaviour.events_cursor:
            page = [{"event": item["event"]} for item in page]
        return answer(page)

    async def show_event(self, request: Request) -> Response:
        for events in self._state.events.values():
            for event in events:
                if event["id"] == request.path_params["event_id"]:
                    return answer(event)
        raise not_found(request.path_params["event_id"])


def _time(text: str | None) -> Any:
    return moment(text) if text else None
