"""Revisar logs de arranque: since the deploy no forbidden line, and the line that says the server started."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import pytest

from gate.hosting import log_source
from gate.polling import polled
from gate.recorder import Check
from gate.results import Cause, CouldNotTell
from gate.run import Run
from gate.services.logs import judge, last_starts, restarts
from gate.services.logsource import LogSource
from gate.services.render import LogLine
from gate.target import Logs, Target

pytestmark = pytest.mark.postdeploy

LOOKS_BACK = dt.timedelta(hours=1)


@pytest.mark.check("logs.boot")
def test_the_boot_logs_are_clean(
    check: Check, run: Run, target: Target, deploy: dict[str, Any] | None
) -> None:
    start = dt.datetime.fromisoformat(deploy["since"]) if deploy else run.began - LOOKS_BACK
    source, logs = log_source(run), target.logs
    mark = source.mark()
    with check.step("Read the logs since the deploy"):
        lines = _read(check, source, start, logs)
    starts = {instance: at.isoformat() for instance, at in last_starts(lines, logs).items()}
    run.shared.put("boot-log", {"mark": mark, "starts": starts})
    if not lines:
        raise CouldNotTell(
            "log lines of the boot",
            f"not one since {start:%H:%M:%S} UTC",
            "are logs kept there, and does the app write to its standard output?",
            cause=Cause.THIRD_PARTY,
        )
    check.examined(len(lines), "log lines")
    texts = [line.message for line in lines]
    check.attach_text("Boot log", "\n".join(texts[:200]), kind="log")
    verdict = judge(texts, logs)
    check.no_findings(
        verdict.forbidden + restarts(lines, logs),
        expected="no forbidden line and no restart in the boot logs",
    )
    check.expect(
        not verdict.missing,
        expected=f"a line matching {', '.join(verdict.missing)}",
        observed=f"none in {len(lines)} lines since {start:%H:%M:%S} UTC",
        hint="the server never said that it started: look at the deploy's log",
    )


def _read(check: Check, source: LogSource, start: dt.datetime, logs: Logs) -> Sequence[LogLine]:
    """Logs arrive late: read again, ever more seldom, until the required lines are there or time is up."""

    def enough(lines: Sequence[LogLine]) -> bool:
        verdict = judge([line.message for line in lines], logs)
        return bool(verdict.forbidden) or not verdict.missing

    return polled(
        check,
        lambda: source.of_the_boot(start),
        enough,
        check.patience.of(logs.within_s),
        first_s=0.5,
        most_s=8.0,
    )
