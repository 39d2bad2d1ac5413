"""What Playwright records on request is kept with the run, without secrets, and the report names it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from gate.browser.recordings import keep_trace
from gate.redact import Scrubber
from tests.conftest import Suite, body

CANARY = "canary-7f3a-password"
TYPED = """
context = new_context()
page = context.new_page()
page.route("**/*", lambda route: route.fulfill(content_type="text/html", body="<input type=password>"))
page.goto("http://app.invalid/")
page.fill("input", settings.get("GATE_ADMIN_PASSWORD"))
check.examined(1, "page")
"""


def contents(archive: Path) -> dict[str, bytes]:
    """Entries of a zip."""
    with zipfile.ZipFile(archive) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_recorded_check_is_kept_without_secrets(
    suite: Suite, monkeypatch: pytest.MonkeyPatch, workers: list[str]
) -> None:
    suite.write("gate.env", f"GATE_ADMIN_USER=admin\nGATE_ADMIN_PASSWORD={CANARY}\n")
    monkeypatch.setenv("GATE_ENV_FILE", str(suite.path / "gate.env"))
    suite.write("smoke/test_two.py", body(TYPED.strip(), "check, settings, new_context"))
    result = suite.smoke(
        "--tracing",
        "on",
        "--screenshot",
        "on",
        "--junitxml=reports/user.xml",
        "--html=reports/user.html",
        *workers,
    )
    assert result.ret == 0, result.stdout.str()
    evidence = suite.runs()[0] / "evidence"
    kept = contents(evidence / "mini.two-trace.zip")
    assert b'"method": "fill"' in kept["trace.trace"]
    assert b"[redacted]" in kept["trace.trace"]
    assert [name for name, content in kept.items() if CANARY.encode() in content] == []
    check = suite.verdict()["checks"][1]
    assert [one["kind"] for one in check["evidence"]] == ["screenshot", "text"]
    assert "playwright show-trace evidence/mini.two-trace.zip" in suite.report()
    for path in (suite.path / "reports").rglob("*.*ml"):
        assert "playwright_trace" not in path.read_text(encoding="utf-8"), path


def test_a_trace_keeps_what_can_be_scrubbed(tmp_path: Path) -> None:
    exchange = {
        "cookies": [{"name": "session", "value": "one", "httpOnly": True}],
        "headers": [{"name": "Set-Cookie", "value": "session=two"}, {"name": "Accept", "value": "*/*"}],
    }
    with zipfile.ZipFile(tmp_path / "raw.zip", "w") as raw:
        raw.writestr("trace.network", f"{json.dumps(exchange)}\nnot JSON {CANARY}\n")
        raw.writestr("resources/a.dat", f"password={CANARY}")
        raw.writestr("resources/b.dat", b"\xff\xfe")
        raw.writestr("resources/c.png", b"\x89PNG")
    left_out = keep_trace(tmp_path / "raw.zip", tmp_path / "kept.zip", Scrubber([CANARY]))
    kept = contents(tmp_path / "kept.zip")
    assert left_out == ["resources/b.dat"]
    assert list(kept) == ["trace.network", "resources/a.dat", "resources/c.png"]
    first, second = kept["trace.network"].decode().splitlines()
    assert json.loads(first) == {
        "cookies": [{"name": "session", "value": "[redacted]", "httpOnly": True}],
        "headers": [{"name": "Set-Cookie", "value": "[redacted]"}, {"name": "Accept", "value": "*/*"}],
    }
    assert second == "not JSON [redacted]"
    assert kept["resources/a.dat"] == b"password=[redacted]"
    assert kept["resources/c.png"] == b"\x89PNG"


def test_what_is_no_trace_is_told(tmp_path: Path) -> None:
    (tmp_path / "raw.zip").write_bytes(b"cut off")
    with pytest.raises(zipfile.BadZipFile):
        keep_trace(tmp_path / "raw.zip", tmp_path / "kept.zip", Scrubber())
