"""What the checks of a live deploy share: Render's view of the deploy, and the commit that was found live."""

from collections.abc import Callable
from typing import Any

import pytest

from gate import commit_lock
from gate.recorder import Check
from gate.run import Run


@pytest.fixture
def deploy(run: Run, check: Check, say: Callable[[str], None]) -> dict[str, Any] | None:
    """Render's deploy of the expected commit, live; None for an app that Render does not run."""
    return commit_lock.deploy(run, check, say)


@pytest.fixture
def live(run: Run, check: Check, say: Callable[[str], None]) -> dict[str, Any]:
    """The commit that is live, as Render and the app agree."""
    return commit_lock.live(run, check, say)
