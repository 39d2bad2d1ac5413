"""One wrong thing, as a person can act on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Trouble:
    """What is wrong (`reason`) at `key` of `file`, and what to do. `picture` is a screenshot of that moment.

    With `note` it is worth knowing, and nothing has to be done about it.
    """

    file: str
    key: str
    reason: str
    remedy: str
    picture: Path | None = None
    note: bool = False

    def lines(self, rank: int) -> list[str]:
        """As shown on the terminal."""
        head = "note" if self.note else str(rank)
        shown = [f"{head:>4}  {self.file}: {self.key}", f"      {self.reason}"]
        if self.remedy:
            shown.append(f"      remedy: {self.remedy}")
        if self.picture:
            shown.append(f"      picture: {self.picture}")
        return shown


def from_sentence(sentence: str) -> Trouble:
    """From a sentence of gate.inputs: "file: key: reason; remedy"."""
    file, _, rest = sentence.partition(": ")
    said, semicolon, remedy = rest.rpartition("; ")
    if not semicolon:
        said, remedy = rest, ""
    key, colon, reason = said.partition(": ")
    if not colon or " " in key:
        key, reason = "the file", said
    return Trouble(file, key, reason, remedy)
