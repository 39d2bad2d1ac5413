"""The plugin: what a check does becomes a verdict and an exit code, whatever happens on the way."""

from __future__ import annotations

import json
import subprocess

import jsonschema
import pytest

from tests.conftest import CHECKLIST, HEAD, ONE, ROOT, TWO, URL, Suite, body

SCHEMA = json.loads((ROOT / "gate" / "report" / "verdict.schema.json").read_text())


def test_every_check_passed_is_go(suite: Suite) -> None:
    result = suite.smoke()
    verdict = suite.verdict()
    assert result.ret == 0
    assert verdict["verdict"] == "GO"
    assert verdict["next"] == "none"
    assert [check["outcome"] for check in verdict["checks"]] == ["passed", "passed"]
    jsonschema.validate(verdict, SCHEMA)
    folder = suite.runs()[0]
    assert {"report.html", "verdict.json", "junit.xml"} <= {path.name for path in folder.iterdir()}
    result.stdout.fnmatch_lines(["GO smoke*", "*report*report.html"])


@pytest.mark.parametrize(
    ("code", "exit_code", "outcome", "cause"),
    [
        ('check.examined(1, "x"); check.expect(False, expected="a", observed="b")', 1, "failed", "product"),
        ("assert 1 == 2", 1, "failed", "product"),
        ('raise KeyError("gate bug")', 3, "inconclusive", "gate"),
        ("pass", 3, "inconclusive", "gate"),
        ('pytest.skip("not today")', 3, "skipped", "gate"),
        ('pytest.xfail("known")', 3, "skipped", "gate"),
        ('from gate.results import Blocked; raise Blocked("mini.one")', 3, "blocked", "none"),
        (
            "import gate.results as r; raise r.CouldNotTell('a', 'b', cause=r.Cause.THIRD_PARTY)",
            3,
            "inconclusive",
            "third_party",
        ),
    ],
)
def test_what_a_check_does_decides(suite: Suite, code: str, exit_code: int, outcome: str, cause: str) -> None:
    suite.write("smoke/test_two.py", body(code))
    result = suite.smoke()
    verdict = suite.verdict()
    assert result.ret == exit_code
    assert verdict["verdict"] == ("NO-GO" if exit_code == 1 else "INCONCLUSIVE")
    assert verdict["checks"][1]["outcome"] == outcome
    assert verdict["checks"][1]["cause"] == cause
    assert verdict["root_causes"][0] == "mini.two"
    jsonschema.validate(verdict, SCHEMA)
    assert f"{verdict['verdict']} · mini.two" in suite.report()


def test_a_strict_xfail_that_passes_is_not_passed(suite: Suite) -> None:
    marker = '@pytest.mark.xfail(strict=True, reason="known")\n@pytest.mark.check'
    suite.write("smoke/test_two.py", TWO.replace("@pytest.mark.check", marker))
    assert suite.smoke().ret == 3
    check = suite.verdict()["checks"][1]
    assert (check["outcome"], check["cause"]) == ("inconclusive", "gate")
    assert "[XPASS(strict)] known" in check["observed"]


def test_a_part_that_fails_fails_the_check(suite: Suite) -> None:
    code = 'check.examined(1, "x")\nwith subtests.test(): assert False'
    suite.write("smoke/test_two.py", body(code, "check, subtests"))
    assert suite.smoke().ret == 1
    assert suite.verdict()["checks"][1]["outcome"] == "failed"


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_pytest_s_own_failure_is_inconclusive(suite: Suite, workers: list[str]) -> None:
    conftest = (suite.path / "conftest.py").read_text()
    suite.write(
        "conftest.py",
        conftest + "def pytest_runtest_logfinish(nodeid):\n"
        "    if 'two' in nodeid: raise RuntimeError('a plugin broke')\n",
    )
    assert suite.smoke(*workers).ret == 3
    assert "a plugin broke" in suite.verdict()["reason"]


@pytest.mark.parametrize(
    ("extra", "when"),
    [
        ("@pytest.fixture\ndef broken():\n    raise RuntimeError('set-up')\n", "set-up"),
        ("@pytest.fixture\ndef broken():\n    yield\n    raise RuntimeError('teardown')\n", "teardown"),
    ],
)
def test_set_up_and_teardown_count(suite: Suite, extra: str, when: str) -> None:
    suite.write("smoke/test_two.py", extra.join([HEAD, body('check.examined(1, "x")', "check, broken")]))
    assert suite.smoke().ret == 3
    assert when in suite.verdict()["checks"][1]["observed"]


@pytest.mark.parametrize(
    "arguments",
    [
        ["-k", "test_one"],
        ["--deselect", "smoke/test_two.py::test_two"],
        ["smoke/test_one.py"],
        ["--maxfail=1", "-k", "one"],
    ],
)
def test_a_part_of_a_stage_is_never_go(suite: Suite, arguments: list[str]) -> None:
    assert suite.smoke(*arguments).ret == 3
    assert suite.verdict()["checks"][1]["outcome"] == "not_run"


def test_a_stage_named_in_a_longer_expression_owes_everything(suite: Suite) -> None:
    suite.write("smoke/test_one.py", ONE.replace(", pytest.mark.postdeploy", ""))
    assert suite.run("-m", "smoke and not postdeploy", "--base-url", URL).ret == 3
    assert [check["outcome"] for check in suite.verdict()["checks"]] == ["passed", "not_run"]


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_a_check_file_that_cannot_be_imported_is_inconclusive(suite: Suite, workers: list[str]) -> None:
    suite.write("smoke/test_two.py", "import no_such_module\n")
    assert suite.smoke(*workers).ret == 3
    assert "smoke/test_two.py" in suite.verdict()["reason"]


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_what_is_broken_in_another_stage_is_that_stage_s(suite: Suite, workers: list[str]) -> None:
    suite.write("preflight/test_early.py", "import nothing_of_that_name\n")
    assert suite.smoke(*workers).ret == 0
    assert suite.run("-m", "preflight", "--app-dir", str(suite.path), *workers).ret != 0


def test_a_worker_that_dies_is_never_go(suite: Suite) -> None:
    suite.write("smoke/test_two.py", body("import os; os._exit(1)"))
    assert suite.smoke("-n", "2").ret == 3
    assert suite.verdict()["checks"][1]["outcome"] != "passed"


def test_workers_say_the_same(suite: Suite) -> None:
    assert suite.smoke("-n", "2").ret == 0
    assert [check["id"] for check in suite.verdict()["checks"]] == ["mini.one", "mini.two"]


def test_two_stages_write_two_verdicts_and_the_worse_code_wins(suite: Suite) -> None:
    suite.write(
        "preflight/test_early.py",
        body("assert False")
        .replace("mini.two", "mini.early")
        .replace("pytest.mark.smoke, pytest.mark.postdeploy", "pytest.mark.preflight"),
    )
    subprocess.run(["git", "init", "-q", str(suite.path / "app")], check=True)
    result = suite.run("-m", "preflight or smoke", "--base-url", URL, "--app-dir", str(suite.path / "app"))
    assert result.ret == 1
    assert suite.verdict("preflight")["verdict"] == "NO-GO"
    assert suite.verdict("smoke")["verdict"] == "GO"


@pytest.mark.parametrize(
    "option",
    ["--collect-only", "--setup-only", "--setup-plan", "--fixtures", "--fixtures-per-test", "--cache-show=*"],
)
def test_running_nothing_opens_nothing(suite: Suite, option: str) -> None:
    assert suite.smoke(option).ret == 5


def test_nothing_selected_opens_nothing(suite: Suite) -> None:
    assert suite.smoke("-k", "no_such_check").ret == 5


def test_checks_without_a_stage_write_no_verdict_and_open_nothing(suite: Suite) -> None:
    assert suite.run("smoke/test_one.py", "--base-url", URL).ret == 3
    assert not (suite.path / "reports" / "smoke").exists()


def test_the_passed_in_an_unfinished_run_opens_nothing(suite: Suite) -> None:
    suite.write(
        "smoke/test_two.py",
        body(
            'import json\nv = json.load(open("reports/latest/smoke/verdict.json"))\n'
            'assert v["verdict"] == "UNFINISHED", v\ncheck.examined(1, "x")'
        ),
    )
    assert suite.smoke().ret == 0


def test_an_earlier_report_is_never_lost(suite: Suite) -> None:
    suite.smoke()
    suite.smoke()
    suite.write("target.toml", "schema = 1\n")
    assert suite.smoke().ret == 4
    assert len(suite.runs()) == 2
    assert suite.verdict()["verdict"] == "GO"


def test_items_not_proven_here_are_a_stated_gap(suite: Suite) -> None:
    target = (suite.path / "target.toml").read_text()
    suite.write(
        "target.toml",
        target + f'[environments.here]\nurls = ["{URL}"]\nnot_proven = {{ "mini.two" = "no data" }}\n',
    )
    suite.write("smoke/test_two.py", body("assert False"))
    assert suite.smoke().ret == 0
    assert any("no data" in warning for warning in suite.verdict()["warnings"])


def test_an_advisory_that_fails_is_a_warning(suite: Suite) -> None:
    suite.write(
        "checklist.toml",
        CHECKLIST.replace('title = "The second thing"', 'title = "2"\nseverity = "advisory"'),
    )
    suite.write("smoke/test_two.py", body("assert False"))
    assert suite.smoke().ret == 0
    assert any("mini.two" in warning for warning in suite.verdict()["warnings"])


@pytest.mark.parametrize("broken", ["_summarise_for_ci", "remember"])
def test_what_is_told_besides_the_verdict_is_not_the_verdict(suite: Suite, broken: str) -> None:
    conftest = (suite.path / "conftest.py").read_text()
    suite.write(
        "conftest.py",
        f"{conftest}import gate.plugin.session\ndef fail(*_): raise OSError('read-only')\n"
        f"gate.plugin.session.{broken} = fail\n",
    )
    result = suite.smoke()
    assert result.ret == 0
    result.stderr.fnmatch_lines(["warning: * could not be written: OSError: read-only"])
    assert suite.verdict()["verdict"] == "GO"
