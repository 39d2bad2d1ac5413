"""Putting away what a run created: what its journal names, after a re-read that shows the run's mark.

The same code closes a run and sweeps after one that was killed.
"""

from __future__ import annotations

import datetime as dt
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from playwright.sync_api import Error

from gate import numbers, running
from gate.booted.remains import clear
from gate.browser import shipments
from gate.browser.context import context_args, with_session
from gate.browser.executable import BrowserNotFound
from gate.browser.launch import launched
from gate.browser.login import sign_in
from gate.browser.visitor import Visitor
from gate.deadline import Patience
from gate.inputs import InputError
from gate.journal import Entry, Journal
from gate.mailboxes import open_mailbox
from gate.outcome import explain
from gate.recorder import Check
from gate.results import CheckStopped, Failed
from gate.run import Run
from gate.services.http import ServiceError
from gate.services.reach import still_answers
from gate.target import Shipment
from gate.user_agent import user_agent
from gate.values import fill, normal

# A request that was under way when a run was killed may still store its record for this long.
LATE_S = 35.0
# A search for a mark that finds more than this is no search for it.
_TOO_MANY = 5
_GONE = (404, 410)
MAIL_CLOCKS = dt.timedelta(minutes=5)  # how far a mail server's clock may be from ours


def put_away(run: Run, late_s: float = 0.0, admin: Visitor | None = None) -> list[str]:
    """Put away everything open in the run's journal. Returns the leftovers, what could not be accounted for, in words.

    A record that was planned but never seen is looked for until the plan is `late_s` seconds old. It is done by the
    `admin`, who is signed in, or in a browser that is started for it.
    """
    entries = run.journal.open()
    leftovers = []

    def left(entry: Entry, error: Exception) -> None:
        leftovers.append(run.scrub(f"{entry.name}: {explain(error)}"))

    for entry in (one for one in entries if one.kind == "mail"):
        try:
            _delete_mail(run, entry, late_s)
        except (CheckStopped, ServiceError) as error:
            left(entry, error)
    records = [entry for entry in entries if entry.kind != "mail"]
    if records and admin is None and not _answers(run):
        return leftovers + [f"{entry.name}: the app does not answer" for entry in records]
    if records:
        with nullcontext(admin) if admin else _visitor(run) as visitor:
            for entry in records:
                try:
                    _put_away(run, visitor, entry, late_s)
                except CheckStopped as stop:
                    left(entry, stop)
                    visitor.guard.problems.clear()
    return leftovers


def _answers(run: Run) -> bool:
    """Whether there is an app to put anything away in; one that was found hanging is waited for shortly."""
    waits_s = Patience(run.shared).of(run.environment.wakes_within_s)
    return still_answers(str(run.base_url), run.target.login.path, user_agent(run.run_id), waits_s)


def sweep(report_dir: Path, say: Callable[[str], None] = print, late_s: float = LATE_S) -> int:
    """Put away what killed runs below `report_dir` left behind, their stored sessions too, and say what was done.

    Returns 0 when nothing is left open, 3 when something is. Runs that are still going are not touched.
    """
    left = found = 0
    traces = [*report_dir.glob("*/*/journal.jsonl"), *report_dir.glob(f"*/*/{running.RECORD}")]
    for folder in sorted({path.parent for path in traces}):
        if not _left_something(folder):
            continue
        lock = running.take_over(folder)
        if lock is None:
            say(f"{folder.name}: still running, not touched")
            continue
        try:
            problems = _sweep(folder, say, late_s)
        finally:
            lock.release()
        for problem in problems:
            say(f"{folder.name}: LEFT BEHIND {problem}")
        found, left = found + 1, left + len(problems)
    if not found:
        say(f"nothing to sweep below {report_dir}")
    return 3 if left else 0


def _left_something(folder: Path) -> bool:
    if Journal(folder / "journal.jsonl").open():
        return True
    try:
        run = running.read(folder).run
        return run.private.exists() or bool(run.served_in)
    except ValueError:  # a run that created nothing and cannot be told any more
        return False


def _sweep(folder: Path, say: Callable[[str], None], late_s: float) -> list[str]:
    journal = Journal(folder / "journal.jsonl")
    before = {entry.key for entry in journal.open()}
    try:
        abandoned = running.read(folder)
        run = abandoned.run
        for own in run.served_in:
            clear(own)
            say(f"{folder.name}: the app that it had started on this machine is ended and removed")
        if abandoned.embedded:
            for entry in journal.open():
                journal.closed(entry.key, "gone with the embedded staging in which it was created")
            leftovers: list[str] = []
        else:
            leftovers = put_away(run, late_s)
    except (InputError, BrowserNotFound, CheckStopped, ValueError) as error:
        return [f"{len(before)} records; {error}"]
    except Error as error:
        return [f"{len(before)} records; the browser failed: {normal(str(error))[:200]}"]
    for entry in journal.entries():
        if entry.key in before and entry.state == "closed":
            say(f"{folder.name}: {entry.name}: {entry.note}")
    if not leftovers and run.private.exists():
        shutil.rmtree(run.private, ignore_errors=True)
        say(f"{folder.name}: the sessions that it had stored are removed")
    return leftovers


def _delete_mail(run: Run, entry: Entry, late_s: float) -> None:
    """Delete the mails whose subject names this run's record, and look again."""
    since = dt.datetime.fromtimestamp(entry.planned_at, dt.UTC) - MAIL_CLOCKS
    with open_mailbox(run) as mailbox:
        while not (found := mailbox.search(entry.tag, since)) and time.time() < entry.planned_at + late_s:
            time.sleep(1)
        for message in found:
            mailbox.delete(message, entry.tag)
        if still := mailbox.search(entry.tag, since):
            raise CheckStopped(
                f"no mail with {entry.tag!r} in {mailbox.address}", f"{len(still)} still there"
            )
    run.journal.closed(entry.key, f"{len(found)} mails with {entry.tag!r} deleted")


def _put_away(run: Run, visitor: Visitor, entry: Entry, late_s: float) -> None:
    shipment = run.target.shipment
    if entry.kind != "shipment" or shipment is None:
        raise CheckStopped(
            f"a {entry.kind} that can be put away", "target.toml does not describe it any more"
        )
    found = _numbers(visitor, shipment, entry, entry.planned_at + late_s)
    kept = [number for number in found if _cancelled(visitor, shipment, entry, number)]
    if kept:
        shows = "remains and shows" if kept == [entry.number] else f"{', '.join(kept)} remain and show"
        note = f"{shows} {_proof(shipment, kept[0])!r}"
    else:
        note = f"{'is gone' if found else 'was never created'}: a search for its mark finds nothing"
    run.journal.closed(entry.key, note, remains=bool(kept))


def _numbers(visitor: Visitor, shipment: Shipment, entry: Entry, until: float) -> list[str]:
    """The records that carry the entry's mark, as a search finds them, and the one that is known."""
    known = [] if entry.number is None else [entry.number]
    while True:
        try:
            found = _found(visitor, shipment, entry)
        except CheckStopped:
            if not known:
                raise
            visitor.guard.problems.clear()  # the list is broken; the record's own page may not be
            found = []
        found = list(dict.fromkeys(known + found))
        if found or time.time() >= until:
            return found
        visitor.page.wait_for_timeout(1000)


def _found(visitor: Visitor, shipment: Shipment, entry: Entry) -> list[str]:
    hit = fill(shipment.query.result, {"number": entry.number}) if entry.number else entry.tag
    seen = _search(visitor, shipment, entry.tag, hit)
    if seen.says_empty and not (entry.number and seen.hit):  # some pages always show such words
        return []
    pattern, text = shipment.number.pattern, visitor.text()
    if wrong := numbers.only_a_part(pattern, text):
        raise wrong  # else a record that is there would count as never created
    found = sorted(numbers.all_in(pattern, text))
    if not found:
        expected = f"a search for {entry.tag} that finds it or says {shipment.query.empty!r}"
        raise CheckStopped(expected, "neither")  # a broken list is no proof that nothing is there
    if len(found) > _TOO_MANY:
        raise CheckStopped(f"a search for {entry.tag} that finds it", f"it finds {len(found)} records")
    return found


def _cancelled(visitor: Visitor, shipment: Shipment, entry: Entry, number: str) -> bool:
    """Cancel a record and read it anew: True when it remains, shown as cancelled, False when it is gone.

    Raises CheckStopped when it does not carry the run's mark, or is neither gone nor cancelled.
    """
    if shipment.cleanup.removes and _search(visitor, shipment, entry.tag, number).says_empty:
        return False
    if entry.url is not None and number == entry.number:
        visitor.visit(entry.url)
    else:
        hit = fill(shipment.query.result, {"number": number})
        _search(visitor, shipment, number, hit)
        shipments.open_hit(visitor, hit)
    address, proof = visitor.page.url, _proof(shipment, number)
    if entry.tag not in visitor.text():
        raise CheckStopped(f"the mark {entry.tag} on the page of {number}", "it is not there; left untouched")
    if proof not in visitor.text():
        shipments.cancel(visitor, shipment, number)
    with visitor.guard.tolerating(*_GONE):
        visitor.visit(address)
    # A list of recent actions may still name what is gone.
    if not shipment.cleanup.removes and proof in visitor.text() and entry.tag in visitor.text():
        return True
    if _search(visitor, shipment, entry.tag, number).says_empty:
        return False
    raise CheckStopped(f"{number} shows {proof!r} when read again, or is gone", "neither")


def _search(visitor: Visitor, shipment: Shipment, words: str, hit: str) -> shipments.Search:
    visitor.visit(visitor.target.login.home)  # a record that is gone may have left a page without navigation
    visitor.follow(shipment.query.open)
    return shipments.search(visitor, shipment.query, words, hit)


def _proof(shipment: Shipment, number: str) -> str:
    return normal(fill(shipment.cleanup.proof, {"number": number}))


@contextmanager
def _visitor(run: Run) -> Iterator[Visitor]:
    """A browser of its own, signed in as admin with the run's session or, when that has ended, anew."""
    state = run.private / "session-admin.json"
    with launched(run.browser) as browser:
        stored = state if state.exists() else None
        context = with_session(browser.new_context, stored, **context_args(run, browser.version))
        check = Check("cleanup", run.folder / "evidence", run.scrub)
        visitor = Visitor(context, run.base_url or "", run.target, check)
        _sign_in(run, visitor)
        yield visitor


def _sign_in(run: Run, visitor: Visitor) -> None:
    login = run.target.login
    if (run.private / "session-admin.json").exists():
        visitor.visit(login.home)
        if visitor.shows(login.proof):
            return
    account = run.settings.account("admin", run.target.roles["admin"])
    if account is None:
        prefix = run.target.roles["admin"]
        raise CheckStopped("an account to clean up with", f"{prefix}_USER or {prefix}_PASSWORD is not set")
    attempt = sign_in(visitor, login, account)
    if not attempt.signed_in:
        raise Failed("to be signed in for cleaning up", f"the page says {attempt.message!r}")
