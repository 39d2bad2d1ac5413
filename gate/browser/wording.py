"""Playwright's errors in the words of a reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Error
from playwright.sync_api import TimeoutError as PlaywrightTimeout

from gate.browser.settling import NAVIGATION_S
from gate.results import Cause, CouldNotTell, Failed
from gate.services.obstacles import in_failure
from gate.values import normal

_COVERED_BY = re.compile(r"(<[^\n]{1,200}?>)[^\n]{0,200}intercepts pointer events")


@contextmanager
def translated(what: str) -> Iterator[None]:
    """Raises Failed or CouldNotTell in place of what Playwright raises while `what` is waited for."""
    try:
        yield
    except PlaywrightTimeout as error:
        if cover := _COVERED_BY.search(str(error)):
            raise Failed(
                f"{what} in time",
                f"it is covered by {cover.group(1)}",
                "if that is a cookie banner, name the button that closes it in guard.dismiss of target.toml",
            ) from None
        raise Failed(
            f"{what} in time", _first_line(error), "the app hangs, or something covers the element"
        ) from None
    except Error as error:
        said = _first_line(error)
        if obstacle := in_failure(said, "", NAVIGATION_S):
            if obstacle.cause is Cause.PRODUCT:
                raise Failed(what, said, obstacle.hint) from None
            raise CouldNotTell(what, said, obstacle.hint, cause=obstacle.cause) from None
        if "net::ERR_" in said:
            raise Failed(f"{what}", said, "is the app up? try the URL by hand") from None
        raise CouldNotTell(
            what, f"the browser failed: {said}", "run python -m gate.browser.install"
        ) from None


def _first_line(error: Error) -> str:
    return normal(str(error).split("Call log:")[0])[:240]
