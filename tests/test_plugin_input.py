"""Wrong input: one clear message that names file, key and remedy, exit code 4, never a traceback."""

from __future__ import annotations

import pytest

from gate import plugin
from gate.inputs import InputError
from gate.start import check_url
from gate.target.environments import covers
from tests.conftest import CHECKLIST, HEAD, TARGET, URL, Suite


def refused(result: pytest.RunResult) -> str:
    """What a refused run said; it is short and no traceback."""
    said = "\n".join(result.outlines + result.errlines)
    assert result.ret == 4, said
    assert "Traceback" not in said
    assert "INTERNALERROR" not in said
    return said


def test_plain_pytest_names_the_three_commands(suite: Suite) -> None:
    said = refused(suite.run())
    for stage in ("preflight", "smoke", "postdeploy"):
        assert f"pytest -m {stage}" in said


def test_browser_and_commit_may_stand_in_the_file_of_the_gates_variables(suite: Suite) -> None:
    suite.write(".env", "GATE_BROWSER=/no/such/browser\n")
    assert "GATE_BROWSER names '/no/such/browser'" in refused(suite.smoke())
    commit = "0123456789abcdef0123456789abcdef01234567"
    suite.write(".env", f"GATE_COMMIT={commit}\n")
    suite.smoke()
    assert suite.verdict()["commit"]["expected"] == commit


@pytest.mark.parametrize("stage", ["smoke", "postdeploy"])
def test_a_browser_stage_without_url_names_two_ways(suite: Suite, stage: str) -> None:
    said = refused(suite.run("-m", stage))
    assert f"pytest -m {stage} --base-url" in said
    assert f"pytest -m {stage} --sandbox" in said


def test_help_and_collection_work_whatever_is_broken(suite: Suite) -> None:
    suite.write("target.toml", "nonsense")
    assert suite.run("--help").ret == 0
    assert suite.run("--collect-only").ret == 0


@pytest.mark.parametrize(
    ("name", "text", "wanted"),
    [
        ("target.toml", None, ["target.toml: not found", "--target=FILE"]),
        ("target.toml", "# nothing yet\n", ["target.toml: still the empty template", "gate discover"]),
        ("target.toml", "schema = ", ["target.toml: not valid TOML", "mend that line"]),
        (
            "target.toml",
            TARGET.replace("[login]", "[loggin]"),
            ["loggin: unknown key; did you mean 'login'?", "login: required and missing"],
        ),
        (
            "target.toml",
            TARGET.replace('submit = "Sign in"', 'sumbit = "Sign in"').replace("schema = 1", "schema = 2"),
            ["login.sumbit: unknown key; did you mean 'submit'?", "login.submit: required", "schema: "],
        ),
        ("target.toml", TARGET.replace('panels = "none"', ""), ["[panels] is missing", "without.panels"]),
        (
            "target.toml",
            TARGET.replace('panels = "none"', "").replace('mail = "none"', ""),
            ["[panels], [mail] are missing", "without.panels = 'reason', without.mail = 'reason'"],
        ),
        (
            "target.toml",
            TARGET + '[environments.x]\nurls = ["nowhere"]\n',
            ["environments.x.urls", "'nowhere'"],
        ),
        ("target.toml", 'timezone = "America/Nowhere"\n' + TARGET, ["timezone", "'America/Nowhere'"]),
        ("checklist.toml", None, ["checklist.toml: not found"]),
        ("checklist.toml", CHECKLIST + '[[itme]]\nid = "x"\n', ["itme: unknown key; did you mean 'item'?"]),
        (
            "checklist.toml",
            CHECKLIST.replace('title = "The first thing"', 'title = "1"\ncapability = "telepathy"'),
            ["mini.one: capability 'telepathy' is nothing that a target can describe"],
        ),
        ("checklist.toml", CHECKLIST.replace("mini.two", "mini.one"), ["listed twice: mini.one"]),
        (
            "checklist.toml",
            CHECKLIST + '[[waiver]]\nitem = "mini.one"\nreason = "r"\nauthor = "QA"\nexpires = 2020-01-01\n',
            ["waiver for mini.one expired on 2020-01-01"],
        ),
        (".env", "GATE_ADMIN_USER=a\nthis is not a setting\n", [".env: line 2 is not NAME=value"]),
    ],
)
def test_a_broken_input_file_is_named(suite: Suite, name: str, text: str | None, wanted: list[str]) -> None:
    if text is None:
        (suite.path / name).unlink()
    else:
        suite.write(name, text)
    said = refused(suite.smoke())
    for words in wanted:
        assert words in said


def test_all_problems_of_all_files_are_told_at_once(suite: Suite) -> None:
    suite.write("target.toml", TARGET + "nonsense = 1\n")
    suite.write("checklist.toml", CHECKLIST.replace("section", "sektion"))
    said = refused(suite.smoke("--browser-path", "/no/such/browser"))
    assert "nonsense" in said
    assert said.count("sektion: unknown key; did you mean 'section'?") == 3
    assert "/no/such/browser" in said


@pytest.mark.parametrize(
    ("url", "wanted"),
    [
        ("nonsense", "is not an http(s) URL"),
        ("ftp://envios.example", "is not an http(s) URL"),
        ("http://envios.example", "would send passwords in clear"),
        ("https://user:word@envios.example", "'envios.example') holds more than an address; leave out user"),
        (f"{URL}/login", "is the sign-in page (login.path): give the address without /login"),
        (f"{URL}/envios/login/", "give the address without /login"),
        ("http://127.0.0.1:notaport", "--base-url"),
        ("http://[::1", "--base-url"),
    ],
)
def test_a_base_url_that_is_none(suite: Suite, url: str, wanted: str) -> None:
    assert wanted in refused(suite.run("-m", "smoke", "--base-url", url))


@pytest.mark.parametrize(
    "url",
    [
        "http://:not-real@127.0.0.1:9",
        "http://not-real@127.0.0.1:9",
        "https://user:not-real@[::1",
        "http://user:not-real@127.0.0.1:notaport",
        "http:user:not-real@127.0.0.1:9",
        "user:not-real@127.0.0.1:9",
        "http://127.0.0.1:9?",
        "http://127.0.0.1:9?token=not-real",
        "http://127.0.0.1:9#not-real",
        "http://127.0.0.1:9/a\nb",
        "http://127.0.0.1:9/a b",
    ],
)
def test_a_base_url_with_more_than_an_address_is_not_repeated(url: str) -> None:
    with pytest.raises(InputError, match="holds more than an address") as told:
        check_url(url)
    assert "not-real" not in str(told.value)


def test_a_refusal_tells_no_secret(suite: Suite) -> None:
    suite.write("target.toml", TARGET + '[environments.x]\nurls = ["ftp://user:not-real@envios.example"]\n')
    assert "not-real" not in refused(suite.smoke())


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--environment", "nowhere"], "--environment nowhere"),
        (["--fault", "panel-500"], "--fault breaks the embedded staging only"),
        (["--query-cost"], "pytest -m preflight --query-cost"),
        (["--browser", "chromium", "--browser", "firefox"], "one --browser at a time"),
        (["--browser-path", "/no/such/browser"], "/no/such/browser"),
        (["--report-dir", "/proc/nowhere"], "--report-dir"),
        (["--output", "elsewhere"], "--output: what Playwright records goes into the run's folder"),
    ],
)
def test_an_option_that_cannot_be(suite: Suite, arguments: list[str], wanted: str) -> None:
    assert wanted in refused(suite.smoke(*arguments))


@pytest.mark.parametrize("part", plugin.pytest_plugins)
def test_a_gate_without_one_of_its_parts(suite: Suite, part: str) -> None:
    assert f"-p no:{part}: the gate runs whole or not at all" in refused(suite.smoke("-p", f"no:{part}"))


def test_preflight_without_a_repository(suite: Suite) -> None:
    assert "--app-dir" in refused(suite.run("-m", "preflight"))
    assert "/no/such/folder" in refused(suite.run("-m", "preflight", "--app-dir", "/no/such/folder"))
    assert "notes.md" in refused(
        suite.run("-m", "preflight", "--app-dir", ".", "--release-notes", "notes.md")
    )


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["-m", "preflight or smoke", "--base-url", URL], "leave out --base-url"),
        (["-m", "preflight or smoke", "--commit", "abc"], "leave out --commit"),
        (["-m", "preflight or smoke", "--environment", "staging"], "leave out --environment"),
        (["-m", "smoke"], 'pytest -m "preflight or smoke" --boot-candidate'),
        (["-m", "preflight or postdeploy"], 'pytest -m "preflight or smoke" --boot-candidate'),
    ],
)
def test_what_the_candidate_is_not_started_for(suite: Suite, arguments: list[str], wanted: str) -> None:
    assert wanted in refused(suite.run(*arguments, "--boot-candidate", "--app-dir=."))


@pytest.mark.parametrize(
    ("candidate", "wanted"),
    [
        ('setup = [""]', "an empty command"),
        ('start = "flask run \'x"', "is no command: No closing quotation"),
        ('accounts = { boss = "a@b.example" }', "candidate.accounts names 'boss'"),
        ('env = { SEED = "{password:admin}" }', "password of 'admin'; name its user in candidate.accounts"),
    ],
)
def test_a_candidate_that_cannot_be_started_so(suite: Suite, candidate: str, wanted: str) -> None:
    suite.write("target.toml", f"{TARGET}[candidate]\n{candidate}\n")
    assert wanted in refused(suite.smoke())


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (
            '@pytest.mark.check("mini.unknown")\ndef test_x(check): pass',
            "no item for the check 'mini.unknown'",
        ),
        ('@pytest.mark.check("mini.one")\ndef test_x(check): pass', "'mini.one' is defined twice"),
        ("def test_x(): pass", "test_x: a check needs @pytest.mark.check"),
    ],
)
def test_checks_and_checklist_agree(suite: Suite, text: str, wanted: str, workers: list[str]) -> None:
    suite.write("smoke/test_three.py", HEAD + text)
    assert wanted in refused(suite.smoke(*workers))
    assert suite.verdict()["verdict"] == "INCONCLUSIVE"
    assert wanted in suite.verdict()["reason"]


def test_paths_outside_the_suite_need_an_equals_sign_and_get_one(
    suite: Suite, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside") / "target.toml"
    outside.write_text(TARGET)
    assert suite.smoke(f"--target={outside}", f"--report-dir={outside.parent}").ret == 0


@pytest.mark.parametrize(
    ("listed", "url", "covered"),
    [
        ("https://a.example", "https://a.example", True),
        ("https://a.example/", "https://a.example/below", True),
        ("https://a.example", "https://a.example:8443", False),
        ("https://a.example", "https://b.example", False),
        ("http://127.0.0.1:*", "http://127.0.0.1:5000", True),
        ("https://a.example/staging", "https://a.example/staging", True),
        ("https://a.example/staging/", "https://a.example/staging", True),
        ("https://a.example/staging", "https://a.example/staging/deep", True),
        ("https://a.example/staging", "https://a.example", False),
        ("https://a.example/staging", "https://a.example/stagingtwo", False),
        ("https://a.example/staging", "https://a.example/staging/../live", False),
        ("https://a.example/staging", "https://a.example/staging/%2E%2e/live", False),
        ("https://a.example/staging", "https://a.example/staging/..%5Clive", False),
    ],
)
def test_which_urls_a_listed_one_covers(listed: str, url: str, covered: bool) -> None:
    assert covers(listed, url) is covered


@pytest.mark.parametrize("listed", ["[]", '["http://127.0.0.1:9/staging"]', '["http://127.0.0.1:8"]'])
def test_a_name_lends_no_url_what_its_environment_allows(suite: Suite, listed: str) -> None:
    suite.write("target.toml", f'{TARGET}[environments.staging]\nurls = {listed}\nallow = ["sync"]\n')
    said = refused(suite.smoke("--environment", "staging"))
    assert f"staging does not list this URL ({URL}); add it to urls" in said


@pytest.mark.parametrize("listed", [f'["{URL}"]', '["http://127.0.0.1:*"]'])
def test_a_name_holds_where_the_environment_lists_the_url(suite: Suite, listed: str) -> None:
    suite.write("target.toml", f'{TARGET}[environments.staging]\nurls = {listed}\nallow = ["sync"]\n')
    result = suite.smoke("--environment", "staging")
    result.stdout.fnmatch_lines(["*staging: sync*"])
    assert result.ret == 0


def test_a_url_that_nobody_listed_is_production_with_nothing_allowed(suite: Suite) -> None:
    result = suite.run("-m", "smoke", "--base-url", URL)
    result.stdout.fnmatch_lines(["*production: nothing may be written*"])


def test_without_a_url_nothing_is_said_of_a_place(suite: Suite) -> None:
    result = suite.run("-m", "preflight", "--app-dir=.")
    result.stdout.fnmatch_lines(["gate: preflight of Mini [[]no URL: no page is opened[]]"])
    result.stdout.no_fnmatch_line("*production*")
