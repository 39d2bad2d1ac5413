"""After the last check: the deploy did not change under the run, and the journeys left no error in the logs."""

import datetime as dt
from contextlib import suppress
from urllib.parse import urljoin

import httpx

from gate.closing import closing
from gate.commit_lock import in_the_way
from gate.hosting import log_source, open_render
from gate.polling import polled
from gate.recorder import Check
from gate.results import Blocked, Cause, CouldNotTell
from gate.run import Run
from gate.services.http import is_loopback, trust_store
from gate.services.logs import judge, restarts
from gate.services.logsource import LogSource
from gate.services.reach import ask
from gate.services.render import LogLine
from gate.services.revision import Reading, read_version, same_commit
from gate.target import Version
from gate.user_agent import user_agent

ASKED_AGAIN_S = 1.5
ROUNDED = dt.timedelta(seconds=1)  # times in logs are often whole seconds


@closing("commit.unchanged")
def commit_unchanged(check: Check, run: Run) -> None:
    """The commit found live before the checks is live after them."""
    before = run.shared.peek("commit")
    if before is None:
        raise Blocked("commit.live")
    live, deploy, witnesses = before["live"], run.shared.peek("deploy"), 0
    silence = changed = ""
    if check.patience.hangs:
        silence = f"{check.patience.hangs} found the app hanging"
    elif run.target.version is not None:
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
        timeout=check.patience.of(5.0),
        headers={"User-Agent": user_agent(run.run_id)},
        trust_env=not is_loopback(base_url),
        verify=trust_store(),
    ) as http:
        return polled(
            check,
            lambda: read_version(http, base_url, version),
            lambda reading: bool(reading.commit) or not reading.passing or reading.silent,
            ASKED_AGAIN_S,
            first_s=0.5,
            most_s=1.0,
        )


@closing("logs.run")
def logs_of_the_run(check: Check, run: Run) -> None:
    """What the journeys provoked in the logs is a finding even if every page looked right."""
    source, logs, since = log_source(run), run.target.logs, _judged_since(run)
    boot = run.shared.peek("boot-log") or {}
    with check.step("Read the logs of this run's own minutes"):
        lines = _all_of(check, run, source, since, int(boot.get("mark", 0)))
    texts = [line.message for line in lines]
    if not lines:
        # An app may log nothing while all is well: then its boot shows that the log is being read at all.
        deploy = run.shared.peek("deploy")
        lines = source.of_the_boot(dt.datetime.fromisoformat(deploy["since"]) if deploy else run.began)
    check.examined(len(lines), "log lines")
    starts = {instance: dt.datetime.fromisoformat(at) for instance, at in boot.get("starts", {}).items()}
    # A run right after the deploy sees the server's own start in its window.
    last = max(starts.values(), default=None)
    again = [line for line in lines if last is None or line.at is None or line.at > last]
    found = judge(texts, logs).forbidden + restarts(again, logs, starts)
    if found:
        check.attach_text("Log", "\n".join(texts[-200:]), kind="log")
    check.no_findings(found, expected="no forbidden line and no restart in the logs while the checks ran")


def _judged_since(run: Run) -> dt.datetime:
    """When the checks began: what was logged while a deploy was waited for is the version before's."""
    live = run.shared.peek("commit")
    if live is None:
        return run.began
    return max(run.began, dt.datetime.fromtimestamp(live["at"], dt.UTC) - ROUNDED)


def _all_of(check: Check, run: Run, source: LogSource, since: dt.datetime, mark: int) -> tuple[LogLine, ...]:
    """Lines arrive late: a last request is sent, and the log read until its line is in, or time is up.

    An app that is known not to answer writes none.
    """
    if in_the_way(run) or check.patience.hangs:
        return source.of_the_run(since, mark)
    last = f"{run.run_id} last"
    asked = dt.datetime.now(dt.UTC)
    with suppress(httpx.HTTPError):
        base_url = str(run.base_url)
        page = urljoin(base_url.rstrip("/") + "/", run.target.login.path.lstrip("/"))
        ask(page, user_agent(last), check.patience.of(5.0))
    return polled(
        check,
        lambda: source.of_the_run(since, mark),
        lambda lines: any(last in line.message or (line.at and line.at >= asked) for line in lines),
        check.patience.of(run.target.logs.late_s),
        first_s=0.1,
        most_s=4.0,
    )
