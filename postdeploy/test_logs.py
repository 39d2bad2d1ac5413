"""Revisar logs de arranque: since the deploy no forbidden line, and the line that says the server started."""

import datetime as dt
import time
from typing import Any

import pytest

from gate.recorder import Check
from gate.run import Run
from gate.services.logs import judge
from gate.services.render import LogLine, Render
from gate.target import Target

pytestmark = pytest.mark.postdeploy


@pytest.mark.check("logs.boot")
def test_the_boot_logs_are_clean(
    check: Check, run: Run, target: Target, render: Render, deploy: dict[str, Any]
) -> None:
    start = dt.datetime.fromisoformat(deploy["since"])
    with check.step("Read the logs since the deploy"):
        lines = _read(check, render, start, target)
    check.examined(len(lines), "log lines")
    check.attach_text("Boot log", "\n".join(line.message for line in lines[:200]), kind="log")
    verdict = judge([line.message for line in lines], target.logs)
    check.no_findings(verdict.forbidden, expected="no forbidden line in the boot logs")
    check.expect(
        not verdict.missing,
        expected=f"a line matching {', '.join(verdict.missing)}",
        observed=f"none in {len(lines)} lines since {start:%H:%M:%S} UTC",
        hint="the server never said that it started: look at the deploy's log on Render",
    )


def _read(check: Check, render: Render, start: dt.datetime, target: Target) -> tuple[LogLine, ...]:
    """Logs arrive late: read again until the required lines are there or time is up."""
    end = time.monotonic() + target.logs.within_s
    while True:
        lines = render.logs(start, dt.datetime.now(dt.UTC), types=["app"]).lines
        verdict = judge([line.message for line in lines], target.logs)
        if verdict.forbidden or not verdict.missing or time.monotonic() > end:
            return lines
        check.attempts += 1
        time.sleep(1.0)
