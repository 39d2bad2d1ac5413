"""Options that every browser context of the gate has: in a run, and where there is no run yet."""

from __future__ import annotations

from typing import Any

from gate.run import Run
from gate.user_agent import user_agent


def context_args(run: Run, browser_version: str) -> dict[str, Any]:
    """Those of a run, in its target's language and time zone."""
    return context_options(
        run.base_url, run.run_id, browser_version, run.target.language, run.target.timezone
    )


def context_options(
    base_url: str | None, run_id: str, browser_version: str, language: str = "es", timezone: str | None = None
) -> dict[str, Any]:
    """The app's language and time zone, and a User-Agent that names the gate and the run."""
    zone = {"timezone_id": timezone} if timezone else {}
    engine = f"AppleWebKit/537.36 Chrome/{browser_version} Safari/537.36"
    return {
        **zone,
        "base_url": base_url,
        "locale": language,
        "user_agent": f"Mozilla/5.0 (X11; Linux x86_64) {engine} {user_agent(run_id)}",
    }
