"""Secrets in the commits of a branch and their messages: also what a later commit removed, since history keeps it."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from detect_secrets.filters.allowlist import is_line_allowlisted
from detect_secrets.util.code_snippet import get_code_snippet

from gate.repo.added import MESSAGE, AddedFile, AddedLine, added, messages
from gate.repo.candidate import Candidate
from gate.repo.secret_rules import is_secret_file, secrets_in
from gate.results import Finding

BASELINE = ".secrets.baseline"
LONGEST = 100_000
PIECE, OVERLAP = 4000, 400
_GENERATED = (".lock", ".min.js", ".min.css", ".map", ".svg", "package-lock.json", BASELINE)
_FATE = {True: "there at HEAD", False: "removed later, but in the history"}
_REMEDY = (
    "revoke it where it was issued, put the new one into a variable, and take it out of the branch's history "
    "(git rebase); a false alarm is allowed by `# pragma: allowlist secret - WHY` on its line, or by an entry with a "
    f'"reason" in {BASELINE}'
)
_PRAGMA = re.compile(r"pragma: ?(?:allow|white)list(?:[ -]nextline)?[ -]secret(.*)")
# A value on the line after its name: `KEY = (`, or keys and values as render.yaml and Kubernetes list them.
_BEGUN = re.compile(r"(.*=)\s*[(\\]?\s*$")
_KEY = re.compile(r"\W*(?:key|name)\W+(\w+)\W*$")
_VALUE = re.compile(r"\W*value[\"']?\s*[:=]\s*(.+)")
_WORD = re.compile(r"[^\W\d_]{3,}")


@dataclass(frozen=True)
class SecretScan:
    """What was found, how many commits and added lines were read, what was allowed why, and what could not be read."""

    findings: tuple[Finding, ...]
    commits: int
    lines: int
    allowed: tuple[str, ...]
    unread: tuple[str, ...]


def scan_commits(candidate: Candidate) -> SecretScan:
    """Read every line that base..HEAD adds, and its messages. A secret is told once per file, at its first commit."""
    baseline = _baseline(candidate)
    allowed: list[str] = []
    told: set[tuple[str, str]] = set()
    findings: list[Finding] = []
    unread: list[str] = []
    lines, secret_files = 0, set()
    of_commits = (candidate.git, candidate.base, candidate.head)
    for thing in chain(messages(*of_commits), added(*of_commits)):
        if isinstance(thing, AddedFile):
            if is_secret_file(thing.path) and thing.path not in secret_files:
                secret_files.add(thing.path)
                findings.append(_file_finding(thing, candidate))
            elif thing.binary:
                unread.append(f"{thing.commit[:7]}:{thing.path} (binary)")
            continue
        lines += 1
        if thing.path in secret_files or thing.path.endswith(_GENERATED):
            continue
        if len(thing.text) > LONGEST:
            unread.append(f"{thing.place} ({len(thing.text)} characters)")
            continue
        pragma = _pragma(thing)
        for kind, secret in _in_pieces(thing):
            mark = hashlib.sha1(secret.encode(), usedforsecurity=False).hexdigest()
            if (thing.path, mark) in told:
                continue
            # Where two allow it, one that says why is enough.
            excuses = [one for one in (pragma, baseline.get((thing.path, mark))) if one is not None]
            reason = next((one for one in excuses if _WORD.search(one) and secret not in one), "")
            if reason:
                allowed.append(f"{thing.place}: {kind}, allowed: {reason}")
                continue
            told.add((thing.path, mark))
            findings.append(_line_finding(thing, kind, secret, candidate, unreasoned=bool(excuses)))
    return SecretScan(tuple(findings), len(candidate.commits), lines, tuple(allowed), tuple(unread))


def _in_pieces(line: AddedLine) -> Iterator[tuple[str, str]]:
    """The secrets of a line. A long one is read in overlapping pieces, which patterns get through in time."""
    for begin in range(0, max(1, len(line.text)), PIECE):
        yield from secrets_in(line.path, line.text[begin : begin + PIECE + OVERLAP])
    if len(line.text) + len(line.above) <= PIECE and (whole := _with_its_name(line)):
        yield from secrets_in(line.path, whole)


def _with_its_name(line: AddedLine) -> str:
    """A value together with its name, where that stands on the line above; empty where it does not."""
    if (begun := _BEGUN.match(line.above)) and not line.above.lstrip().startswith(("#", "//")):
        return f"{begun[1]} {line.text.strip()}"
    key, value = _KEY.match(line.above), _VALUE.match(line.text)
    return f"{key[1]}: {value[1]}" if key and value else ""


def _pragma(line: AddedLine) -> str | None:
    """What the pragma that allows the line says besides, such as why; None where none allows it."""
    # Both pragmas hold the word; this spares the patterns for all other lines.
    if "pragma" not in line.text and "pragma" not in line.above:
        return None
    if not is_line_allowlisted(line.path, line.text, get_code_snippet([line.above, line.text], 2)):
        return None
    said = _PRAGMA.search(line.text) or _PRAGMA.search(line.above)
    return said[1].strip(" -:#*/<>") if said else ""


def _line_finding(
    line: AddedLine, kind: str, secret: str, candidate: Candidate, *, unreasoned: bool
) -> Finding:
    now = _at_head(candidate, line.path)
    fate = "in the history" if line.path == MESSAGE else _FATE[now is not None and secret in now]
    if unreasoned:
        fate += ", allowed without a reason"
    return Finding(
        id="secrets.line",
        place=line.place,
        expected="no secret in any commit of the branch",
        observed=f"{kind} ({len(secret)} characters), {fate}",
        hint=_REMEDY,
    )


def _file_finding(file: AddedFile, candidate: Candidate) -> Finding:
    return Finding(
        id="secrets.file",
        place=f"{file.commit[:7]}:{file.path}",
        expected="no file of secrets in any commit of the branch",
        observed=f"committed, {_FATE[_at_head(candidate, file.path) is not None]}",
        hint="revoke every secret in it, add it to .gitignore, and take it out of the history (git rebase)",
    )


def _at_head(candidate: Candidate, path: str) -> str | None:
    """A file of the repository (not of the app's folder alone) at HEAD."""
    if path.startswith(candidate.prefix):
        return candidate.text(path.removeprefix(candidate.prefix))
    return None


def _baseline(candidate: Candidate) -> Mapping[tuple[str, str], str]:
    """(path, SHA-1 of the secret) that detect-secrets' own baseline file allows, with the entry's `reason`."""
    text = candidate.text(BASELINE)
    if text is None:
        return {}
    try:
        results = json.loads(text)["results"]
        return {
            (candidate.prefix + path, entry["hashed_secret"]): str(entry.get("reason", ""))
            for path, entries in results.items()
            for entry in entries
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        # An unreadable baseline allows nothing.
        return {}
