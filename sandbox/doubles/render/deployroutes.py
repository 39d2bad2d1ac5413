"""The routes of deploys: list, show, create, cancel, roll back."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.doubles.render.deploys import SUCCEEDED, Deploys, check_cancellable
from sandbox.doubles.render.state import Deploy, RenderState
from sandbox.doubles.render.wire import RenderError, answer, json_body, listed, many, within

_CHOICES = {"clearCache": ("clear", "do_not_clear"), "deployMode": ("build_and_deploy", "deploy_only")}
_ANOTHER = {"id": "f" * 40, "message": "Otro cambio"}
_NOT_WITH_DEPLOY_ONLY = ("commitId", "imageUrl", "clearCache")


class DeployRoutes:
    def __init__(self, state: RenderState, deploys: Deploys) -> None:
        self._state = state
        self._deploys = deploys

    def routes(self) -> list[Route]:
        deploys = "/v1/services/{service_id}/deploys"
        return [
            Route(deploys, self.list_deploys, methods=["GET"]),
            Route(deploys, self.create, methods=["POST"]),
            Route(deploys + "/{deploy_id}", self.show, methods=["GET"]),
            Route(deploys + "/{deploy_id}/cancel", self.cancel, methods=["POST"]),
            Route("/v1/services/{service_id}/rollback", self.roll_back, methods=["POST"]),
        ]

    async def list_deploys(self, request: Request) -> Response:
        deploys = self._deploys.of(request.path_params["service_id"])
        if not self._state.behaviour.newest_first:
            deploys.reverse()
        wanted = many(request, "status")
        fitting = [deploy.fields for deploy in deploys if not wanted or deploy.status in wanted]
        found = within(request, fitting, "created", "updated", "finished")
        page = listed(request, self._state.behaviour, "deploy", found)
        by_id = {deploy.id: deploy for deploy in deploys}
        shown = self._deploys.shown(by_id[item["deploy"]["id"]] for item in page)
        self._state.listed += 1
        self._state.first_listed = self._state.first_listed or self._state.now()
        if self._state.listed == self._state.behaviour.deploy_again:
            script = self._state.behaviour.deploy_script
            self._deploys.start(request.path_params["service_id"], "new_commit", _ANOTHER, script)
        return answer([{**item, "deploy": deploy} for item, deploy in zip(page, shown, strict=True)])

    async def show(self, request: Request) -> Response:
        return answer(self._deploys.shown([self._deploy(request)])[0])

    async def create(self, request: Request) -> Response:
        service_id = request.path_params["service_id"]
        existing = self._deploys.of(service_id)
        body = await json_body(request)
        for name, choices in _CHOICES.items():
            if body.get(name, choices[0]) not in choices:
                raise RenderError(400, f"invalid {name}: {body[name]}")
        deploy_only = body.get("deployMode") == "deploy_only"
        clashing = [name for name in _NOT_WITH_DEPLOY_ONLY if name in body]
        if deploy_only and clashing:
            raise RenderError(400, f"deployMode deploy_only cannot be combined with {clashing[0]}")
        if "imageUrl" in body:
            raise RenderError(400, "imageUrl is for image-backed services")
        script = self._state.behaviour.deploy_script
        if deploy_only:
            script = _without_build(script)
        queued = self._state.behaviour.deploy_create == 202
        if queued:
            script = ("queued", *script)
        deploy = self._deploys.start(service_id, "api", _commit(body, existing), script)
        return Response(status_code=202) if queued else answer(self._deploys.shown([deploy])[0], 201)

    async def cancel(self, request: Request) -> Response:
        deploy = self._deploy(request)
        check_cancellable(deploy)
        self._deploys.enter(deploy, "canceled", self._state.now())
        return answer(dict(deploy.fields))

    async def roll_back(self, request: Request) -> Response:
        service_id = request.path_params["service_id"]
        existing = self._deploys.of(service_id)
        body = await json_body(request)
        if not isinstance(body.get("deployId"), str):
            raise RenderError(400, "deployId is required")
        target = self._deploys.one(service_id, body["deployId"])
        behaviour = self._state.behaviour
        if target.status not in SUCCEEDED:
            raise RenderError(behaviour.rollback_refused, f"cannot roll back to deploy {target.id}")
        current = next((deploy for deploy in existing if deploy.status == "live"), target)
        source = target if behaviour.rollback_commit == "target" else current
        # Auto-deploy stays as it is: only a rollback in the dashboard turns it off.
        deploy = self._deploys.start(
            service_id,
            "rollback",
            source.fields["commit"],
            _without_build(behaviour.deploy_script),
            target.id,
        )
        return answer(self._deploys.shown([deploy])[0], 201)

    def _deploy(self, request: Request) -> Deploy:
        return self._deploys.one(request.path_params["service_id"], request.path_params["deploy_id"])


def _without_build(script: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(status for status in script if not status.startswith("build_")) or ("live",)


def _commit(body: dict[str, Any], existing: list[Deploy]) -> dict[str, Any] | None:
    """The commit of the body; else the newest known one, as if the branch had not moved."""
    if "commitId" in body:
        return {"id": str(body["commitId"])}
    return dict(existing[0].fields["commit"] or {}) if existing else None
