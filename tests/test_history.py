"""A refused sign-in is the app's fault only where this very user and password signed in at the last GO."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from pydantic import SecretStr

from gate.accounts import refused
from gate.browser.login import Attempt
from gate.history import FILE, remember
from gate.results import Cause, CheckResult, CouldNotTell, Failed, Outcome
from gate.run import Run
from gate.settings import Settings
from gate.shared import Shared
from gate.verdict import Verdict
from tests.sandbox_runs import staging

KNOWN_PASSWORD, OTHER = "made-up-1", "made-up-2"


def _run(folder: Path, password: str = KNOWN_PASSWORD, user: str = "admin", place: str = "staging") -> Run:
    settings = Settings({"GATE_ADMIN_USER": SecretStr(user), "GATE_ADMIN_PASSWORD": SecretStr(password)})
    login = SimpleNamespace(proof="Home", error="Wrong user or password")
    target = SimpleNamespace(name="App", roles={"admin": "GATE_ADMIN"}, login=login)
    shared = Shared(folder / "private")
    shared.put("login-admin", {"user": user})
    run = SimpleNamespace(
        report_dir=folder, run_id="x", environment_name=place, booted=None, target=target, settings=settings
    )
    run.shared = shared
    return cast(Run, run)


def _verdict(word: str = "GO", outcome: Outcome = Outcome.PASSED) -> Verdict:
    checks = (CheckResult(id="login.admin", outcome=outcome),)
    return cast(Verdict, SimpleNamespace(verdict=word, checks=checks))


def _judge(run: Run, message: str = "Wrong user or password") -> CouldNotTell | Failed:
    account = run.settings.account("admin", "GATE_ADMIN")
    assert account is not None
    return refused(run, account, Attempt(False, message, "https://app.example/login"))


def test_the_account_of_the_last_go_is_refused_by_the_app(tmp_path: Path) -> None:
    remember(_run(tmp_path), [_verdict()])
    assert isinstance(_judge(_run(tmp_path)), Failed)


@pytest.mark.parametrize(
    "run",
    [{"password": OTHER}, {"user": "another"}, {"place": "production"}],
    ids=lambda one: next(iter(one)),
)
def test_anybody_else_may_be_the_gates_own_fault(tmp_path: Path, run: dict[str, str]) -> None:
    remember(_run(tmp_path), [_verdict()])
    told = _judge(_run(tmp_path, **run))
    assert isinstance(told, CouldNotTell)
    assert told.cause is Cause.CONFIGURATION
    assert "stale, or the sign-in is broken" in told.hint
    changed = "signed in at the last GO with another password: it was changed here or in the app"
    assert (changed in told.hint) == ("password" in run)


@pytest.mark.parametrize("kept", [["0" * 16], [{"user": "8c6976e5b5410415"}], "nonsense", [None]])
def test_an_entry_that_tells_nothing_of_the_password_is_not_known(tmp_path: Path, kept: object) -> None:
    (tmp_path / FILE).write_text(json.dumps({"App staging": kept}))
    told = _judge(_run(tmp_path))
    assert isinstance(told, CouldNotTell)
    assert "last GO" not in told.hint


@pytest.mark.parametrize("verdict", [_verdict("NO-GO"), _verdict(outcome=Outcome.BLOCKED)])
def test_what_proved_no_sign_in_is_not_kept(tmp_path: Path, verdict: Verdict) -> None:
    remember(_run(tmp_path), [verdict])
    assert not (tmp_path / FILE).exists()


def test_neither_user_nor_password_can_be_read_in_it(tmp_path: Path) -> None:
    for place in ("staging", "production"):
        remember(_run(tmp_path, place=place), [_verdict()])
    text = (tmp_path / FILE).read_text()
    assert KNOWN_PASSWORD not in text
    assert "admin" not in text
    kept = json.loads(text)
    assert kept["App staging"][0]["hash"] != kept["App production"][0]["hash"]  # each with a salt of its own


def test_other_words_than_a_refusal_are_a_failure(tmp_path: Path) -> None:
    assert isinstance(_judge(_run(tmp_path), "Something went wrong"), Failed)


def test_what_signs_in_for_itself_is_blocked_where_the_admin_gets_no_session(tmp_path: Path) -> None:
    own = {"session.cookie", "session.logout", "login.csrf", "login.redirect"}
    with staging(["login-refuses-everybody"]) as app:
        checks = app.judge(tmp_path, "-k", "test_session or test_login")["checks"]
    told = {check["id"]: (check["outcome"], check["blocked_by"]) for check in checks if check["id"] in own}
    assert told == dict.fromkeys(own, ("blocked", "login.admin"))
