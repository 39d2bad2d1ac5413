"""Where a run writes: its own folder, never used twice, and `latest/<stage>/`, which shows the newest run."""

from __future__ import annotations

import datetime as dt
import json
import re
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock

from gate.inputs import InputError
from gate.redact import Scrubber
from gate.report.html import page
from gate.report.junit import junit_xml
from gate.verdict import Verdict

REPORT, VERDICT, JUNIT = "report.html", "verdict.json", "junit.xml"
# Words and references of the gate's own making. A secret that happens to equal one (a password "admin") must
# not break what programs read.
_WORDS = {"schema", "verdict", "cause", "next", "stage", "beside", "severity", "outcome", "kind"}
_REFERENCES = {"run_id", "id", "section", "root_causes", "blocked_by", "nodeid", "path", "environment"}
_TIMES = {"started_at", "finished_at"}
_STRUCTURE = _WORDS | _REFERENCES | _TIMES


def run_folder(base: Path, stage: str, started: dt.datetime, commit: str | None, run_id: str) -> Path:
    """A new folder `base/<stage>/<UTC time>-<commit>-<run id>/`; raises InputError when it cannot be made."""
    time = started.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")
    name = f"{time}-{_in_a_name(commit or '')[:7] or 'nocommit'}-{_in_a_name(run_id)}"
    for count in range(1, 100):
        folder = base / stage / (name if count == 1 else f"{name}-{count}")
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            continue
        except OSError as error:
            problem = f"{folder}: cannot be created ({error.strerror}); give another folder with --report-dir"
            raise InputError([problem]) from None
        return folder
    raise InputError([f"{base / stage / name}: exists already, 99 times; start the run again"])


def write_unfinished(verdict: Verdict, folder: Path, scrub: Scrubber) -> Verdict:
    """Say on disk that the run has not ended: once when it starts, and again as checks come in.

    Cheap: pictures are referred to, not read. Returns the verdict as written.
    """
    clean = scrubbed(verdict, scrub)
    _replace(folder / VERDICT, _json(clean))
    _replace(folder / REPORT, page([clean], folder).encode())
    show_latest(folder, clean)
    return clean


def write(verdict: Verdict, folder: Path, scrub: Scrubber) -> Verdict:
    """Write verdict.json, junit.xml and report.html of a run that ended; returns the verdict as written.

    Each file replaces what stood there at once, verdict.json last: who reads it GO finds the others complete.
    """
    clean = scrubbed(verdict, scrub)
    _replace(folder / JUNIT, junit_xml(clean))
    _replace(folder / REPORT, page([clean], folder).encode())
    _replace(folder / VERDICT, _json(clean))
    show_latest(folder, clean)
    return clean


def show_latest(folder: Path, verdict: Verdict) -> None:
    """Copy the run's files to `latest/<stage>/`, unless a run that started later is shown there."""
    latest = folder.parent.parent / "latest" / verdict.stage
    latest.mkdir(parents=True, exist_ok=True)
    with FileLock(latest.with_name(f".{verdict.stage}.lock")):
        if _started(latest / VERDICT) > _moment(verdict.started_at):
            return
        for name in (JUNIT, REPORT, VERDICT):
            if (folder / name).is_file():
                _replace(latest / name, (folder / name).read_bytes())
            else:
                (latest / name).unlink(missing_ok=True)


def pass_on_page(page: Path, folders: Mapping[str, Path], verdicts: Sequence[Verdict]) -> None:
    """Make a finished page the report.html of each of the run's folders and of `latest/`."""
    content = page.read_bytes()
    for verdict in verdicts:
        _replace(folders[verdict.stage] / REPORT, content)
        show_latest(folders[verdict.stage], verdict)


def scrubbed(verdict: Verdict, scrub: Scrubber) -> Verdict:
    """The verdict without secrets in any text that a check, the target or a user wrote."""
    return Verdict.model_validate(_scrubbed(verdict.model_dump(by_alias=True), scrub))


def _scrubbed(value: Any, scrub: Scrubber) -> Any:
    if isinstance(value, dict):
        return {key: item if key in _STRUCTURE else _scrubbed(item, scrub) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_scrubbed(item, scrub) for item in value)
    return scrub(value) if isinstance(value, str) else value


def _json(verdict: Verdict) -> bytes:
    return (verdict.model_dump_json(by_alias=True, indent=2) + "\n").encode()


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        unfinished.write_bytes(content)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _started(path: Path) -> dt.datetime:
    try:
        return _moment(json.loads(path.read_bytes())["started_at"])
    except (OSError, ValueError, KeyError, TypeError):
        return dt.datetime.min.replace(tzinfo=dt.UTC)


def _moment(timestamp: str) -> dt.datetime:
    return dt.datetime.fromisoformat(timestamp).astimezone(dt.UTC)


def _in_a_name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.]+", "-", text).strip("-.")
