"""The commit that is judged: found live once per run, before anything else is asked of the app."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from gate.hosting import open_render, render_key, second_word
from gate.recorder import Check
from gate.results import Blocked, CheckStopped
from gate.run import Run
from gate.services.reach import SETTLE_S, reach
from gate.services.revision import (
    Silent,
    agreeing_version,
    no_commit_known,
    nothing_to_ask,
    since,
    wait_for_deploy,
)

OWNER, ANSWERS = "commit.live", "target.answers"
Say = Callable[[str], None]
Facts = dict[str, Any]


def deploy(run: Run, check: Check, say: Say) -> Facts | None:
    """Render's deploy of the expected commit, live: its id, commit and the start of its logs.

    None for an app that Render does not run.
    """
    target = run.target.render
    if target is None:
        return None

    def produce() -> Facts:
        render_key(run)
        with check.step("Ask Render for the deploy"), open_render(run) as render:
            found = wait_for_deploy(
                render,
                run.commit,
                target.deploy_within_s,
                say,
                listed_within_s=target.listed_within_s,
                keep=lambda title, text: check.attach_text(title, text, kind="log"),
            )
        check.patience.start_anew()
        return {"id": found.id, "commit": found.commit, "since": since(found, run.began).isoformat()}

    return run.shared.get("deploy", OWNER, check, produce)


def live(run: Run, check: Check, say: Say) -> Facts:
    """The commit that is live, as Render and the app agree; `reads` counts both, `at` is when they did (epoch, s)."""
    found = deploy(run, check, say)

    def produce() -> Facts:
        commit, version = (found or {}).get("commit"), run.target.version
        expected = run.commit or commit
        if found is None and version is None:
            raise nothing_to_ask()
        if not expected:
            raise no_commit_known()
        reads, seen = 0, []
        if version is not None:
            with check.step("Ask the app which commit it runs"):
                try:
                    agreed = agreeing_version(
                        str(run.base_url),
                        version,
                        expected,
                        run.run_id,
                        say,
                        check.patience.of(version.swap_window_s),
                    )
                except Silent as nothing:
                    check.attach_text("Answers of the version endpoint", str(nothing))
                    raise Blocked(ANSWERS) from None
            commit, reads, seen = agreed.commit, agreed.asked, list(agreed.seen)
        check.patience.start_anew()
        asked = reads + (found is not None)
        return {"expected": expected, "live": commit, "reads": asked, "seen": seen, "at": time.time()}

    return run.shared.get("commit", OWNER, check, produce)


def settled(run: Run, check: Check, say: Say) -> bool:
    """Wait until it is known which commit answers, so that no check judges the version before it.

    Returns whether the swap of instances was waited for. Raises Blocked when another commit than the expected one
    serves; where it cannot be told the checks go on, and commit.live says so.
    """
    if run.no_commit or "postdeploy" not in run.stages:
        return False
    try:
        live(run, check, say)
    except CheckStopped as stop:
        if run.shared.failed("deploy") or run.shared.failed("commit"):
            raise stop
    return True


def in_the_way(run: Run) -> str | None:
    """The check that already found why nothing can be asked of the app; None while nothing is known to stand so."""
    if run.shared.failed("deploy") or run.shared.failed("commit"):
        return OWNER
    return run.shared.stopped_by("answers", ANSWERS)


def answering(run: Run, check: Check, say: Say) -> Facts:
    """The sign-in page answers: its status and milliseconds. Asked once per run, after the commit is settled."""

    def produce() -> Facts:
        swapped = settled(run, check, say)
        return reach(
            str(run.base_url),
            run.target.login.path,
            run.run_id,
            check.patience.of(run.environment.wakes_within_s),
            settle_s=0.0 if swapped and run.target.version else SETTLE_S,
            witness=lambda: second_word(run),
            say=say,
        )

    return run.shared.get("answers", ANSWERS, check, produce)
