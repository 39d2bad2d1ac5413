"""report.html as a reader meets it: in a real browser, without JavaScript, offline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from gate.browser.executable import find_browser, launch_arguments
from gate.report import html
from gate.results import Evidence
from gate.verdict import Verdict, decide, unfinished
from tests import report_samples as samples


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = find_browser()
    with sync_playwright() as playwright:
        path = str(found.path) if found.path else None
        browser = playwright.chromium.launch(executable_path=path, args=launch_arguments())
        yield browser
        browser.close()


class Opened:
    """A report in a page, without JavaScript unless asked for, and the requests that it made."""

    def __init__(self, browser: Browser, folder: Path, verdict: Verdict, **context: Any) -> None:
        (folder / "report.html").write_text(html.page([verdict], folder), encoding="utf-8")
        self.context = browser.new_context(**{"java_script_enabled": False} | context)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto((folder / "report.html").as_uri())

    @property
    def text(self) -> str:
        return self.page.inner_text("body")


Open = Callable[..., Opened]


@pytest.fixture
def open_report(chromium: Browser, tmp_path: Path) -> Iterator[Open]:
    opened: list[Opened] = []

    def open_one(verdict: Verdict, **context: Any) -> Opened:
        opened.append(Opened(chromium, tmp_path, verdict, **context))
        return opened[-1]

    yield open_one
    for one in opened:
        one.context.close()


def test_no_go_names_the_root_cause_in_its_first_line(open_report: Open, tmp_path: Path) -> None:
    report = open_report(samples.no_go(tmp_path))
    first = report.text.splitlines()[0]
    assert first.startswith("NO-GO · login.admin: The administrator signs in: expected ")
    assert report.page.title() == first
    assert "Next: rollback." in report.page.inner_text(".band")
    cause = report.page.locator(".cause")
    assert "status 500" in cause.inner_text()
    assert (cause.locator("img").get_attribute("src") or "").startswith("data:image/png;base64,")


IN_NO_GO = (
    *("3.3 Pruebas mínimas (smoke test)", "5.3 Validación post-deploy", "Envíos", "production", "g7k2m9"),
    *("https://envios.example", "2026-11-24 13:05:01 UTC", "11.3 s", "16 blocked", "2 failed"),
    *("1 does not apply", "SharePoint is out of reach from here", "blocked by login.admin", "Press Entrar"),
    *("930 ms", "GET /usuarios.json", "add role_required to the view", "UndefinedColumn", "ENV-002018"),
)


def test_everything_is_told_without_javascript(open_report: Open, tmp_path: Path) -> None:
    verdict = samples.no_go(tmp_path)
    report = open_report(verdict)
    content = report.page.content()
    for check in verdict.checks:
        assert check.id in content
    text = report.text
    for words in (*IN_NO_GO, samples.COMMIT):
        assert words in text, words


def test_failing_checks_are_open_and_passed_ones_closed(open_report: Open, tmp_path: Path) -> None:
    page = open_report(samples.no_go(tmp_path)).page
    assert page.locator("details.check.failed:not([open])").count() == 0
    assert page.locator("details.check.passed[open]").count() == 0
    assert page.locator("details.check").count() == 22


def test_a_link_of_the_checklist_opens_its_check(open_report: Open, tmp_path: Path) -> None:
    page = open_report(samples.go(tmp_path)).page
    body = page.locator('[id="postdeploy.pdf.pages"]')
    assert not body.is_visible()
    page.locator(".lines a", has_text="No page of the PDF is blank").click()
    assert body.is_visible()
    picture = body.locator("img")
    small = picture.bounding_box()
    picture.click()
    large = picture.bounding_box()
    assert small is not None
    assert large is not None
    assert large["width"] > small["width"]


def test_go_with_a_warning(open_report: Open, tmp_path: Path) -> None:
    report = open_report(samples.go(tmp_path))
    told = "GO · 21 of 22 checks that apply passed; 1 advisory did not: performance.panels"
    assert report.text.splitlines()[0] == told
    assert "1 warning, listed below" in report.text
    assert "Ingresos took 2.3 s" in report.text
    assert "ENV-002017" in report.text
    assert report.page.locator(".cause").count() == 0


def test_a_run_that_was_killed_says_so(open_report: Open, tmp_path: Path) -> None:
    some = list(samples.results_passed().values())[:6]
    report = open_report(unfinished(some, samples.checklist(), samples.run(finished_at=None)))
    assert report.text.startswith("UNFINISHED · the run has not come to its end")
    assert "16 not run" in report.text
    assert "not finished" in report.text


def test_an_interrupted_run_has_no_root_cause_card(open_report: Open) -> None:
    verdict = decide(samples.results_passed().values(), samples.checklist(), samples.run(interrupted=True))
    report = open_report(verdict)
    assert report.text.startswith("INCONCLUSIVE · the run was interrupted")
    assert report.page.locator(".cause").count() == 0


def test_hostile_text_is_shown_and_does_nothing(open_report: Open, tmp_path: Path) -> None:
    report = open_report(samples.hostile(), java_script_enabled=True)
    assert report.page.title().startswith("NO-GO")
    assert report.page.locator("script").count() == 0
    assert report.page.locator("img").count() == 0
    assert report.text.count("<script>document.title='owned'</script>") > 12
    assert "<U+202E>txt.exe<U+202C>" in report.text
    assert "<U+001B>[31mred" in report.text
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", source)
    assert "no picture at" in report.text


@pytest.mark.parametrize(
    "sample", [samples.go, samples.no_go, lambda folder: samples.hostile()], ids=["go", "no-go", "hostile"]
)
def test_the_page_asks_no_host_for_anything(
    open_report: Open, tmp_path: Path, sample: Callable[[Path], Verdict]
) -> None:
    report = open_report(sample(tmp_path))
    outside = [url for url in report.requests if not url.startswith(("data:", "file:"))]
    assert outside == []
    assert [url for url in report.requests if url.startswith("file:")] == [
        (tmp_path / "report.html").as_uri()
    ]


def test_a_phone_needs_no_sideways_scrolling(open_report: Open, tmp_path: Path) -> None:
    page = open_report(samples.no_go(tmp_path), viewport={"width": 390, "height": 800}).page
    width = page.locator("html").evaluate("element => element.scrollWidth")
    assert width == 390


def test_dark_and_print_have_their_own_colours(open_report: Open, tmp_path: Path) -> None:
    page = open_report(samples.no_go(tmp_path), color_scheme="dark").page
    colour = "element => getComputedStyle(element).backgroundColor"
    assert page.locator(".gate-report").evaluate(colour) == "rgb(20, 24, 28)"
    page.emulate_media(media="print")
    assert page.locator(".gate-report").evaluate(colour) == "rgb(255, 255, 255)"


def test_the_worst_of_two_stages_comes_first(tmp_path: Path) -> None:
    good, bad = samples.go(tmp_path), samples.no_go(tmp_path)
    page = html.page([good, bad], tmp_path)
    assert page.index("NO-GO</b>") < page.index("GO</b> · <bdi>21 of 22")
    assert html.headline([good, bad]).startswith("NO-GO · login.admin")


def test_a_picture_outside_the_run_s_folder_is_not_read(tmp_path: Path) -> None:
    samples.picture(tmp_path / "secret.png", 4, 4)
    run_folder = tmp_path / "run"
    run_folder.mkdir()
    (run_folder / "fake.png").write_text("<svg onload=alert(1)>", encoding="utf-8")
    evidence = tuple(
        Evidence(kind="screenshot", title="x", path=path)
        for path in ("../secret.png", "fake.png", "absent.png")
    )
    results = samples.results_passed() | {"login.admin": samples.passed("login.admin", evidence=evidence)}
    verdict = decide(results.values(), samples.checklist(), samples.run())
    page = html.render([verdict], run_folder)
    assert "data:image" not in page
    assert page.count("no picture at") == 3


@pytest.mark.parametrize(
    ("duration_s", "said"),
    [(0.0004, "0 ms"), (0.34, "340 ms"), (2.44, "2.4 s"), (59.9, "59.9 s"), (185, "3 min 05 s")],
)
def test_durations(duration_s: float, said: str) -> None:
    assert html.seconds(duration_s) == said
