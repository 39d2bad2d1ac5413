"""The application answers at all; everything at the browser stands on this."""

from typing import Any

import pytest

from gate.recorder import Check

pytestmark = [pytest.mark.smoke, pytest.mark.postdeploy]


@pytest.mark.check("target.answers")
def test_the_sign_in_page_answers(check: Check, answers: dict[str, Any]) -> None:
    check.examined(1, "pages")
    check.attempts += len(answers["troubles"])
    passed = "".join(f"\nbefore that: {trouble}" for trouble in answers["troubles"])
    check.attach_text("Answer", f"HTTP {answers['status']} in {answers['ms']} ms{passed}")
