"""The application answers at all; everything at the browser stands on this."""

import pytest

from gate.recorder import Check
from gate.run import Run
from gate.services.reach import reach

pytestmark = [pytest.mark.smoke, pytest.mark.postdeploy]


@pytest.mark.check("target.answers")
def test_the_sign_in_page_answers(check: Check, run: Run) -> None:
    with check.step("Ask for the sign-in page"):
        seen = run.shared.get(
            "answers",
            "target.answers",
            check,
            lambda: reach(
                str(run.base_url), run.target.login.path, run.run_id, run.environment.wakes_within_s
            ),
        )
    check.examined(1, "pages")
    check.attach_text("Answer", f"HTTP {seen['status']} in {seen['ms']} ms")
