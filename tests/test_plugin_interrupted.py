"""A run that is ended from outside, at any moment: exit 2, never GO, put away once more, and what is left is told."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.conftest import ONE, ROOT, TWO, URL, Suite, body

# The suite as a user has it, but for the browser that puts away: who was asked to, and how.
CONFTEST = """
pytest_plugins = ["gate.fixtures", "gate.plugin"]
import os, signal
import gate.sweep
from gate.browser.launch import launched
from xdist.workermanage import NodeManager
def put_away(run, late_s=0.0, admin=None):
    with open("put", "a") as stream:
        print(late_s, *(entry.tag for entry in run.journal.open()), file=stream)
    if os.path.exists("browser"):
        with launched():
            os.rename("browser", "launched")
    if os.path.exists("impatient"):
        os.kill(os.getpid(), signal.SIGTERM)
    return []
gate.sweep.put_away = put_away
end_workers = NodeManager.teardown_nodes
def ending(self):
    open("ending", "w").close()
    end_workers(self)
NodeManager.teardown_nodes = ending
"""
END = "import os, signal\nos.kill(os.getpid(), signal.SIGTERM)\n"
PLAN = 'run.journal.plan("a", "shipment", "gate-mark")\ncheck.examined(1, "x")\n'


@pytest.fixture
def watched(suite: Suite) -> Suite:
    """A suite that writes down how it puts away."""
    suite.write("conftest.py", CONFTEST)
    return suite


def is_told(suite: Suite, result: pytest.RunResult) -> dict[str, object]:
    """The verdict of a run that was interrupted."""
    assert result.ret == 2, result.stdout.str()
    verdict = suite.verdict()
    assert verdict["verdict"] == "INCONCLUSIVE"
    assert "interrupted" in verdict["reason"]
    return verdict


def test_by_a_check(suite: Suite) -> None:
    suite.write("smoke/test_two.py", body("raise KeyboardInterrupt"))
    is_told(suite, suite.smoke())


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_by_a_check_of_a_worker_too(suite: Suite, workers: list[str]) -> None:
    suite.write("smoke/test_two.py", body("import pytest\npytest.exit('enough')"))
    is_told(suite, suite.smoke(*workers))


def _before_the_gate(suite: Suite, disposition: str) -> None:
    """As who starts pytest leaves it: these tests may themselves run under nohup."""
    found = (suite.path / "conftest.py").read_text()
    suite.write("conftest.py", f"import signal\nsignal.signal(signal.SIGHUP, signal.{disposition})\n{found}")


def test_by_a_terminal_that_was_closed(suite: Suite) -> None:
    _before_the_gate(suite, "SIG_DFL")
    suite.write("smoke/test_two.py", body("import os, signal\nos.kill(os.getpid(), signal.SIGHUP)"))
    is_told(suite, suite.smoke())


def test_under_nohup_a_closed_terminal_changes_nothing(suite: Suite) -> None:
    hang_up = "import os, signal\nos.kill(os.getpid(), signal.SIGHUP)\ncheck.examined(1, 'x')"
    suite.write("smoke/test_two.py", body(hang_up))
    _before_the_gate(suite, "SIG_IGN")
    assert suite.smoke().ret == 0


def test_while_checks_are_collected(suite: Suite) -> None:
    suite.write("smoke/test_two.py", END + TWO)
    is_told(suite, suite.smoke())


def test_while_checks_are_collected_and_one_is_broken(suite: Suite) -> None:
    suite.write("smoke/test_one.py", "import no_such_module\n")
    suite.write("smoke/test_two.py", END + TWO)
    is_told(suite, suite.smoke())


def test_in_a_closing_check(watched: Suite) -> None:
    (watched.path / "smoke/test_two.py").unlink()
    watched.write(
        "smoke/test_one.py", ONE.replace("(check)", "(check, run)") + f"    {PLAN.splitlines()[0]}\n"
    )
    watched.write(
        "smoke/closing.py",
        f'{END.splitlines()[0]}\nfrom gate.closing import closing\n@closing("mini.two")\n'
        f"def two(check, run):\n    {END.splitlines()[1]}\n",
    )
    verdict = is_told(watched, watched.smoke())
    assert (watched.path / "put").read_text() == "0.0 gate-mark\n"
    assert verdict["leftovers"] == ["gate-mark: planned, and not put away"]


def test_while_it_is_put_away_after_the_last_check(watched: Suite) -> None:
    watched.write("smoke/test_two.py", body(PLAN, "check, run"))
    watched.write("impatient", "")
    verdict = is_told(watched, watched.smoke())
    assert verdict["leftovers"] == ["gate-mark: planned, and not put away"]


def test_a_second_time_ends_it_at_once(watched: Suite) -> None:
    watched.write("smoke/test_two.py", body(PLAN + END, "check, run"))
    watched.write("impatient", "")
    result = watched.smoke()
    verdict = is_told(watched, result)
    assert (watched.path / "put").read_text() == "35.0 gate-mark\n"
    assert verdict["leftovers"] == ["gate-mark: planned, and not put away"]
    assert "python -m gate sweep" in result.stderr.str()


def test_a_browser_puts_away_what_a_check_left_open_in_its_own(watched: Suite) -> None:
    watched.write(
        "smoke/test_two.py", body(PLAN + "new_context().new_page()\n" + END, "check, run, new_context")
    )
    watched.write("browser", "")
    verdict = is_told(watched, watched.smoke())
    assert (watched.path / "launched").exists()
    assert verdict["leftovers"] == ["gate-mark: planned, and not put away"]


def test_what_a_worker_still_creates_is_put_away_too(watched: Suite) -> None:
    watched.write(
        "smoke/test_two.py",
        body(
            "import os, signal, time\n"
            "os.kill(os.getppid(), signal.SIGTERM)\n"
            'while not (os.path.exists("ending") or os.path.exists("put")): time.sleep(0.02)\n' + PLAN,
            "check, run",
        ),
    )
    verdict = is_told(watched, watched.smoke("-n", "2"))
    assert (watched.path / "put").read_text() == "35.0 gate-mark\n"
    assert verdict["leftovers"] == ["gate-mark: planned, and not put away"]


def test_a_worker_that_died_makes_it_look_for_late_records(watched: Suite) -> None:
    watched.write("smoke/test_two.py", body("import os; os._exit(1)"))
    assert watched.smoke("-n", "2").ret == 3
    assert (watched.path / "put").read_text() == "35.0\n"


def test_an_ordinary_run_does_not_wait_for_late_records(watched: Suite) -> None:
    assert watched.smoke().ret == 0
    assert (watched.path / "put").read_text() == "0.0\n"


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_the_first_failure_ends_the_run_as_no_go(watched: Suite, workers: list[str]) -> None:
    watched.write("smoke/test_one.py", ONE.replace('check.examined(1, "things")', "assert False"))
    assert watched.smoke("-x", *workers).ret == 1
    assert watched.verdict()["verdict"] == "NO-GO"
    assert watched.verdict()["root_causes"][0] == "mini.one"
    assert (watched.path / "put").read_text() == "0.0\n"


WAITING = body(
    'check.examined(1, "x")\nopen("waiting", "w").close()\nimport time\nwhile True: time.sleep(0.05)'
)


@pytest.mark.parametrize(("how", "word"), [(signal.SIGTERM, "INCONCLUSIVE"), (signal.SIGKILL, "UNFINISHED")])
def test_by_another_process(suite: Suite, how: signal.Signals, word: str) -> None:
    suite.write("smoke/test_two.py", WAITING)
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-m", "smoke", "--base-url", URL],
        cwd=suite.path,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    _until(suite.path / "waiting")
    process.send_signal(how)
    assert process.wait(20) == (2 if how is signal.SIGTERM else -how)
    assert suite.verdict()["verdict"] == word
    assert word in suite.report()


def _until(path: Path) -> None:
    end = time.monotonic() + 30
    while not path.exists():
        assert time.monotonic() < end, f"{path} did not come"
        time.sleep(0.02)
