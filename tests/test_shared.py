"""Facts that workers share: counted by each of them once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gate.shared import Shared


def test_of_several_that_count_exactly_one_is_last(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = list(pool.map(lambda _: Shared(tmp_path / "of-the-run").count("done"), range(8)))
    assert sorted(calls) == list(range(1, 9))
    assert Shared(tmp_path / "of-the-run").count("something else") == 1
