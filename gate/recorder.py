"""The `check` fixture: a check tells here what it does, how much it examined and what it saw."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from gate.deadline import Patience
from gate.redact import Scrubber
from gate.results import Evidence, Failed, Finding, Step


class Check:
    """Records one check: steps with times, evidence, the number examined, findings.

    Use:
        with check.step("Search for the number"):
            hits = shipments.search(number)
        check.examined(len(hits), "rows")
        check.expect(hits == [number], expected=f"exactly {number}", observed=str(hits), hint="...")
    """

    def __init__(self, id: str, folder: Path, scrub: Scrubber, patience: Patience | None = None) -> None:
        self.id = id
        self.folder = folder
        self.steps: list[Step] = []
        self.evidence: list[Evidence] = []
        self.count = 0
        self.unit = ""
        self.attempts = 1
        self.on_trouble: list[Callable[[], None]] = []
        self.scrub = scrub
        self.patience = patience or Patience()
        self._began = time.monotonic()

    @contextmanager
    def step(self, title: str) -> Iterator[None]:
        """Time one action and record whether it held."""
        started = time.monotonic()
        ok = False
        try:
            yield
            ok = True
        finally:
            if not ok:
                self.look()
            self.add_step(title, started - self._began, time.monotonic() - started, ok)

    def look(self) -> None:
        """Let whoever can (an open browser page) add what is to be seen now; each is asked once."""
        while self.on_trouble:
            self.on_trouble.pop()()

    def add_step(self, title: str, started_s: float, duration_s: float, ok: bool) -> None:
        """Record an action that was timed elsewhere (seconds from the check's start, seconds)."""
        self.steps.append(
            Step(
                title=self.scrub(title), started_s=round(started_s, 3), duration_s=round(duration_s, 3), ok=ok
            )
        )

    def examined(self, count: int, unit: str) -> None:
        """Say how much was looked at (rows, routes, log lines, pages). Zero never passes."""
        self.count += count
        self.unit = unit

    def expect(self, held: bool, *, expected: str, observed: str, hint: str = "") -> None:
        """Fail the check unless `held`."""
        if not held:
            raise Failed(expected, observed, hint)

    def no_findings(self, findings: Sequence[Finding], *, expected: str, hint: str = "") -> None:
        """Fail the check with all findings at once; an empty list is fine."""
        if findings:
            first = findings[0]
            more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
            # No colon: "FLASK_SECRET_KEY: ..." would be scrubbed as a secret and its value.
            observed = f"{first.place} - {first.observed}{more}"
            raise Failed(expected, observed, hint or first.hint, findings=findings)

    def attach_text(self, title: str, text: str, kind: Literal["text", "log", "mail"] = "text") -> None:
        """Keep a text as evidence; long ones are cut in the middle, the gate's own lists later than logs."""
        text = self.scrub(text)  # before it is cut: half of a secret is known by nothing
        most = 100_000 if kind == "text" else 20_000
        if len(text) > most:
            last = most // 4
            text = f"{text[: most - last]}\n[... {len(text) - most} characters left out ...]\n{text[-last:]}"
        self.evidence.append(Evidence(kind=kind, title=self.scrub(title), text=text))

    def attach_image(
        self, title: str, image: bytes, kind: Literal["screenshot", "pdf_page"] = "screenshot"
    ) -> None:
        """Keep a PNG or JPEG picture as evidence."""
        ending = "png" if image.startswith(b"\x89PNG") else "jpg"
        told = self.scrub(f"{self.id}-{len(self.evidence) + 1}-{title}").lower()
        name = re.sub(r"[^a-z0-9]+", "-", told)[:80].strip("-")
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / f"{name}.{ending}").write_bytes(image)
        self.evidence.append(
            Evidence(kind=kind, title=self.scrub(title), path=f"{self.folder.name}/{name}.{ending}")
        )
