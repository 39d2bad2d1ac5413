"""What pytest saw of a check, told as its result: above all, whose fault an assertion is."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.outcome import result_of
from gate.results import Cause, CheckResult, Outcome

ROOT = Path("/suite")
HELPER = "def judge():\n    {hidden}\n    assert 1 == 2, 'one is two'\n"


def asserted_in(file: Path, called_from: Path | None = None, *, hidden: bool = False) -> CheckResult:
    """The result of a check with an assertion that fails in `file`."""
    names: dict[str, object] = {}
    source = HELPER.format(hidden="__tracebackhide__ = True" if hidden else "pass")
    exec(compile(source, str(file), "exec"), names)
    with pytest.raises(AssertionError) as caught:
        exec(compile("judge()", str(called_from or file), "exec"), names)
    # Above the check stand pytest's frames, in a run as here.
    return result_of("mini.one", "own/test_x.py::test_x", None, caught.value, None, 0.1, ROOT, str)


@pytest.mark.parametrize(
    "file", ["preflight/loading.py", "smoke/test_login.py", "postdeploy/closing.py", "own/test_x.py"]
)
def test_an_assertion_of_a_check_speaks_of_the_product(file: str) -> None:
    result = asserted_in(ROOT / file)
    assert (result.outcome, result.cause) == (Outcome.FAILED, Cause.PRODUCT)


@pytest.mark.parametrize("file", [ROOT / "gate/services/http.py", ROOT / "own/other.py", Path("/lib/x.py")])
def test_any_other_assertion_is_a_fault_of_the_gate(file: Path) -> None:
    result = asserted_in(file, ROOT / "smoke/test_login.py")
    assert (result.outcome, result.cause) == (Outcome.INCONCLUSIVE, Cause.GATE)
    assert "AssertionError: one is two" in result.observed


def test_what_asserts_for_a_check_and_hides_itself_is_the_check_s() -> None:
    result = asserted_in(Path("/lib/expect.py"), ROOT / "smoke/test_login.py", hidden=True)
    assert (result.outcome, result.cause) == (Outcome.FAILED, Cause.PRODUCT)


def test_a_check_without_a_recorder_is_scrubbed_too() -> None:
    error = RuntimeError("refused: word")
    result = result_of(
        "mini.one", "x.py::x", None, error, None, 0.1, ROOT, lambda text: text.replace("word", "-")
    )
    assert result.observed == "RuntimeError: refused: -"
