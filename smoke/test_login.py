"""Login admin: the right password opens the door, a wrong one does not."""

from collections.abc import Callable

import pytest

from gate.accounts import negative_account
from gate.browser.login import is_signed_out, sign_in
from gate.browser.visitor import Visitor
from gate.fixtures.people import SignedIn
from gate.recorder import Check
from gate.run import Run
from gate.target import Target

pytestmark = [pytest.mark.smoke, pytest.mark.postdeploy]


@pytest.mark.check("login.admin")
def test_the_right_password_signs_in(check: Check, target: Target, signed_in: SignedIn) -> None:
    with check.step("Open the app again in the same session"):
        visitor = signed_in("admin")
    check.examined(2, "pages")
    check.expect(
        visitor.shows(target.login.proof),
        expected=f"{target.login.proof} when the app is opened again",
        observed=f"{visitor.page.url} says: {visitor.text()[:160]}",
        hint="the session does not survive a second request: do all workers share FLASK_SECRET_KEY?",
    )


@pytest.mark.check("login.wrong_password")
def test_a_wrong_password_stays_out(
    check: Check, run: Run, target: Target, visitor_again: Callable[..., Visitor], answers: None
) -> None:
    account = negative_account(run)
    stranger = visitor_again(None)
    attempt = sign_in(stranger, target.login, account, password=f"not-{account.password.get_secret_value()}")
    run.shared.put("refusal", {"message": attempt.message})
    check.examined(1, "attempts")
    check.expect(
        not attempt.signed_in and is_signed_out(stranger, target.login),
        expected="a wrong password is refused",
        observed=f"it signed in and led to {attempt.url}",
        hint="the app lets anybody in: look at the comparison of passwords in this change",
    )
    if target.login.error:
        check.expect(
            target.login.error in attempt.message,
            expected=f"the message {target.login.error!r}",
            observed=f"the page says {attempt.message!r}",
            hint="if the wording was changed on purpose, change login.error in target.toml",
        )
