"""What set-up says on the terminal: one line a step, coloured only where a person looks at it."""

from __future__ import annotations

import os
import sys


def say(text: str) -> None:
    """One step, as it begins."""
    print(_label("setup:", "36"), text, flush=True)


def complain(text: str) -> None:
    """Why set-up stops, with the ways out, on standard error."""
    print(_label("setup:", "31"), text, file=sys.stderr, flush=True)


def _label(text: str, colour: str) -> str:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb" or not sys.stdout.isatty()
    return text if plain else f"\033[1;{colour}m{text}\033[0m"
