"""Options that every browser context of the gate has."""

from __future__ import annotations

from typing import Any

from gate import __version__
from gate.run import Run


def context_args(run: Run, browser_version: str) -> dict[str, Any]:
    """Options of every browser context of the gate."""
    return {
        "base_url": run.base_url,
        "locale": run.target.language,
        "timezone_id": run.target.timezone,
        "user_agent": f"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/{browser_version} Safari/537.36 "
        f"release-gate/{__version__} ({run.run_id})",
    }
