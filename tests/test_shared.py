"""Facts that workers share: whole at any moment, each key of one owner, counted by each of them once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gate.deadline import Patience
from gate.recorder import Check
from gate.redact import Scrubber
from gate.shared import Facts, Shared


def test_who_looks_while_others_write_finds_the_whole_of_it(tmp_path: Path) -> None:
    shared, facts = Shared(tmp_path), {"paths": ["a/b/c"] * 2_000}
    shared.put("x", facts)
    with ThreadPoolExecutor(2) as pool:
        writing = [pool.submit(shared.put, "x", facts) for _ in range(50)]
        while not all(one.done() for one in writing):
            assert shared.peek("x") == facts
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


def test_of_several_that_count_exactly_one_is_last(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = list(pool.map(lambda _: Shared(tmp_path / "of-the-run").count("done"), range(8)))
    assert sorted(calls) == list(range(1, 9))
    assert Shared(tmp_path / "of-the-run").count("something else") == 1


def test_of_several_that_hang_at_once_none_is_forgotten(tmp_path: Path) -> None:
    asked = [f"POST /{number}" for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda one: Patience(Shared(tmp_path)).hung("a.check", one), asked))
    known = Shared(tmp_path).peek("hang")
    assert known is not None
    assert set(known["unanswered"]) == set(asked)


def test_a_key_belongs_to_one_owner(tmp_path: Path) -> None:
    shared, check = Shared(tmp_path), Check("a.first", tmp_path, Scrubber())
    assert shared.get("boot", "a.first", check, lambda: {"command": "run"}) == {"command": "run"}
    with pytest.raises(ValueError, match=r"'boot' of b\.second is that of a\.first too"):
        shared.get("boot", "b.second", check, dict)
    shared.put("log", {"mark": 0})
    with pytest.raises(ValueError, match=r"'log' of a\.first is that of plain facts too"):
        shared.get("log", "a.first", check, dict)


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
