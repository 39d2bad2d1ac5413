"""What Playwright records when it is asked to (--tracing, --video, --screenshot): scrubbed, kept, and told of.

It writes into the run's private folder; what is kept of that stands in the run's evidence.
"""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest

from gate.browser.recordings import keep_trace
from gate.recorder import Check
from gate.run import Run

NO_OUTPUT = "--output: what Playwright records goes into the run's folder, below evidence/; leave it out"
_OURS = "playwright_"  # the properties by which pytest-playwright names its files


def output_of(run: Run, process: str) -> str:
    """Where pytest-playwright writes; each process wipes its own."""
    return str(run.private / "playwright" / process)


def keep_recordings(report: pytest.TestReport, recorder: Check | None, run: Run, began_in: Path) -> None:
    """Take the recordings that a report names, as Playwright left them, into the evidence of the check.

    `began_in` is the folder in which pytest was started.
    """
    named = [(name, str(path)) for name, path in report.user_properties if name.startswith(_OURS)]
    if not named:
        return
    report.user_properties = [one for one in report.user_properties if not one[0].startswith(_OURS)]
    shown: Any = report  # pytest-html's, where a user asked for a page of it
    shown.extras = [one for one in getattr(report, "extras", []) if one.get("name") != "Trace"]
    for name, path in named:
        if recorder is not None:
            _keep(name.removeprefix(_OURS), began_in / path, recorder, run)


def _keep(kind: str, recorded: Path, recorder: Check, run: Run) -> None:
    kept = recorder.folder / f"{recorder.id}-{recorded.name}"
    told = f"{kept.parent.name}/{kept.name}"
    try:
        recorder.folder.mkdir(parents=True, exist_ok=True)
        if kind == "screenshot":
            recorder.attach_image(recorded.stem, recorded.read_bytes())
            return
        if kind == "trace":
            left_out = keep_trace(recorded, kept, run.scrub)
            told += f"\nopen it with: playwright show-trace {told}"
            told += "".join(f"\nleft out, since it could not be scrubbed: {name}" for name in left_out)
        else:
            kept.write_bytes(recorded.read_bytes())
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        kept.unlink(missing_ok=True)
        told = f"it could not be kept: {type(error).__name__}: {error}"
    recorder.attach_text(f"Recorded {kind}", told)
