"""A disk that fills: refused at the start, survived afterwards, and the exit code is that of the verdict on disk."""

from __future__ import annotations

import pytest

from tests.conftest import URL, Suite, body

FULL = """
import errno
from pathlib import Path
pytest_plugins = ["gate.fixtures", "gate.plugin"]
write_bytes, write_text, opened = Path.write_bytes, Path.write_text, Path.open

def full(path):
    if {condition}:
        raise OSError(errno.ENOSPC, "No space left on device"{name})

def guarded(write):
    def guard(path, *given, **named):
        full(path)
        return write(path, *given, **named)
    return guard

Path.write_bytes, Path.open = guarded(write_bytes), guarded(opened)
"""


def _full(suite: Suite, condition: str, name: str = "") -> None:
    suite.write("conftest.py", FULL.format(condition=condition, name=name))


def _said(result: pytest.RunResult) -> str:
    said = "\n".join(result.outlines + result.errlines)
    assert "Traceback" not in said
    assert "INTERNALERROR" not in said
    return said


@pytest.mark.parametrize("name", ["", ", str(path)"])
def test_a_disk_that_is_full_at_the_start_is_wrong_input(suite: Suite, name: str) -> None:
    _full(suite, '"verdict.json" in path.name', name)
    result = suite.smoke()
    assert result.ret == 4
    said = _said(result)
    assert "cannot be written (No space left on device); choose another with --report-dir" in said
    assert str(suite.path / "reports") in said
    assert suite.runs() == []


def test_a_disk_that_fills_during_the_run_is_told_and_survived(suite: Suite) -> None:
    _full(suite, '"verdict.json" in path.name and Path("begun").exists() and not Path("over").exists()')
    touch = "from pathlib import Path\nPath({!r}).touch()\ncheck.examined(1, 'x')"
    suite.write("smoke/test_one.py", body(touch.format("begun")).replace("mini.two", "mini.one"))
    suite.write("smoke/test_two.py", body(touch.format("over")))
    result = suite.smoke()
    assert _said(result).count("No space left on device") == 1
    assert (result.ret, suite.verdict()["verdict"]) == (0, "GO")


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_page_that_cannot_be_written_leaves_the_whole_one(suite: Suite, workers: list[str]) -> None:
    _full(suite, 'path.name == ".pytest-report.html"')
    result = suite.run("-m", "smoke", "--base-url", URL, *workers)
    assert "warning: pytest's own table is not in the report: OSError" in _said(result)
    assert (result.ret, suite.verdict()["verdict"]) == (0, "GO")
    assert "GO" in suite.report()
    assert suite.report().rstrip().endswith("</html>")
    assert [file.name for file in suite.runs()[0].glob(".pytest*")] == []
