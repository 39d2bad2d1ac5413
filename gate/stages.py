"""Which stages a pytest command line asks for. Pure."""

from __future__ import annotations

import re

from gate.checklist import STAGES, Stage

WAYS = """the gate runs one stage at a time; say which:
  pytest -m preflight [--app-dir=DIR]      before the merge: variables, dependencies, secrets, services
  pytest -m smoke --base-url URL           the browser journeys against a running app
  pytest -m postdeploy --base-url URL      after the deploy: the right commit, the logs, the journeys, the mail
(add --sandbox to try any of them on the embedded staging; pytest tests runs the gate's own tests)"""

WITHOUT_URL = """{stages} needs a running application, and the gate never guesses which. Two ways to go on:
  pytest -m {first} --base-url https://your-app.example     judges the application at that URL
  pytest -m {first} --sandbox                               judges the embedded staging, started and stopped for you"""

# A journey that smoke and postdeploy share is written once.
_FOLDERS: dict[Stage, tuple[str, ...]] = {
    "preflight": ("preflight",),
    "smoke": ("smoke",),
    "postdeploy": ("smoke", "postdeploy"),
}


def requested(markexpr: str) -> tuple[Stage, ...]:
    """Stages named in a -m expression, negated ones left out: each owes its whole checklist."""
    positive = re.sub(r"\bnot\s+\w+", "", markexpr)
    words = set(re.findall(r"\w+", positive))
    return tuple(stage for stage in STAGES if stage in words)


def idle_folders(stages: tuple[Stage, ...]) -> set[str]:
    """Folders in which no check of these stages stands; none where no stage is asked for."""
    at_work = {folder for stage in stages for folder in _FOLDERS[stage]}
    return {folder for folder in STAGES if folder not in at_work} if stages else set()


def needs_browser(stages: tuple[Stage, ...]) -> bool:
    """Whether any of the stages opens the application."""
    return any(stage != "preflight" for stage in stages)
