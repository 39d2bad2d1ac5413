"""The journal: whatever a run creates is written down before it is created, and accounted for afterwards.

One JSON object per line, appended and flushed to disk. A record goes through `planned` (before the create),
`created` (number and address known) and `closed` (re-read and shown to be out of the way).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """The newest state of one created thing. `url` is where it can be read, None when never learned."""

    key: str
    kind: str
    state: str
    tag: str
    number: str | None = None
    url: str | None = None
    note: str = ""


class Journal:
    """Append-only file of a run's creations."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def plan(self, key: str, kind: str, tag: str) -> None:
        """Write down that a thing carrying `tag` is about to be created."""
        self._append(key=key, kind=kind, state="planned", tag=tag)

    def created(self, key: str, number: str, url: str) -> None:
        """Write down how the created thing can be found again."""
        self._append(key=key, state="created", number=number, url=url)

    def closed(self, key: str, note: str) -> None:
        """Write down that the thing was re-read and is out of the way; `note` says what was seen."""
        self._append(key=key, state="closed", note=note)

    def entries(self) -> list[Entry]:
        """Newest state of everything, oldest first. A line cut off by a crash is passed over."""
        merged: dict[str, dict[str, str]] = {}
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8").splitlines():
                try:
                    event = json.loads(line)
                except json.JSONDecodeError:
                    continue
                merged[event["key"]] = {**merged.get(event["key"], {}), **event}
        return [Entry(**event) for event in merged.values() if "kind" in event]

    def open(self) -> list[Entry]:
        """What is not yet accounted for."""
        return [entry for entry in self.entries() if entry.state != "closed"]

    def _append(self, **event: str) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(event, ensure_ascii=False) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
