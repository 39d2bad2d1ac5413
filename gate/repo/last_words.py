"""Why foreign code ended, from what it printed: its last error, where in the app it came from, and what to do."""

from __future__ import annotations

import re
from pathlib import Path

from gate.repo.processes import Ran

# By the name that Python gives most of them, or by that of a class in a module, as database drivers have them.
_ERROR = re.compile(
    r"^(\w[\w.]*(?:Error|Exception|Exit)\b.*|[a-z_]\w*(?:\.[a-z_]\w*)*\.[A-Z]\w*: .*)$", re.MULTILINE
)


def last_error(ran: Ran, source: Path) -> str:
    """The exception that a traceback ends with and the app's own line it came from, else what was said last."""
    errors = _ERROR.findall(ran.output)
    if not errors:
        lines = ran.output.strip().splitlines()
        return f"exit {ran.code}: {lines[-1] if lines else 'no output'}"
    own = re.findall(rf'File "{re.escape(str(source))}/([^"]+)", line (\d+)', ran.output)
    return f"{':'.join(own[-1])} - {errors[-1]}" if own else errors[-1]


def advice(output: str, source: Path) -> str:
    """What to do about the usual reasons, for an app in the folder `source`."""
    if found := re.search(r"No module named '([\w.]+)'", output):
        top, _, inside = found[1].partition(".")
        if inside and any((root / top).is_dir() for root in (source, source / "src")):
            return f"{found[1]} would be the app's own: commit the missing file, or correct its name"
        return f"add the package that provides {found[1]} to the requirements, or commit the missing file"
    if found := re.search(r"^KeyError: '([A-Z][A-Z0-9_]+)'", output, re.MULTILINE):
        return f"the app does not load without {found[1]}: declare it under [variables], and set it on Render"
    return "the whole output stands below; the same command shows it in an empty environment"
