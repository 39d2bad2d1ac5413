"""What a check may ask for. Session-wide facts, one recorder per check, and visitors at the browser."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Error
from pydantic import SecretStr

from gate import __version__, commit_lock, records
from gate.access.asking import in_thread, open_client, store_cookies
from gate.access.signing_in import Session, sign_in_plainly
from gate.browser import login
from gate.browser.executable import find_browser, launch_arguments
from gate.browser.visitor import Visitor
from gate.hosting import open_render, render_key
from gate.recorder import Check
from gate.records import CreatedShipment
from gate.repo.candidate import Candidate
from gate.results import Cause, CheckStopped, CouldNotTell, Failed
from gate.run import Run, login_check
from gate.services.graph import GraphClient
from gate.services.http import ServiceError
from gate.services.mailbox import Mailbox, MailReader
from gate.services.mailpit import Mailpit, mailpit_client
from gate.services.render import Render
from gate.services.witness import DATABASE_URL, Witness, open_witness
from gate.settings import Account, Settings
from gate.target import Environment, Locator, Target

RUN = pytest.StashKey[Run]()
CHECK = pytest.StashKey[Check]()
VISITORS = pytest.StashKey[list[Visitor]]()
TROUBLED = pytest.StashKey[bool]()
SignedIn = Callable[..., Visitor]
PlainSession = Callable[[Account], Session | None]


@pytest.fixture(scope="session")
def run(pytestconfig: pytest.Config) -> Run:
    """The facts of this run."""
    return pytestconfig.stash[RUN]


@pytest.fixture(scope="session")
def target(run: Run) -> Target:
    """The application under test."""
    return run.target


@pytest.fixture(scope="session")
def settings(run: Run) -> Settings:
    """The gate's own variables."""
    return run.settings


@pytest.fixture(scope="session")
def environment(run: Run) -> Environment:
    """Where this run judges, and what it may do there."""
    return run.environment


@pytest.fixture(scope="session")
def run_folder(run: Run) -> Path:
    """A private folder of this run, removed at its end."""
    return run.private


@pytest.fixture(scope="session")
def cache_dir(run: Run) -> Path:
    """A folder that outlives the run; everything in it is named by its content."""
    return run.root / ".cache"


@pytest.fixture
def check(request: pytest.FixtureRequest, run: Run) -> Check:
    """The recorder of this check."""
    marker = request.node.get_closest_marker("check")
    name = marker.args[0] if marker else request.node.name
    recorder = Check(name, run.folder / "evidence", run.scrub, run.patience)
    request.node.stash[CHECK] = recorder
    return recorder


@pytest.fixture(scope="session")
def candidate(run: Run) -> Candidate:
    """The change that would be merged, as git has it."""
    if run.app_dir is None:
        raise CouldNotTell(
            "the app's repository", "none named", "give --app-dir=DIR", cause=Cause.CONFIGURATION
        )
    opened = Candidate.open(run.app_dir, run.base_ref, run.app_env_file)
    run.shared.put("candidate", {"commit": opened.head, "tree": opened.tree, "base": opened.base})
    return opened


@pytest.fixture
def say(pytestconfig: pytest.Config) -> Callable[[str], None]:
    """Shows one line of progress on the terminal while something is waited for."""
    reporter: Any = pytestconfig.pluginmanager.get_plugin("terminalreporter")
    capture: Any = pytestconfig.pluginmanager.get_plugin("capturemanager")

    def show(line: str) -> None:
        if reporter is not None and capture is not None and reporter.isatty:
            with capture.global_and_fixture_disabled():
                reporter.rewrite(f"{line} ", erase=True)

    return show


@pytest.fixture
def allowed(environment: Environment, run: Run) -> Callable[[str], None]:
    """Refuses to go on unless the environment allows a kind of writing by name."""

    def require(kind: str) -> None:
        if kind not in environment.allow:
            raise CouldNotTell(
                f"{kind!r} allowed in the environment {run.environment_name!r}",
                f"it allows {', '.join(environment.allow) or 'nothing'}",
                f"add it to [environments.{run.environment_name}] allow, or name the check in its not_proven "
                "with a reason",
                cause=Cause.CONFIGURATION,
            )

    return require


@pytest.fixture
def render(run: Run) -> Iterator[Render]:
    """Render's API for the target's service."""
    render_key(run)
    with open_render(run) as client:
        yield client


@pytest.fixture
def mailbox(run: Run) -> Iterator[MailReader]:
    """The allowed mailbox, read with the gate's own credentials."""
    with open_mailbox(run) as opened:
        yield opened


@contextmanager
def open_mailbox(run: Run) -> Iterator[MailReader]:
    """The allowed mailbox, through what mail.mailbox names; raises CouldNotTell where settings are missing."""
    if run.target.mail is None or run.target.mail.mailbox == "graph":
        with open_graph(run) as graph:
            yield Mailbox(graph, run.environment.mail_to[0])
        return
    url = run.settings.get("GATE_MAILPIT_URL")
    if not url or not run.environment.mail_to:
        raise CouldNotTell(
            "the address of Mailpit, and one to send to",
            f"missing: {f'mail_to of [environments.{run.environment_name}]' if url else 'GATE_MAILPIT_URL'}",
            "see .env.example and docs/target.md",
            cause=Cause.CONFIGURATION,
        )
    user, password = (run.settings.get(name) or "" for name in ("GATE_MAILPIT_USER", "GATE_MAILPIT_PASSWORD"))
    with mailpit_client(url, run.run_id, user, SecretStr(password)) as client:
        yield Mailpit(client, run.environment.mail_to[0])


def open_graph(run: Run) -> GraphClient:
    """The gate's own Graph client; raises CouldNotTell naming the variables that are missing."""
    names = ("GATE_GRAPH_TENANT_ID", "GATE_GRAPH_CLIENT_ID", "GATE_GRAPH_CLIENT_SECRET")
    missing = [name for name in names if not run.settings.get(name)]
    if missing or not run.environment.mail_to:
        raise CouldNotTell(
            "credentials and an address to read the test mailbox",
            f"missing: {', '.join(missing) or f'mail_to of [environments.{run.environment_name}]'}",
            "see .env.example and docs/target.md",
            cause=Cause.CONFIGURATION,
        )
    tenant, client, secret = (run.settings.get(name) or "" for name in names)
    return GraphClient(
        tenant,
        client,
        SecretStr(secret),
        run.run_id,
        login_url=run.settings.get("GATE_GRAPH_LOGIN_URL") or "https://login.microsoftonline.com",
        base_url=run.settings.get("GATE_GRAPH_BASE_URL") or "https://graph.microsoft.com/v1.0",
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any], run: Run) -> dict[str, Any]:
    """pytest-playwright's launch options with the browser that was found and our flags."""
    headed = browser_type_launch_args.get("headless") is False
    found = find_browser(run.browser, headed=headed)
    extra = {"executable_path": str(found.path)} if found.path else {}
    return {"args": launch_arguments(), **extra, **browser_type_launch_args}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any], run: Run, browser: Any) -> dict[str, Any]:
    """pytest-playwright's context options: the app's language and time zone, and a User-Agent that names the gate."""
    return {**browser_context_args, **context_args(run, browser.version)}


def context_args(run: Run, browser_version: str) -> dict[str, Any]:
    """Options of every browser context of the gate."""
    return {
        "base_url": run.base_url,
        "locale": run.target.language,
        "timezone_id": run.target.timezone,
        "user_agent": f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{browser_version} Safari/537.36 "
        f"release-gate/{__version__} ({run.run_id})",
    }


@pytest.fixture(scope="session")
def user_agent(browser_context_args: dict[str, Any]) -> str:
    """The browser's own, for requests beside it: an app may tie a session to it."""
    return str(browser_context_args["user_agent"])


@pytest.fixture
def answers(run: Run, check: Check, say: Callable[[str], None]) -> dict[str, Any]:
    """The target answers at all, with the commit that is judged; every browser check stands on it."""
    return commit_lock.answering(run, check, say)


Seats = dict[str | None, Visitor]


@pytest.fixture(scope="session")
def lasting(request: pytest.FixtureRequest, run: Run) -> Iterator[Seats | None]:
    """Who stays at an open page between checks, by stored session: a page costs more than what is done on it.

    None where Playwright is asked to record each check by itself.
    """
    if any(request.config.getoption(f"--{way}") != "off" for way in ("tracing", "video", "screenshot")):
        yield None
        return
    seated: Seats = {}
    yield seated
    admin = seated.get(str(run.private / "session-admin.json"))
    if _is_last(request.config, run) and admin and not request.session.testsfailed:
        _tidy(run, admin)
    for one in seated.values():
        one.context.close()


def _is_last(config: pytest.Config, run: Run) -> bool:
    """Whether no other worker may still need the run's records; each that had a browser asks once, at its end."""
    worker = getattr(config, "workerinput", None)
    return worker is None or run.shared.count("workers-done") == worker["workercount"]


def _tidy(run: Run, admin: Visitor) -> None:
    """Put the run's records away while a browser is open; what does not work out here is done again at the end."""
    from gate.sweep import put_away

    with suppress(CheckStopped, ServiceError, Error):
        put_away(run, admin=admin.handed_to(Check("cleanup", run.folder / "evidence", run.scrub)))


@pytest.fixture
def visitor(
    request: pytest.FixtureRequest,
    new_context: Callable[..., BrowserContext],
    run: Run,
    check: Check,
    answers: dict[str, Any],
) -> Callable[..., Visitor]:
    """Opens a guarded page in a context of its own: visitor() for a stranger."""

    def open_one(storage_state: str | None = None) -> Visitor:
        assert run.base_url is not None
        one = Visitor(new_context(storage_state=storage_state), run.base_url, run.target, check)
        request.node.stash.setdefault(VISITORS, []).append(one)
        return one

    return open_one


@pytest.fixture
def visitor_again(
    request: pytest.FixtureRequest,
    visitor: Callable[..., Visitor],
    lasting: Seats | None,
    browser: Any,
    browser_context_args: dict[str, Any],
    run: Run,
    check: Check,
) -> Iterator[Callable[[str | None], Visitor]]:
    """Goes on at the page that an earlier check left with this stored session; in a new one after any trouble.

    Where nothing is stored yet it is who is about to sign in. Without a session it is a stranger who was refused
    before, and may be refused again.
    """
    here = request.node.stash.setdefault(VISITORS, [])

    def go_on(storage_state: str | None) -> Visitor:
        stored = storage_state if storage_state and Path(storage_state).exists() else None
        if lasting is None:
            return visitor(stored)
        one = lasting.get(storage_state)
        if one is None:
            assert run.base_url is not None
            context = browser.new_context(storage_state=stored, **browser_context_args)
            one = lasting[storage_state] = Visitor(context, run.base_url, run.target, check)
        elif one in here:
            return one
        else:
            one.handed_to(check)
        here.append(one)
        return one

    yield go_on
    if lasting is not None and request.node.stash.get(TROUBLED, False):
        for state, one in list(lasting.items()):
            if one in here:
                del lasting[state]
                one.context.close()


@pytest.fixture
def plain_session(run: Run, user_agent: str) -> PlainSession:
    """Signs an account in by the plain form, without a page; None where the form needs a browser."""

    def open_one(account: Account) -> Session | None:
        async def signing_in() -> Session | None:
            async with open_client(str(run.base_url), user_agent) as client:
                return await sign_in_plainly(client, run.target.login.path, run.target.login.home, account)

        return in_thread(signing_in())

    return open_one


@pytest.fixture
def session_of(
    visitor_again: Callable[[str | None], Visitor],
    run: Run,
    check: Check,
    plain_session: PlainSession,
    answers: dict[str, Any],
) -> Callable[[str], Path]:
    """The file with the stored browser session of a role. The sign-in itself happens once per role and run.

    The admin signs in as a person does; the others, who use the same form, without a page where that works.
    """

    def stored(role: str) -> Path:
        def produce() -> dict[str, Any]:
            account, state = account_of(run, role), run.private / f"session-{role}.json"
            facts = {"state": str(state), "user": account.user}
            if role != "admin" and (session := plain_session(account)):
                store_cookies(state, str(run.base_url), session.cookies)
                return facts
            person = visitor_again(str(state))
            attempt = login.sign_in(person, run.target.login, account)
            if not attempt.signed_in:
                check.look()
                raise refused(run, account.user, attempt)
            person.context.storage_state(path=state)
            return facts

        return Path(run.shared.get(f"login-{role}", login_check(role), check, produce)["state"])

    return stored


def account_of(run: Run, role: str) -> Account:
    """Who signs in for a role; raises CouldNotTell when its variables are not set."""
    prefix = run.target.roles[role]
    account = run.settings.account(role, prefix)
    if account is None:
        raise CouldNotTell(
            f"an account for the role {role}",
            f"{prefix}_USER or {prefix}_PASSWORD is not set",
            "set both variables; see .env.example",
            cause=Cause.CONFIGURATION,
        )
    return account


def negative_account(run: Run) -> Account:
    """The account that may be tried with a wrong password; raises CouldNotTell when it is not set."""
    account = run.settings.account("negative", "GATE_NEGATIVE")
    if account is None:
        raise CouldNotTell(
            "an account that may be tried with a wrong password",
            "GATE_NEGATIVE_USER or GATE_NEGATIVE_PASSWORD is not set",
            "make an account of its own for this, since some apps lock an account after failed attempts",
            cause=Cause.CONFIGURATION,
        )
    return account


@pytest.fixture
def signed_in(
    visitor_again: Callable[[str | None], Visitor], run: Run, session_of: Callable[[str], Path]
) -> SignedIn:
    """Opens a page signed in as a role: signed_in("admin"), at the home page or at a given path."""

    def open_as(role: str, path: str | None = None) -> Visitor:
        one = visitor_again(str(session_of(role)))
        one.visit(path or run.target.login.home)
        return one

    return open_as


@pytest.fixture
def admin_at(signed_in: SignedIn, run: Run) -> Callable[[Sequence[Locator]], Visitor]:
    """Opens a page signed in as admin where these clicks lead: by clicking once in a run, by its address afterwards."""

    def open_at(clicks: Sequence[Locator]) -> Visitor:
        key = "place-" + hashlib.sha256(repr(clicks).encode()).hexdigest()[:16]
        known = run.shared.peek(key)
        if known:
            return signed_in("admin", known["url"])
        one = signed_in("admin")
        one.follow(clicks[:-1])
        before = one.page.url
        one.follow(clicks[-1:])
        if one.page.url.rstrip("#") != before.rstrip(
            "#"
        ):  # else it is no place of its own to go to: something that unfolded
            run.shared.put(key, {"url": one.page.url})
        return one

    return open_at


def refused(run: Run, user: str, attempt: login.Attempt) -> CouldNotTell | Failed:
    """Whose fault a refused sign-in is: only with a history can a stale password be told from a broken app."""
    from gate.history import signed_in_before

    expected = f"{run.target.login.proof} after signing in"
    observed = f"at {attempt.url}; the page says {attempt.message or attempt.text!r}"
    refused = run.target.login.error and run.target.login.error in attempt.message
    if refused and not signed_in_before(run.report_dir, run.target.name, run.environment_name, user):
        return CouldNotTell(
            expected,
            observed,
            "either the gate's password for this account is stale, or the sign-in is broken: try it by hand",
            cause=Cause.CONFIGURATION,
        )
    return Failed(
        expected, observed, "sign in by hand with the same account; see the app's log of that minute"
    )


@pytest.fixture
def new_shipment(
    run: Run,
    check: Check,
    admin_at: Callable[[Sequence[Locator]], Visitor],
    allowed: Callable[[str], None],
) -> Callable[..., CreatedShipment]:
    """A shipment of this run, created by whichever check needs it first.

    new_shipment() is the one with every field; new_shipment("minimal") the one that is edited and cancelled.
    """

    def once(kind: records.Kind = "full") -> CreatedShipment:
        def produce() -> dict[str, Any]:
            allowed("create")
            assert run.target.shipment is not None
            with check.step("Open the form of a new shipment"):
                visitor = admin_at(run.target.shipment.open)
            return records.create(run, visitor, kind)

        facts = run.shared.get(f"shipment-{kind}", records.owner(run, kind), check, produce)
        return CreatedShipment(
            facts["number"], facts["url"], records.mark(run, kind), records.filled_in(run, kind)
        )

    return once


@pytest.fixture
def witness(run: Run) -> Iterator[Witness]:
    """The table of the records in Postgres, read through the gate's own connection."""
    with open_witness(run) as one:
        yield one


@pytest.fixture
def second_look(run: Run) -> Iterator[Witness | None]:
    """The same where a connection is configured, else None: for checks that can do without."""
    if run.target.database is None or not run.settings.get(DATABASE_URL):
        yield None
    else:
        with open_witness(run) as one:
            yield one
