"""The text of a pull request: does it say what changes, why, and with which impact? Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from gate.results import Finding

# Words of a heading, without accents and capitals, that announce each part; Spanish and English.
PARTS = {
    "what": (
        "que", "cambio", "cambios", "descripcion", "resumen",
        "what", "change", "changes", "description", "summary",
    ),
    "why": (
        "por que", "porque", "motivo", "motivos", "motivacion", "razon", "razones", "contexto",
        "why", "reason", "reasons", "motivation", "rationale", "context", "background",
    ),
    "impact": (
        "impacto", "impactos", "riesgo", "riesgos", "alcance", "efectos", "consecuencias",
        "impact", "impacts", "risk", "risks", "effects", "consequences",
    ),
}  # fmt: skip
_HEADINGS = {
    "what": "## Qué cambia (or ## What)",
    "why": "## Por qué (or ## Why)",
    "impact": "## Impacto (or ## Impact)",
}
# What people write where they mean to write later. "none" is an answer: a change may have no impact.
_NOTHING = {"", "na", "n a", "tbd", "todo", "fixme", "pendiente", "por completar", "completar", "xxx", "wip"}
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_ATX = re.compile(r" {0,3}(#{1,6})[ \t]+(.*?)[ \t#]*$")
_BOLD = re.compile(r"\s*(?:\*\*|__)([^*_]+?)(?:\*\*|__)\s*:?\s*(.*)$")
_LABEL = re.compile(r"\s*(?:[-*]\s+)?([^\W\d_][^:`]{0,30}):(?:\s+(.*)|)$")
_FENCE = re.compile(r" {0,3}(```|~~~)")
_LEVEL_OF_WORDS = 7


@dataclass(frozen=True)
class Heading:
    """A line that announces what follows. `level` is 1 to 6, 7 for a bold word or a label; `rest` stands beside it."""

    level: int
    text: str
    rest: str = ""


def missing(text: str, templates: Sequence[str], place: str = "pull request") -> list[Finding]:
    """What the text does not say. `templates` are the repository's own: what stands there nobody wrote for this."""
    written = without_comments(text)
    if not _words(written):
        return [_finding("empty", place, "a text", "it is empty")]
    for template in templates:
        if _words(without_comments(template)) == _words(written):
            return [_finding("template", place, "the template filled in", "it is the untouched template")]
    given = {_plain(line) for template in templates for line in without_comments(template).splitlines()}
    parts = sections(written)
    findings = []
    for part, heading in _HEADINGS.items():
        if part not in parts:
            observed = "no such heading"
        elif not any(_says_something(line, given) for line in parts[part]):
            observed = "nothing is written below its heading"
        else:
            continue
        findings.append(_finding(part, place, f"{part}: {heading} with a text below it", observed))
    return findings


def without_comments(text: str) -> str:
    """The text as GitHub shows it: HTML comments are hidden, also one that is never closed."""
    return _COMMENT.sub("", text.replace("\r\n", "\n"))


def sections(text: str) -> dict[str, list[str]]:
    """The lines below the headings of each part; deeper headings belong to the one above them."""
    lines = list(_lines(text))
    found: dict[str, list[str]] = {}
    for rank, line in enumerate(lines):
        if not isinstance(line, Heading):
            continue
        for part in parts_of(line.text):
            found.setdefault(part, []).extend(_below(line, lines[rank + 1 :]))
    return found


def _below(heading: Heading, following: Sequence[str | Heading]) -> list[str]:
    inside = takewhile(lambda one: isinstance(one, str) or one.level > heading.level, following)
    return [heading.rest, *(one for one in inside if isinstance(one, str))]


def parts_of(heading: str) -> list[str]:
    """The parts that a heading announces: "Qué y por qué" announces two."""
    pieces = re.split(r"\s+(?:y|e|and)\s+|[/,&+]", _plain(heading, keep="/,&+"))
    return list(dict.fromkeys(part for piece in pieces if (part := _part(piece))))


def _part(piece: str) -> str:
    """The part whose word comes first; of "por que" and "que" the longer one."""
    hits = [
        (found.start(), -len(word), part)
        for part, words in PARTS.items()
        for word in words
        if (found := re.search(rf"\b{word}\b", piece))
    ]
    return min(hits)[2] if hits else ""


def _lines(text: str) -> Iterator[str | Heading]:
    """The lines, those that are headings as such; inside of a code block none is."""
    fence = ""
    for line in text.splitlines():
        if mark := _FENCE.match(line):
            fence = "" if fence == mark[1] else fence or mark[1]
        elif not fence:
            if atx := _ATX.match(line):
                yield Heading(len(atx[1]), atx[2])
                continue
            if (said := _BOLD.match(line) or _LABEL.match(line)) and parts_of(said[1]):
                yield Heading(_LEVEL_OF_WORDS, said[1], said[2] or "")
                continue
        yield line


def _says_something(line: str, given: set[str]) -> bool:
    """Whether a person wrote something there: no template's line, no placeholder, no box left unticked."""
    bare = line.strip()
    if re.match(r"[-*]\s+\[ \]", bare) or re.fullmatch(r"<[^>]*>|\[[^\]]*\]", bare):
        return False
    plain = _plain(bare)
    return plain not in given and plain not in _NOTHING


def _plain(text: str, keep: str = "") -> str:
    """Without accents, capitals and signs (but those to `keep`), words one blank apart."""
    bare = "".join(
        char for char in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(char)
    )
    return " ".join("".join(char if char.isalnum() or char in keep else " " for char in bare).split())


def _words(text: str) -> list[str]:
    return _plain(text).split()


def _finding(id: str, place: str, expected: str, observed: str) -> Finding:
    return Finding(
        id=f"change.note_{id}",
        place=place,
        expected=expected,
        observed=observed,
        hint="write what changes, why, and what it has an impact on, each below a heading of its own",
    )
