"""pytest-html's page in a real run: our report first, its own table last, and only one line about it."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

CONFTEST = """
import datetime as dt
import sys
from pathlib import Path

import pytest

sys.path.insert(0, {root!r})
from gate.redact import Scrubber
from gate.report import files, pytest_html_page
from gate.verdict import unfinished
from tests import report_samples as samples

SCRUB = Scrubber(["CANARY-not-a-secret"])


class Wiring:
    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session):
        base, now = Path("reports"), dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
        self.folders = {{"postdeploy": files.run_folder(base, "postdeploy", now, None, "r")}}
        self.folder = self.folders["postdeploy"]
        begun = unfinished([], samples.checklist(), samples.run(finished_at=None))
        self.verdicts = [files.write_unfinished(begun, self.folder, SCRUB)]
        pytest_html_page.install(session, self.folders, lambda: self.verdicts, SCRUB)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session):
        self.verdicts = [files.write(samples.no_go(self.folder), self.folder, SCRUB)]


def pytest_configure(config):
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Wiring())
"""
TESTS = """
import pytest

def test_good():
    print("CANARY-not-a-secret \\x1b[2J")

@pytest.mark.parametrize("text", ["<img src=http://outside.example/x>"])
def test_bad(text):
    assert not "CANARY-not-a-secret"
"""


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    pytester.makeconftest(CONFTEST.format(root=str(ROOT)))
    pytester.makepyfile(TESTS)
    return pytester


def own_page(suite: pytest.Pytester) -> str:
    return next(suite.path.glob("reports/postdeploy/*/report.html")).read_text(encoding="utf-8")


def table(page: str) -> list[str]:
    """Cells and logs of pytest-html's own table, as its script puts them into the page."""
    found = re.search('data-jsonblob="([^"]*)"', page)
    assert found
    tests = json.loads(html.unescape(found.group(1)))["tests"]
    return [text for runs in tests.values() for run in runs for text in [*run["resultsTableRow"], run["log"]]]


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["serial", "parallel"])
def test_the_verdict_stands_before_pytest_s_own_table(suite: pytest.Pytester, options: list[str]) -> None:
    suite.runpytest_subprocess(*options).assert_outcomes(passed=1, failed=1)
    page = own_page(suite)
    assert '<title id="head-title">NO-GO · login.admin: The administrator signs in: expected ' in page
    assert (
        page.index('<header class="band">')
        < page.index("pytest's own table")
        < page.index('id="results-table"')
    )
    assert any("test_good" in text for text in table(page))
    assert page == (suite.path / "reports/latest/postdeploy/report.html").read_text(encoding="utf-8")


def test_nothing_secret_or_active_gets_in_through_pytest_s_own_table(suite: pytest.Pytester) -> None:
    suite.runpytest_subprocess("-rA")
    page = own_page(suite)
    assert "CANARY" not in page
    texts = table(page)
    assert any("[redacted]" in text for text in texts)
    assert not any("<img" in text or "\x1b" in text for text in texts)
    assert any("&lt;img src=http://outside.example/x&gt;" in text for text in texts)


def test_pytest_html_s_own_line_is_not_printed(suite: pytest.Pytester) -> None:
    suite.runpytest_subprocess().stdout.no_fnmatch_line("*Generated html report*")


def test_a_report_of_the_user_s_own_is_written_as_well(suite: pytest.Pytester) -> None:
    result = suite.runpytest_subprocess("--html", "mine.html", "--self-contained-html")
    result.stdout.fnmatch_lines(["*Generated html report: *mine.html*"])
    mine = (suite.path / "mine.html").read_text(encoding="utf-8")
    for page in (mine, own_page(suite)):
        assert page.count('<header class="band">') == 1
        assert "NO-GO · login.admin" in page
        assert "CANARY" not in page


def test_without_pytest_html_the_page_says_the_same(suite: pytest.Pytester) -> None:
    suite.runpytest_subprocess("-p", "no:html").assert_outcomes(passed=1, failed=1)
    page = own_page(suite)
    assert "<title>NO-GO · login.admin" in page
    assert page.count('<header class="band">') == 1
    assert "results-table" not in page


def test_a_run_that_dies_leaves_an_unfinished_page(suite: pytest.Pytester) -> None:
    suite.makepyfile("import os\n\ndef test_dies():\n    os._exit(9)\n")
    suite.runpytest_subprocess()
    assert "<title>UNFINISHED · " in own_page(suite)
