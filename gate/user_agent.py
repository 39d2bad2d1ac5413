"""The name under which the gate asks: in every request, so that an app's log tells whose it was and of which run."""

from __future__ import annotations

from gate import __version__


def user_agent(run_id: str) -> str:
    """The User-Agent of a plain request; a browser's own ends with it."""
    return f"release-gate/{__version__} ({run_id})"
