"""After the last check: the deploy did not change under the run, and the journeys left no error in the logs."""

import datetime as dt

import httpx

from gate.closing import closing
from gate.hosting import open_render, render_key
from gate.recorder import Check
from gate.results import Blocked, Cause, CouldNotTell
from gate.run import Run
from gate.services.http import is_loopback, trust_store
from gate.services.logs import judge
from gate.services.revision import read_version, same_commit


@closing("commit.unchanged")
def commit_unchanged(check: Check, run: Run) -> None:
    """The commit found live before the checks is live after them."""
    before = run.shared.peek("commit")
    if before is None:
        raise Blocked("commit.live")
    live, deploy, witnesses = before["live"], run.shared.peek("deploy"), 0
    trouble = ""
    if run.target.version is not None:
        with (
            check.step("Ask the app again"),
            httpx.Client(
                timeout=5, trust_env=not is_loopback(str(run.base_url)), verify=trust_store()
            ) as http,
        ):
            reading = read_version(http, str(run.base_url), run.target.version)
        live, trouble, witnesses = reading.commit, reading.trouble, witnesses + 1
    if deploy is not None:
        with check.step("Ask Render again"), open_render(run) as render:
            now = next((one for one in render.deploys(20) if not one.ended or one.live), None)
        witnesses += 1
        if now is None or now.id != deploy["id"]:
            trouble = (
                trouble
                or f"Render's newest deploy is now {now.id if now else 'none'} ({now.status if now else ''})"
            )
    check.examined(witnesses, "witnesses")
    changed = bool(trouble) or not same_commit(live, before["live"])
    observed = trouble or f"{str(live)[:12]} is live now"
    void = (
        f"{check.id}: the deploy changed during the run: {observed}; what was checked belongs to neither"
        if changed
        else None
    )
    run.shared.put(
        "commit-after",
        {"live": live, "confirmed": not changed and same_commit(live, before["expected"]), "void": void},
    )
    if changed:
        raise CouldNotTell(
            f"{before['live'][:12]} still live after the last check",
            observed,
            "let the deploy finish and run postdeploy again",
            cause=Cause.THIRD_PARTY,
        )


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
