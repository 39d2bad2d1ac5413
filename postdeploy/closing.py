"""After the last check: the deploy did not change under the run, and the journeys left no error in the logs."""

import datetime as dt
import time

import httpx

from gate.closing import closing
from gate.hosting import open_render, render_key
from gate.recorder import Check
from gate.results import Blocked, Cause, CouldNotTell
from gate.run import Run
from gate.services.http import is_loopback, trust_store
from gate.services.logs import judge
from gate.services.revision import Reading, read_version, same_commit
from gate.target import Version


@closing("commit.unchanged")
def commit_unchanged(check: Check, run: Run) -> None:
    """The commit found live before the checks is live after them."""
    before = run.shared.peek("commit")
    if before is None:
        raise Blocked("commit.live")
    live, deploy, witnesses = before["live"], run.shared.peek("deploy"), 0
    silence = changed = ""
    if run.target.version is not None:
        with check.step("Ask the app again"):
            reading = _asked_again(check, run, run.target.version)
        live, witnesses, silence = reading.commit, witnesses + 1, reading.trouble
        if reading.commit and not same_commit(reading.commit, before["live"]):
            changed = f"{reading.commit[:12]} is live now"
    if deploy is not None:
        with check.step("Ask Render again"), open_render(run) as render:
            now = next((one for one in render.deploys(20) if not one.ended or one.live), None)
        witnesses += 1
        if now is None or now.id != deploy["id"]:
            newest = f"now {now.id} ({now.status})" if now else "gone"
            changed = changed or f"Render's newest deploy is {newest}"
    check.examined(witnesses, "witnesses")
    void = f"{check.id}: the deploy changed during the run: {changed}; what was checked belongs to neither"
    confirmed = not (changed or silence) and same_commit(live, before["expected"])
    run.shared.put("commit-after", {"live": live, "confirmed": confirmed, "void": void if changed else None})
    if changed or silence:
        raise CouldNotTell(
            f"{before['live'][:12]} still live after the last check",
            changed or silence,
            "let the deploy finish and run postdeploy again"
            if changed
            else "the app stopped answering while the checks ran: look at its log",
            cause=Cause.THIRD_PARTY,
        )


def _asked_again(check: Check, run: Run, version: Version) -> Reading:
    """The version endpoint's answer; what passes is asked again a few times."""
    base_url = str(run.base_url)
    with httpx.Client(
        timeout=check.patience.of(5.0), trust_env=not is_loopback(base_url), verify=trust_store()
    ) as http:
        for pause_s in (0.5, 1.0, 2.0):
            reading = read_version(http, base_url, version)
            if reading.commit or not reading.passing or reading.silent:
                break
            check.attempts += 1
            time.sleep(pause_s)
    return reading


@closing("logs.run")
def logs_of_the_run(check: Check, run: Run) -> None:
    """What the journeys provoked in the logs is a finding even if every page looked right."""
    render_key(run)
    with check.step("Read the logs of this run's own minutes"), open_render(run) as render:
        lines = [
            line.message for line in render.logs(run.began, dt.datetime.now(dt.UTC), types=["app"]).lines
        ]
    check.examined(len(lines), "log lines")
    found = judge(lines, run.target.logs).forbidden
    if found:
        check.attach_text("Log", "\n".join(lines[-200:]), kind="log")
    check.no_findings(found, expected="no forbidden line in the logs while the checks ran")
