"""`python -m gate doctor`: what is wrong with target, variables, browser and URL, before any check runs.

Nothing is written to the app: but for the sign-in no request that could write leaves the machine.
"""

from __future__ import annotations

import datetime as dt
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser

from gate.browser.context import context_options
from gate.browser.launch import launched
from gate.browser.readonly import ReadOnly
from gate.browser.visitor import Visitor
from gate.doctor.inputs import Inputs, read_inputs
from gate.doctor.trouble import Trouble
from gate.doctor.walk import Walk
from gate.inputs import InputError
from gate.recorder import Check
from gate.redact import Scrubber
from gate.results import CheckStopped
from gate.run import new_run_id
from gate.services.reach import reach
from gate.settings import Account
from gate.start import check_url


def run(
    root: Path,
    *,
    base_url: str | None = None,
    target: Path | None = None,
    checklist: Path | None = None,
    env_file: Path | None = None,
    environment: str | None = None,
    browser: str | None = None,
    report_dir: Path | None = None,
    say: Callable[[str], None] = lambda line: print(line, file=sys.stderr),
) -> int:
    """Examine everything and print every wrong thing; returns 0 when all is well, else 4.

    `root` is the suite's folder, where target.toml, checklist.toml and reports/ are looked for unless named.
    Without `base_url` the files, variables and browser are examined, and no app is opened.
    """
    began = time.monotonic()
    refused: list[Trouble] = []
    try:
        check_url(base_url)
    except InputError as error:
        said, _, remedy = error.problems[0].partition("; ")
        refused, base_url = [Trouble("this command", "--base-url", said, remedy)], None
    read = read_inputs(
        target or root / "target.toml",
        checklist or root / "checklist.toml",
        env_file,
        base_url,
        environment,
        browser,
    )
    stamp = f"{dt.datetime.now(dt.UTC):%Y%m%dT%H%M%SZ}"
    pictures = (report_dir or root / "reports") / "doctor" / stamp
    troubles, found = [*refused, *read.troubles], 0
    if base_url and read.target and read.settings:
        say(f"opening {base_url} with a browser that cannot write")
        walked, found = _walk(read, base_url.rstrip("/"), pictures)
        troubles += walked
    return _tell(read, troubles, found, base_url, time.monotonic() - began, say)


def _walk(read: Inputs, base_url: str, pictures: Path) -> tuple[list[Trouble], int]:
    assert read.target is not None
    assert read.settings is not None
    run_id, file = new_run_id(), read.target_file.name
    try:
        reach(base_url, read.target.login.path, run_id, read.environment.wakes_within_s)
    except CheckStopped as stop:
        return [Trouble("the app", base_url, stop.observed, stop.hint)], 0
    troubles: list[Trouble] = []
    found = 0
    if any(trouble.key == "the browser" for trouble in read.troubles):
        return [], 0
    scrub = Scrubber(read.settings.secrets())
    with launched(read.browser) as browser, tempfile.TemporaryDirectory(prefix="gate-doctor-") as scratch:
        for role, prefix in read.target.roles.items():
            account = read.settings.account(role, prefix)
            if account is None:
                continue
            walk = _begin(
                read, browser, base_url, run_id, Check(f"doctor-{role}", Path(scratch), scrub), pictures
            )
            _go(walk, role, account, f"gate-{run_id}")
            held_back = sorted(set(walk.readonly.held_back))
            if held_back:
                walk.troubles.append(
                    Trouble(
                        "the app",
                        base_url,
                        f"as {role}, the pages wanted to send {', '.join(held_back[:5])}; it was held back",
                        "what such a request would have shown could not be looked at",
                        note=True,
                    )
                )
            troubles += walk.troubles
            found += walk.found
            walk.visitor.context.close()
            if role == "admin" and any(
                not trouble.note for trouble in walk.troubles if "login" in trouble.key
            ):
                break
    return [
        Trouble(one.file or file, one.key, scrub(one.reason), scrub(one.remedy), one.picture, one.note)
        for one in troubles
    ], found


def _begin(read: Inputs, browser: Browser, base_url: str, run_id: str, check: Check, pictures: Path) -> Walk:
    assert read.target is not None
    target = read.target
    context = browser.new_context(
        **context_options(base_url, run_id, browser.version, target.language, target.timezone)
    )
    readonly = ReadOnly(context)
    return Walk(Visitor(context, base_url, target, check), readonly, target, read.target_file.name, pictures)


def _go(walk: Walk, role: str, account: Account, token: str) -> None:
    if not walk.sign_in(account, "login" if role == "admin" else f"roles.{role}") or role != "admin":
        return
    walk.panels()
    walk.shipment(token)


def _tell(
    read: Inputs,
    troubles: list[Trouble],
    found: int,
    base_url: str | None,
    seconds: float,
    say: Callable[[str], None],
) -> int:
    wrong = [trouble for trouble in troubles if not trouble.note]
    for rank, trouble in enumerate(wrong + [one for one in troubles if one.note], 1):
        for line in trouble.lines(rank):
            print(line)
        print()
    place = (
        f"{base_url} ({read.environment_name})" if base_url else "the files; give --base-url to open the app"
    )
    if wrong:
        print(f"doctor: {len(wrong)} to mend; {found} described things were found; looked at {place}")
        return 4
    say(f"{seconds:.1f} s")
    print(f"doctor: all well; {found} described things were found; looked at {place}")
    return 0
