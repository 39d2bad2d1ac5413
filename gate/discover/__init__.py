"""`python -m gate discover`: looks at a running app and writes a first, commented target.toml.

It only reads: but for the sign-in no request that could write leaves the machine, and nothing whose words say
that it writes is followed.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser

from gate.browser.context import context_options
from gate.browser.executable import BrowserNotFound
from gate.browser.launch import launched
from gate.browser.readonly import ReadOnly
from gate.browser.visitor import Visitor
from gate.discover import entrance, pages
from gate.discover.draft import Draft
from gate.discover.explorer import Explorer
from gate.discover.form import choose_tag, describe_form, find_form
from gate.discover.listing import Listing, read_list
from gate.discover.writing import write_head, write_records, write_rest
from gate.inputs import InputError
from gate.recorder import Check
from gate.redact import Scrubber
from gate.results import CheckStopped
from gate.run import new_run_id
from gate.services.reach import reach
from gate.settings import Account, Settings, load_settings
from gate.target import Guard, Target, is_template, load_target

# Whom the gate signs in as for other purposes than a role.
NO_ROLES = ("NEGATIVE",)


@dataclass(frozen=True)
class Place:
    """What every context of this walk shares."""

    base_url: str
    run_id: str
    check: Check
    deny: tuple[str, ...]


def run(
    base_url: str,
    out: Path,
    *,
    login_path: str | None = None,
    name: str | None = None,
    env_file: Path | None = None,
    deny: Sequence[str] = (),
    browser: str | None = None,
    force: bool = False,
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr),
) -> int:
    """Walk through the app at `base_url` as GATE_ADMIN_USER and write `out`; returns 0, else 4.

    Further accounts (GATE_<ROLE>_USER and _PASSWORD) are compared with the admin's view, GATE_NEGATIVE
    tries a wrong password once. `deny` are further words of links that must not be followed.
    """
    began = time.monotonic()
    try:
        settings = load_settings(env_file)
        account = settings.account("admin", "GATE_ADMIN")
        if account is None:
            raise InputError(
                ["GATE_ADMIN_USER, GATE_ADMIN_PASSWORD: not set; export the account that may see everything"]
            )
        if out.exists() and not force and not is_template(out):
            raise InputError([f"{out}: exists already; name another file, or replace it with --force"])
        base_url = base_url.rstrip("/")
        run_id = new_run_id()
        say(f"asking {base_url}")
        reach(base_url, login_path or "/", run_id, 90)
        with (
            launched(browser or settings.get("GATE_BROWSER")) as chromium,
            tempfile.TemporaryDirectory(prefix="gate-discover-") as scratch,
        ):
            check = Check("discover", Path(scratch), Scrubber(settings.secrets()))
            place = Place(base_url, run_id, check, tuple(deny))
            draft = _walk(chromium, place, settings, account, login_path, name, say)
    except InputError as error:
        for problem in error.problems:
            say(problem)
        return 4
    except BrowserNotFound as error:
        say(str(error))
        return 4
    except CheckStopped as stop:
        say(f"{stop.expected}: {stop.observed}")
        say(f"remedy: {stop.hint}")
        return 4
    out.parent.mkdir(parents=True, exist_ok=True)
    text = draft.text()
    for secret in settings.secrets():  # an app may show one; a label that only reads like one is wanted
        text = text.replace(secret, "[redacted]")
    out.write_text(text, encoding="utf-8")
    try:
        load_target(out)
    except InputError as error:
        say("written, but not yet whole:")
        for problem in error.problems:
            say(f"  {problem}")
    say(f"wrote {out} in {time.monotonic() - began:.0f} s; {draft.unsure} keys are marked `# ?`")
    say(f"next: python -m gate doctor --target {out} --base-url {base_url}")
    return 0


def _walk(
    browser: Browser,
    place: Place,
    settings: Settings,
    account: Account,
    login_path: str | None,
    name: str | None,
    say: Callable[[str], None],
) -> Draft:
    draft = Draft()
    stranger = _explorer(browser, place)
    door = entrance.find_entrance(stranger, login_path)
    say(f"sign-in form at {door.path}")
    admin = _explorer(browser, place)
    landing = entrance.enter(admin, door, account, stranger)
    if (negative := settings.account("negative", "GATE_NEGATIVE")) is not None:
        entrance.wrong_password(stranger, door, negative)
    say(f"signed in; {door.proof} proves it")
    door.logout = entrance.way_out(admin, door, landing)
    found, left = pages.walk(admin, door.home, landing, place.deny)
    say(f"{len(found)} pages behind the navigation")
    roles = {"admin": "GATE_ADMIN", **_roles(settings)}
    write_head(draft, place.base_url, name or _name(landing["title"]), landing["language"], roles)
    door.write(draft)
    form = find_form(admin, door.home, found, landing)
    tag, listing = None, Listing()
    if form:
        say(f"the record's form: {' > '.join(map(str, form.open))}, {len(form.form['fields'])} fields")
        describe_form(admin, door.home, form)
        tag = choose_tag(form)
        listing = read_list(admin, door.home, form, found)
    written = pages.write_panels(draft, found, landing, form.page if form else None)
    without = write_records(draft, admin, form, tag, listing, landing["language"])
    if not written:
        without["panels"] = "the navigation leads to no page that shows something"
    for role, prefix in _roles(settings).items():
        left += _role_differences(browser, place, door, settings.account(role, prefix), role, landing)
    write_rest(draft, admin, without, left)
    return draft


def _explorer(browser: Browser, place: Place) -> Explorer:
    options = context_options(place.base_url, place.run_id, browser.version)
    context = browser.new_context(**options)
    readonly = ReadOnly(context, deny=True, extra=place.deny)
    # Only the guard's part of a target is known before there is one.
    nothing_known = Target.model_construct(guard=Guard(budget_ms=60_000))  # type: ignore[call-arg]
    return Explorer(Visitor(context, place.base_url, nothing_known, place.check), readonly)


def _name(title: str) -> str:
    """The app's name: the last part of a page's title."""
    return re.split(r"\s+[·|–—-]\s+", title)[-1].strip() or "App"


def _roles(settings: Settings) -> dict[str, str]:
    """Further roles: every GATE_<ROLE>_USER with its password."""
    names = [
        name.removeprefix("GATE_").removesuffix("_USER") for name in settings.values if name.endswith("_USER")
    ]
    return {
        name.lower(): f"GATE_{name}"
        for name in names
        if name not in ("ADMIN", *NO_ROLES) and settings.account(name, f"GATE_{name}")
    }


def _role_differences(
    browser: Browser,
    place: Place,
    door: entrance.Entrance,
    account: Account | None,
    role: str,
    landing: dict[str, object],
) -> list[str]:
    if account is None:
        return []
    explorer = _explorer(browser, place)
    other = entrance.Entrance(door.path, door.user, door.password, door.submit)
    try:
        seen = entrance.enter(explorer, other, account, _explorer(browser, place))
    except CheckStopped as stop:
        return [f"{role}: could not sign in ({stop.observed})"]
    finally:
        place.check.on_trouble.clear()
    mine = {one["text"] for one in landing["nav"]}  # type: ignore[attr-defined]
    theirs = {one["text"] for one in seen["nav"]}
    lines = [f"{role} does not see: {', '.join(sorted(mine - theirs)) or 'nothing less than the admin'}"]
    if theirs - mine:
        lines.append(f"{role} sees besides: {', '.join(sorted(theirs - mine))}")
    if other.proof != door.proof:
        lines.append(f"{role} lands on {urlsplit(seen['url']).path}, which shows {other.proof}")
    explorer.visitor.context.close()
    return lines
