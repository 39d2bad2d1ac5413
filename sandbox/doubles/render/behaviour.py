"""How the played Render behaves: where the service goes wrong, and what its documentation leaves open."""

from dataclasses import dataclass
from typing import Literal

DEPLOY_STATUSES = (
    "created",
    "queued",
    "build_in_progress",
    "pre_deploy_in_progress",
    "update_in_progress",
    "live",
    "deactivated",
    "build_failed",
    "pre_deploy_failed",
    "update_failed",
    "canceled",
)
"""All statuses of a deploy, in the order of its life."""


@dataclass(frozen=True)
class RenderBehaviour:
    """Switches of the Render double. The defaults are a healthy Render.

    Refusals: `key_refused` answers every key with 401; `unavailable` everything with 503; `throttle` the
    next n requests with 429 and `retry_after` seconds.
    Service: `slow` seconds before each answer; `log_delay` seconds before a line shows up in the logs.
    Deploys: `deploy_script` are the statuses of a deploy made by POST; each answer that shows the deploy
    moves it one step on, so that nobody has to wait. `overlap` is the workspace's policy for a second deploy.
    `old_instance_says` is a line that the instance of before logs when the deploys are first listed.
    `deploy_again` starts a deploy of another commit once the deploys were listed so many times (0: never).

    Not settled by Render's documentation, so both ways can be played: `deploy_create` (201 with the deploy,
    or an empty 202 and a queued entry later), `snapshots_status`, `events_cursor`, `newest_first` (order of
    the deploys), `rollback_refused` (status for a target that cannot be returned to), `rollback_commit`
    (whose commit the rollback names), `group_vars_listed` (whether a service's variables include its
    groups'), `limit_out_of_range`, `text_case_sensitive` (the logs' text filter), `log_pages_overlap` (the
    line at a page boundary comes twice).
    """

    key_refused: bool = False
    unavailable: bool = False
    throttle: int = 0
    retry_after: int = 1
    slow: float = 0.0
    log_delay: float = 0.0
    old_instance_says: str = ""
    deploy_script: tuple[str, ...] = ("build_in_progress", "update_in_progress", "live")
    overlap: Literal["wait", "override"] = "wait"
    deploy_again: int = 0
    deploy_create: Literal[201, 202] = 201
    snapshots_status: Literal[201, 200] = 201
    events_cursor: bool = True
    newest_first: bool = True
    rollback_refused: Literal[400, 404] = 400
    rollback_commit: Literal["target", "current"] = "target"
    group_vars_listed: bool = False
    limit_out_of_range: Literal["refuse", "clamp"] = "refuse"
    text_case_sensitive: bool = True
    log_pages_overlap: bool = False
