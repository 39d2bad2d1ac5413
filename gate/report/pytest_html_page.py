"""The page that pytest-html writes: our report first, then its own table, which needs JavaScript."""

from __future__ import annotations

import html
import sys
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from gate.redact import Scrubber
from gate.report import files
from gate.report.html import headline, render
from gate.report.untrusted import visible
from gate.verdict import Verdict

Verdicts = Callable[[], Sequence[Verdict]]

# Style that puts pytest-html's own parts behind ours, hides them without JavaScript, and their heading.
_OWN_TABLE = Path(__file__).with_name("own_table.html")


class ReportPage:
    """A pytest plugin that puts the verdicts into pytest-html's pages; `install` registers it."""

    def __init__(self, folders: Mapping[str, Path], verdicts: Verdicts, scrub: Scrubber) -> None:
        self._folders = folders
        self.folder = next(iter(folders.values()))
        # pytest-html writes in place: report.html must never be half of one.
        self.unfinished = self.folder / f".pytest-{files.REPORT}"
        self._verdicts = verdicts
        self._scrub = scrub
        self._pages: list[Any] = []
        self.own: Any = None

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        """Remember the page: its title is the verdict, which is not known yet."""
        self._pages.append(report)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: list[str]) -> None:
        """Put the report before everything else on the page."""
        verdicts = self._verdicts()
        for page in self._pages:
            page.title = self._scrub(visible(headline(verdicts)))
            self._clean(page.data)
        prefix[:] = [render(verdicts, self.folder), _OWN_TABLE.read_text(encoding="utf-8")]

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(self, report: Any, cells: list[str]) -> None:
        """pytest-html prints node ids unescaped, and parametrised ones can hold anything."""
        name = report.nodeid if report.when == "call" else f"{report.nodeid}::{report.when}"
        cells[1] = f'<td class="col-testId">{html.escape(visible(self._scrub(name)))}</td>'

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """After pytest-html wrote the page: pass it on, and drop its 'Generated html report' line.

        The verdict stands by now. A page that cannot be written (a full disk) leaves the one that says the same
        without pytest's table.
        """
        try:
            result = yield
            if self.own is not None:
                files.pass_on_page(self.unfinished, self._folders, self._verdicts())
            return result
        except Exception as error:
            told = f"warning: pytest's own table is not in the report: {type(error).__name__}: {error}"
            sys.stderr.write(self._scrub(f"\n{told}\n"))
            return None
        finally:
            self.unfinished.unlink(missing_ok=True)
            if self.own is not None:
                session.config.pluginmanager.unregister(self.own)

    def _clean(self, data: dict[str, Any]) -> None:
        data["environment"] = self._scrub.data(data["environment"])
        for runs in data["tests"].values():
            for run in runs:
                run["log"] = visible(self._scrub(run["log"]))


def install(
    session: pytest.Session, folders: Mapping[str, Path], verdicts: Verdicts, scrub: Scrubber
) -> ReportPage:
    """Have pytest-html write the report; call it in the controller's pytest_sessionstart.

    `folders` are the run's folders by stage: the page is written beside the first one's report.html and, once it is
    whole, replaces that of each.
    `verdicts` gives what `gate.report.files` returned, for each stage: the unfinished, later the final one.
    A --html of the user's own is written as well, with the same report in it. With `-p no:html` the page that
    `files.write` left stays as it is: it says the same without pytest's table.
    """
    config = session.config
    report_page = ReportPage(folders, verdicts, scrub)
    config.pluginmanager.register(report_page, "gate-report-page")
    if not config.pluginmanager.hasplugin("html"):
        return report_page
    from pytest_html import plugin  # type: ignore[import-untyped]
    from pytest_html.basereport import BaseReport  # type: ignore[import-untyped]

    users = (config.option.htmlpath, config.option.self_contained_html)
    before = set(config.pluginmanager.get_plugins())
    config.option.htmlpath, config.option.self_contained_html = str(report_page.unfinished), True
    try:
        plugin.pytest_configure(config)
    finally:
        config.option.htmlpath, config.option.self_contained_html = users
    added = config.pluginmanager.get_plugins() - before
    report_page.own = next(one for one in added if isinstance(one, BaseReport))
    # It was registered while pytest_sessionstart was under way, which therefore passes it by.
    report_page.own.pytest_sessionstart(session)
    return report_page
