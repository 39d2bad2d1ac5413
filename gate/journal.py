"""The journal: whatever a run creates is written down before it is created, and accounted for afterwards.

One JSON object per line, appended and flushed to disk. A record goes through `planned` (before the create),
`created` (number and address known) and `closed` (re-read and shown to be out of the way).
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO


@dataclass(frozen=True)
class Entry:
    """The newest state of one created thing.

    `url` is where it can be read, None if never learned; `planned_at` is in seconds since 1970; `remains` tells
    a thing that is still there, out of the way, from one that is gone or never was.
    """

    key: str
    kind: str
    state: str
    tag: str
    planned_at: float = 0.0
    number: str | None = None
    url: str | None = None
    note: str = ""
    remains: bool = False

    @property
    def name(self) -> str:
        """How a person finds it: its number, else its mark."""
        return self.number or self.tag


class Journal:
    """Append-only file of a run's creations."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def plan(self, key: str, kind: str, tag: str) -> None:
        """Write down that a thing carrying `tag` is about to be created."""
        self._append(key=key, kind=kind, state="planned", tag=tag, planned_at=round(time.time(), 3))

    def created(self, key: str, number: str, url: str) -> None:
        """Write down how the created thing can be found again."""
        self._append(key=key, state="created", number=number, url=url)

    def closed(self, key: str, note: str, *, remains: bool = False) -> None:
        """Write down that the thing was re-read and is out of the way; `note` says what was seen."""
        self._append(key=key, state="closed", note=note, remains=remains)

    def entries(self) -> list[Entry]:
        """Newest state of everything, oldest first. A line cut off by a crash is passed over."""
        merged: dict[str, dict[str, str]] = {}
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    event = json.loads(line)
                    merged[event["key"]] = {**merged.get(event["key"], {}), **event}
                except (ValueError, TypeError, KeyError):
                    continue
        return [Entry(**event) for event in merged.values() if "kind" in event]  # type: ignore[arg-type]

    def open(self) -> list[Entry]:
        """What is not yet accounted for."""
        return [entry for entry in self.entries() if entry.state != "closed"]

    def _append(self, **event: object) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        line = json.dumps(event, ensure_ascii=False) + "\n"
        with self.path.open("a+b") as stream:
            # What a crash cut off must not swallow this line.
            if stream.tell() and not self._ends_a_line(stream):
                line = "\n" + line
            stream.write(line.encode())
            stream.flush()
            os.fsync(stream.fileno())

    @staticmethod
    def _ends_a_line(stream: BinaryIO) -> bool:
        stream.seek(-1, os.SEEK_END)
        return stream.read(1) == b"\n"
