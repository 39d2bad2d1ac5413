"""Facts that workers share: counted by each of them once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gate.recorder import Check
from gate.redact import Scrubber
from gate.shared import Facts, Shared


def test_of_several_that_count_exactly_one_is_last(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = list(pool.map(lambda _: Shared(tmp_path / "of-the-run").count("done"), range(8)))
    assert sorted(calls) == list(range(1, 9))
    assert Shared(tmp_path / "of-the-run").count("something else") == 1


def test_an_owner_that_asks_twice_tells_its_steps_once(tmp_path: Path) -> None:
    shared = Shared(tmp_path / "of-the-run")

    def ask(check: Check) -> Facts:
        def produce() -> Facts:
            with check.step("Load the app"):
                return {"routes": 3}

        return shared.get("app", "routes.census", check, produce)

    ask(Check("routes.guarded", tmp_path, Scrubber(())))
    owner = Check("routes.census", tmp_path, Scrubber(()))
    assert [ask(owner), ask(owner)] == [{"routes": 3}] * 2
    assert [step.title for step in owner.steps] == ["Load the app"]
