"""What the checks of a live deploy share: Render's view of the deploy, and the commit that was found live."""

from collections.abc import Callable
from typing import Any

import pytest

from gate.fixtures import open_render, render_key
from gate.recorder import Check
from gate.run import Run
from gate.services.revision import agreeing_version, no_commit_known, since, wait_for_deploy


@pytest.fixture
def deploy(run: Run, check: Check, say: Callable[[str], None]) -> dict[str, Any] | None:
    """Render's deploy of the expected commit, live; None for an app that Render does not run."""
    target = run.target
    if target.render is None:
        return None

    def produce() -> dict[str, Any]:
        render_key(run)
        assert target.render is not None
        with check.step("Ask Render for the deploy"), open_render(run) as render:
            found = wait_for_deploy(render, run.commit, target.render.deploy_within_s, say)
        return {"id": found.id, "commit": found.commit, "since": since(found, run.began).isoformat()}

    return run.shared.get("deploy", "commit.live", check, produce)


@pytest.fixture
def live(run: Run, check: Check, deploy: dict[str, Any] | None, say: Callable[[str], None]) -> dict[str, Any]:
    """The commit that is live, as Render and the app agree."""

    def produce() -> dict[str, Any]:
        expected = run.commit or (deploy or {}).get("commit")
        version, reads = run.target.version, 0
        if not expected or (deploy is None and version is None):
            raise no_commit_known()
        commit = (deploy or {}).get("commit")
        if version is not None:
            with check.step("Ask the app which commit it runs"):
                commit, reads = agreeing_version(str(run.base_url), version, expected, run.run_id, say)
        return {"expected": expected, "live": commit, "reads": reads + (deploy is not None)}

    return run.shared.get("commit", "commit.live", check, produce)
