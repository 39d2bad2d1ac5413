"""Facts that workers share: whole at any moment, each key of one owner, counted by each of them once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gate.recorder import Check
from gate.redact import Scrubber
from gate.shared import Shared


def test_of_several_that_count_exactly_one_is_last(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        calls = list(pool.map(lambda _: Shared(tmp_path / "of-the-run").count("done"), range(8)))
    assert sorted(calls) == list(range(1, 9))
    assert Shared(tmp_path / "of-the-run").count("something else") == 1


def test_who_reads_while_it_is_written_reads_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared, seen = Shared(tmp_path), []
    shared.put("hang", {"by": "a.first"})
    write_text = Path.write_text

    def in_two_parts(path: Path, text: str, **how: Any) -> int:
        write_text(path, text[: len(text) // 2], **how)
        seen.append(Shared(tmp_path).peek("hang"))
        return write_text(path, text, **how)

    monkeypatch.setattr(Path, "write_text", in_two_parts)
    shared.put("hang", {"by": "a.second"})
    assert seen == [{"by": "a.first"}]
    assert shared.peek("hang") == {"by": "a.second"}


def test_a_key_belongs_to_one_owner(tmp_path: Path) -> None:
    shared, check = Shared(tmp_path), Check("a.first", tmp_path, Scrubber())
    assert shared.get("boot", "a.first", check, lambda: {"command": "run"}) == {"command": "run"}
    with pytest.raises(ValueError, match=r"'boot' of b\.second is that of a\.first too"):
        shared.get("boot", "b.second", check, dict)
    shared.put("log", {"mark": 0})
    with pytest.raises(ValueError, match=r"'log' of a\.first is that of plain facts too"):
        shared.get("log", "a.first", check, dict)
