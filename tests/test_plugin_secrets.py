"""No secret leaves by any way: terminal, reports of ours and of others, evidence."""

from __future__ import annotations

import pytest

from tests.conftest import Suite, body

CANARY = "canary-7f3a-password"


ENCODED = "Y2FuYXJ5LTdmM2EtcGFzc3dvcmQ"


@pytest.fixture(autouse=True)
def _planted(suite: Suite, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.write("gate.env", f"GATE_ADMIN_USER=admin\nGATE_ADMIN_PASSWORD={CANARY}\n")
    monkeypatch.setenv("GATE_ENV_FILE", str(suite.path / "gate.env"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(suite.path / "reports" / "summary.md"))


def is_clean(suite: Suite, result: pytest.RunResult) -> None:
    """Neither the terminal nor a file of the run shows the secret."""
    said = "\n".join(result.outlines + result.errlines)
    assert CANARY not in said
    assert ENCODED not in said
    for path in (suite.path / "reports").rglob("*"):
        if path.is_file():
            assert CANARY.encode() not in path.read_bytes(), path
            assert ENCODED.encode() not in path.read_bytes(), path
    assert "[redacted]" in suite.report()


def test_of_checks_that_fail(suite: Suite) -> None:
    suite.write(
        "smoke/test_two.py",
        body(
            "import base64, sys, logging\n"
            "from gate.results import Failed, Finding\n"
            "p = settings.get('GATE_ADMIN_PASSWORD')\n"
            "print(p); print(p, file=sys.stderr); logging.error(p)\n"
            "check.attach_text('a ' + p, p)\n"
            "with check.step('type ' + p): pass\n"
            "raise Failed(p, 'x' + base64.b64encode(p.encode()).decode(), p,\n"
            "             findings=[Finding(id='a.b', place=p, expected=p, observed=p)])",
            "check, settings",
        ),
    )
    suite.write(
        "smoke/test_one.py",
        body("x = settings.get('GATE_ADMIN_PASSWORD'); assert x == 1", "check, settings")
        .replace("mini.two", "mini.one")
        .replace("test_two", "test_one"),
    )
    result = suite.smoke("-rA", "--showlocals")
    assert result.ret == 1
    is_clean(suite, result)


OF_THE_SESSION = """
@pytest.fixture(scope="session")
def broken(settings):
    raise RuntimeError("refused: " + settings.get("GATE_ADMIN_PASSWORD"))
"""


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
@pytest.mark.parametrize(
    "code",
    [
        "pytest.skip(p)",
        "pytest.xfail(p)",
        "import warnings; warnings.warn(p); assert False, p",
        "record_property(p, [p]); assert False, p",
    ],
)
def test_of_checks_that_do_not_pass(suite: Suite, code: str, workers: list[str]) -> None:
    secret = "p = settings.get('GATE_ADMIN_PASSWORD')\n"
    suite.write("smoke/test_two.py", body(secret + code, "check, settings, record_property"))
    is_clean(suite, suite.smoke("-rA", "--junitxml=reports/user.xml", *workers))


def test_of_what_breaks_before_a_check_begins(suite: Suite) -> None:
    broken = body("pass", "broken, check").replace("import pytest", f"import pytest\n{OF_THE_SESSION}", 1)
    suite.write("smoke/test_two.py", broken)
    suite.write("smoke/test_three.py", "import os\nraise RuntimeError(open('gate.env').read())\n")
    result = suite.smoke("-rA", "--junitxml=reports/user.xml", "--continue-on-collection-errors")
    is_clean(suite, result)
    assert suite.verdict()["checks"][1]["observed"] == "RuntimeError: refused: [redacted]"


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_half_a_character_ends_no_run(suite: Suite, workers: list[str]) -> None:
    said = "check.attach_text('a \\ud83d', 'b \\ud83d')\nraise Failed('c \\ud83d', 'd \\ud83d', 'e \\ud83d')"
    suite.write("smoke/test_two.py", body(f"from gate.results import Failed\n{said}"))
    suite.write(
        "smoke/test_one.py", body("print('\\ud83d'); assert False, '\\ud83d'").replace("mini.two", "mini.one")
    )
    result = suite.smoke("-rA", *workers)
    assert result.ret == 1
    assert "INTERNALERROR" not in "\n".join(result.outlines + result.errlines)
    assert suite.verdict()["verdict"] == "NO-GO"
    assert "d \\ud83d" in suite.report()
