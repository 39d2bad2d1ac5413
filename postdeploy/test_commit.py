"""The right commit is live: Render's deploy and the app's own word agree."""

from typing import Any

import pytest

from gate.recorder import Check

pytestmark = pytest.mark.postdeploy


@pytest.mark.check("commit.live")
def test_the_expected_commit_is_live(
    check: Check, live: dict[str, Any], deploy: dict[str, Any] | None
) -> None:
    check.examined(live["reads"], "answers")
    check.attempts += len(live["seen"])
    witness = f"Render's deploy {deploy['id']} is live. " if deploy else ""
    before = "".join(f"\nbefore that: {seen}" for seen in live["seen"])
    check.attach_text("Commit", f"{witness}The app runs {live['live']}; expected {live['expected']}.{before}")
