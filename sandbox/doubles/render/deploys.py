"""Deploys: what the account came with, and the lives of new ones.

A deploy with a script moves one status on each time an answer has shown it (or when `advance` is called), so
a waiting client sees every status without anybody sleeping.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.doubles.render import events
from sandbox.doubles.render.behaviour import DEPLOY_STATUSES
from sandbox.doubles.render.config import DeploySpec
from sandbox.doubles.render.state import Deploy, RenderState
from sandbox.doubles.render.wire import RenderError, moment, new_id, not_found, stamp

RUNNING = frozenset({"created", "build_in_progress", "pre_deploy_in_progress", "update_in_progress"})
SUCCEEDED = frozenset({"live", "deactivated"})
ENDED = SUCCEEDED | {"build_failed", "pre_deploy_failed", "update_failed", "canceled"}
_BUILD = ("build_in_progress",)
_BUILD_AND_UPDATE = (*_BUILD, "update_in_progress")
_WAY_TO: Mapping[str, tuple[str, ...]] = {
    "pre_deploy_in_progress": _BUILD,
    "update_in_progress": _BUILD,
    "live": _BUILD_AND_UPDATE,
    "deactivated": (*_BUILD_AND_UPDATE, "live"),
    "build_failed": _BUILD,
    "pre_deploy_failed": (*_BUILD, "pre_deploy_in_progress"),
    "update_failed": _BUILD_AND_UPDATE,
    "canceled": _BUILD,
}
_USUAL_LENGTH = timedelta(minutes=2)


class Deploys:
    """The deploys of all services of one state."""

    def __init__(self, state: RenderState) -> None:
        self._state = state

    def restore(self) -> None:
        """Replays the given deploys, oldest first, so that their events and times are there too."""
        for service_id, specs in self._state.account.deploys.items():
            self._state.service(service_id)
            for age, spec in zip(range(len(specs) - 1, -1, -1), specs, strict=True):
                self._replay(service_id, spec, self._state.now() - timedelta(minutes=10, days=age))

    def of(self, service_id: str) -> list[Deploy]:
        """The service's deploys, newest first. Raises RenderError 404."""
        self._state.service(service_id)
        return sorted(
            self._state.deploys[service_id], key=lambda d: moment(d.fields["createdAt"]), reverse=True
        )

    def one(self, service_id: str, deploy_id: str) -> Deploy:
        for deploy in self.of(service_id):
            if deploy.id == deploy_id:
                return deploy
        raise not_found(deploy_id)

    def shown(self, deploys: Iterable[Deploy]) -> list[dict[str, Any]]:
        """The API's objects of `deploys`, each of which moves on thereafter."""
        deploys = list(deploys)
        objects = [dict(deploy.fields) for deploy in deploys]
        for deploy in deploys:
            self.step(deploy)
        return objects

    def start(
        self,
        service_id: str,
        trigger: str,
        commit: Mapping[str, Any] | None,
        script: Iterable[str],
        rollback_of: str | None = None,
    ) -> Deploy:
        """A new deploy in the first status of `script`, or queued behind a running one."""
        now = self._state.now()
        script = list(script)
        running = [deploy for deploy in self._state.deploys[service_id] if deploy.status in RUNNING]
        if running and self._state.behaviour.overlap == "override":
            for deploy in running:
                self.enter(deploy, "canceled", now)
        elif running and script[0] != "queued":
            script.insert(0, "queued")
        deploy = Deploy(service_id, _fresh(trigger, commit, now), script, {}, rollback_of)
        self._state.deploys[service_id].append(deploy)
        self.enter(deploy, deploy.script.pop(0), now)
        return deploy

    def step(self, deploy: Deploy) -> None:
        """Moves a deploy to the next status of its script; a queued one waits while another is running."""
        others = self._state.deploys[deploy.service_id]
        held = deploy.status == "queued" and any(other.status in RUNNING for other in others)
        if deploy.script and deploy.status not in ENDED and not held:
            self.enter(deploy, deploy.script.pop(0), self._state.now())

    def enter(self, deploy: Deploy, status: str, at: datetime) -> None:
        """The change of a deploy's status, with all that follows from it."""
        before = deploy.fields.get("status")
        deploy.fields.update(status=status, updatedAt=stamp(at))
        if status not in ("created", "queued"):
            deploy.fields.setdefault("startedAt", stamp(at))
        if status in ENDED and status != "deactivated":
            deploy.fields["finishedAt"] = stamp(at)
        self._state.events[deploy.service_id] += events.of_change(deploy, before, status, stamp(at))
        if status == "live":
            self._replace_live(deploy, at)
        if status in ENDED and status != "deactivated":
            self._release_waiting(deploy.service_id, at)

    def _replace_live(self, deploy: Deploy, at: datetime) -> None:
        for other in self._state.deploys[deploy.service_id]:
            if other is not deploy and other.status == "live":
                other.fields.update(status="deactivated", updatedAt=stamp(at))
        instance = f"{deploy.service_id}-{new_id('x')[-5:]}"
        self._state.instances[deploy.service_id] = {"id": instance, "createdAt": stamp(at)}

    def _release_waiting(self, service_id: str, at: datetime) -> None:
        waiting = [deploy for deploy in self._state.deploys[service_id] if deploy.status == "queued"]
        for passed_over in waiting[:-1]:
            self.enter(passed_over, "canceled", at)
        if waiting and waiting[-1].status == "queued":
            self.step(waiting[-1])

    def _replay(self, service_id: str, spec: DeploySpec, default_time: datetime) -> None:
        status, script = spec.get("status", "live"), list(spec.get("script", ()))
        _check(spec, (status, *script))
        created = spec.get("created_at", default_time)
        finished = spec.get("finished_at", max(created, min(created + _USUAL_LENGTH, self._state.now())))
        commit = spec.get("commit", "0" * 40)
        if commit is not None:
            given = {"id": commit} if isinstance(commit, str) else commit
            commit = {"message": "Cambio", "createdAt": stamp(created), **given}
        fields = _fresh(spec.get("trigger", "new_commit"), commit, created)
        fields["id"] = spec.get("id", fields["id"])
        deploy = Deploy(service_id, fields, [], spec.get("failure", {}))
        self._state.deploys[service_id].append(deploy)
        way = [*_WAY_TO.get(status, ()), *([] if status == "deactivated" else [status])]
        for number, name in enumerate(way):
            self.enter(deploy, name, created + (finished - created) * number / max(1, len(way) - 1))
        # What was asked for holds, even where no other deploy explains it.
        deploy.fields["status"] = status
        deploy.script = script


def _check(spec: DeploySpec, statuses: Iterable[str]) -> None:
    unknown = sorted(set(spec) - set(DeploySpec.__annotations__))
    if unknown:
        known = ", ".join(DeploySpec.__annotations__)
        raise ValueError(f"'{unknown[0]}' is no key of a deploy; known: {known}")
    for name in statuses:
        if name not in DEPLOY_STATUSES:
            raise ValueError(f"'{name}' is no status of a deploy; known: {', '.join(DEPLOY_STATUSES)}")


def _fresh(trigger: str, commit: Mapping[str, Any] | None, at: datetime) -> dict[str, Any]:
    return {
        "id": new_id("dep"),
        "commit": None if commit is None else dict(commit),
        "trigger": trigger,
        "createdAt": stamp(at),
        "updatedAt": stamp(at),
        "finishedAt": None,
    }


def check_cancellable(deploy: Deploy) -> None:
    if deploy.status not in RUNNING:
        raise RenderError(400, f"deploy {deploy.id} is {deploy.status} and cannot be canceled")
