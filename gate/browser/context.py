"""Options that every browser context of the gate has: in a run, and where there is no run yet."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Error

from gate.results import Cause, CouldNotTell
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


def with_session(
    new_context: Callable[..., BrowserContext], state: str | Path | None, **options: Any
) -> BrowserContext:
    """A context with the session stored in the file `state`, or a stranger's.

    Raises CouldNotTell where the browser does not take back a cookie that it kept: some values it takes from the app's
    answers alone.
    """
    try:
        return new_context(storage_state=state, **options)
    except Error as error:
        if state is None or "storage state" not in str(error):
            raise
        cookies = json.loads(Path(state).read_text(encoding="utf-8"))["cookies"]
        odd = [
            one["name"] for one in cookies if not one["value"].isascii() or set(one["value"]) & set('";, \\')
        ]
        raise CouldNotTell(
            "the session to open again in another page",
            f"the browser refuses its cookies{': ' if odd else ''}{', '.join(odd)}",
            "cookies hold letters, digits and signs of ASCII, without quotes, commas, semicolons and blanks: encode "
            "the value where the app sets it (base64, or urllib.parse.quote)",
            cause=Cause.GATE,
        ) from None
