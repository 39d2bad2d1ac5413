"""The routes of the account and its services: who the key is, services, variables, groups, instances."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.doubles.render.objects import owner_object
from sandbox.doubles.render.state import RenderState
from sandbox.doubles.render.wire import (
    RenderError,
    answer,
    json_body,
    listed,
    many,
    not_found,
    stamp,
    within,
)

_PLAIN = ("branch", "repo", "name", "rootDir", "buildFilter")
_TRIGGERS = {"commit": "yes", "checksPass": "yes", "off": "no"}


class Services:
    def __init__(self, state: RenderState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        service = "/v1/services/{service_id}"
        return [
            Route("/v1/users", self.show_user, methods=["GET"]),
            Route("/v1/owners", self.list_owners, methods=["GET"]),
            Route("/v1/services", self.list_services, methods=["GET"]),
            Route(service, self.show_service, methods=["GET"]),
            Route(service, self.change_service, methods=["PATCH"]),
            Route(service + "/env-vars", self.list_variables, methods=["GET"]),
            Route(service + "/env-vars/{key}", self.show_variable, methods=["GET"]),
            Route(service + "/instances", self.list_instances, methods=["GET"]),
            Route("/v1/env-groups", self.list_groups, methods=["GET"]),
            Route("/v1/env-groups/{group_id}", self.show_group, methods=["GET"]),
        ]

    async def show_user(self, request: Request) -> Response:
        owner = self._state.account.owner
        return answer({"email": owner.email, "name": owner.name})

    async def list_owners(self, request: Request) -> Response:
        names, emails = many(request, "name"), many(request, "email")
        owner = owner_object(self._state.account.owner)
        fits = (not names or owner["name"] in names) and (not emails or owner["email"] in emails)
        return answer(listed(request, self._state.behaviour, "owner", [owner] if fits else []))

    async def list_services(self, request: Request) -> Response:
        wanted = {name: many(request, name) for name in ("name", "type", "suspended", "ownerId")}
        regions = many(request, "region")
        found = [
            service
            for service in self._state.services.values()
            if all(not values or service[name] in values for name, values in wanted.items())
            and (not regions or service["serviceDetails"]["region"] in regions)
        ]
        found = [dict(service) for service in within(request, found, "created", "updated")]
        return answer(listed(request, self._state.behaviour, "service", found))

    async def show_service(self, request: Request) -> Response:
        return answer(self._state.service(request.path_params["service_id"]))

    async def change_service(self, request: Request) -> Response:
        """Changes settings; nothing is deployed by it."""
        service = self._state.service(request.path_params["service_id"])
        body = await json_body(request)
        if body.get("autoDeploy", "yes") not in ("yes", "no"):
            raise RenderError(400, f"invalid autoDeploy: {body['autoDeploy']}")
        if body.get("autoDeployTrigger", "off") not in _TRIGGERS:
            raise RenderError(400, f"invalid autoDeployTrigger: {body['autoDeployTrigger']}")
        service.update({name: body[name] for name in _PLAIN if name in body})
        if "autoDeploy" in body:
            service["autoDeploy"] = body["autoDeploy"]
            service["autoDeployTrigger"] = "commit" if body["autoDeploy"] == "yes" else "off"
        if "autoDeployTrigger" in body:
            service["autoDeployTrigger"] = body["autoDeployTrigger"]
            service["autoDeploy"] = _TRIGGERS[body["autoDeployTrigger"]]
        details = dict(body.get("serviceDetails", {}))
        commands = details.pop("envSpecificDetails", {})
        service["serviceDetails"].update(details)
        service["serviceDetails"]["envSpecificDetails"].update(commands)
        service["updatedAt"] = stamp(self._state.now())
        return answer(service)

    async def list_variables(self, request: Request) -> Response:
        variables = dict(self._variables(request))
        if self._state.behaviour.group_vars_listed:
            for group in self._groups_of(request.path_params["service_id"]):
                for item in group["envVars"]:
                    variables.setdefault(item["key"], item["value"])
        items = [{"key": key, "value": value} for key, value in variables.items()]
        return answer(listed(request, self._state.behaviour, "envVar", items, identity="key"))

    async def show_variable(self, request: Request) -> Response:
        variables = self._variables(request)
        key = request.path_params["key"]
        if key not in variables:
            raise not_found(key)
        return answer({"key": key, "value": variables[key]})

    async def list_instances(self, request: Request) -> Response:
        service_id = request.path_params["service_id"]
        self._state.service(service_id)
        instance = self._state.instances.get(service_id)
        return answer([instance] if instance else [])

    async def list_groups(self, request: Request) -> Response:
        """The groups without their variables, and, as Render's document has it, without cursors."""
        names = many(request, "name")
        hidden = ("envVars", "secretFiles")
        groups = [group for group in self._state.groups.values() if not names or group["name"] in names]
        return answer([{key: value for key, value in group.items() if key not in hidden} for group in groups])

    async def show_group(self, request: Request) -> Response:
        group = self._state.groups.get(request.path_params["group_id"])
        if group is None:
            raise not_found(request.path_params["group_id"])
        return answer(group)

    def _variables(self, request: Request) -> dict[str, str]:
        service_id = request.path_params["service_id"]
        self._state.service(service_id)
        return self._state.env_vars[service_id]

    def _groups_of(self, service_id: str) -> list[dict[str, Any]]:
        return [
            group
            for group in self._state.groups.values()
            if any(link["id"] == service_id for link in group["serviceLinks"])
        ]
