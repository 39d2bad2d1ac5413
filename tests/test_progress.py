"""The line of progress: on a terminal, in a log, and from a worker."""

from __future__ import annotations

import io

import pytest

from gate.progress import EVERY_S, Progress
from tests.conftest import Suite, body

WAITS = 'say("waiting for a deploy, 9 s left")\ncheck.examined(1, "things")'


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_shows_each_line_in_place_of_the_one_before() -> None:
    terminal = Terminal()
    progress = Progress(terminal)
    progress.show("9 s left")
    progress.show("7 s left")
    assert terminal.getvalue() == "\r\x1b[2K9 s left \r\x1b[2K7 s left "


def test_a_log_gets_a_line_now_and_then() -> None:
    moments, log = iter([0, 0, 2, EVERY_S, EVERY_S, EVERY_S + 2]), io.StringIO()
    progress = Progress(log, lambda: next(moments))
    for line in ("at once", "soon", "a while later", "soon after that"):
        progress.show(line)
    assert log.getvalue() == "\na while later\n"


@pytest.mark.parametrize("arguments", [(), ("-n", "2")])
def test_a_check_shows_it_also_from_a_worker(suite: Suite, arguments: tuple[str, ...]) -> None:
    conftest = (suite.path / "conftest.py").read_text(encoding="utf-8")
    suite.write("conftest.py", f"import gate.progress\ngate.progress.EVERY_S = 0.0\n{conftest}")
    suite.write("smoke/test_two.py", body(WAITS, "check, say"))
    result = suite.smoke(*arguments)
    assert result.ret == 0
    assert "waiting for a deploy, 9 s left" in result.stderr.str()
