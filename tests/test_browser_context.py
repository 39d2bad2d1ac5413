"""A stored session that the browser does not take back is told of in a sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gate.browser.context import with_session
from gate.browser.launch import launched
from gate.results import CouldNotTell


def _stored(folder: Path, value: str) -> Path:
    common: dict[str, Any] = {"domain": "127.0.0.1", "path": "/", "expires": -1, "sameSite": "Lax"}
    cookie = {**common, "name": "basket", "value": value, "httpOnly": True, "secure": False}
    state = folder / "state.json"
    state.write_text(json.dumps({"cookies": [cookie], "origins": []}), encoding="utf-8")
    return state


def test_cookies_that_the_browser_refuses(tmp_path: Path) -> None:
    with launched() as browser:
        assert with_session(browser.new_context, None).cookies() == []
        plain = with_session(browser.new_context, _stored(tmp_path, "ok"))
        assert [one["value"] for one in plain.cookies()] == ["ok"]
        with pytest.raises(CouldNotTell, match="the browser refuses its cookies: basket"):
            with_session(browser.new_context, _stored(tmp_path, "ok;x"))
