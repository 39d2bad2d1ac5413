"""checklist.toml: what a good one gives, and what each kind of bad one is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from gate.checklist import Checklist, load_checklist
from gate.inputs import InputError

TODAY = dt.date(2026, 11, 24)
GOOD = """
schema = 1

[[item]]
id = "login.admin"
stages = ["smoke", "postdeploy"]
section = "3.3"
title = "Admin login"

[[item]]
id = "mail.delivered"
stages = ["postdeploy"]
section = "5.3"
title = "Mail"
severity = "advisory"
capability = "mail"
"""
WAIVER = """
[[waiver]]
item = "login.admin"
reason = "known outage"
author = "Operador Uno"
expires = 2026-11-24
"""


def load(folder: Path, text: str) -> Checklist:
    path = folder / "checklist.toml"
    path.write_text(text, encoding="utf-8")
    return load_checklist(path, TODAY)


def problems(folder: Path, text: str) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        load(folder, text)
    assert all(str(folder / "checklist.toml") in problem for problem in caught.value.problems)
    return tuple(problem.partition("checklist.toml: ")[2] for problem in caught.value.problems)


def test_items_of_a_stage_keep_their_order(tmp_path: Path) -> None:
    checklist = load(tmp_path, GOOD + WAIVER)
    assert [item.id for item in checklist.of("postdeploy")] == ["login.admin", "mail.delivered"]
    assert [item.id for item in checklist.of("smoke")] == ["login.admin"]
    assert checklist.of("preflight") == ()
    assert checklist.position("mail.delivered") == 1
    assert checklist.position("unknown.check") == 2
    assert checklist.unlisted(["mail.delivered", "b.b", "a.a"]) == ["a.a", "b.b"]


def test_a_waiver_holds_through_its_last_day(tmp_path: Path) -> None:
    assert load(tmp_path, GOOD + WAIVER).waiver[0].item == "login.admin"
    later = WAIVER.replace("2026-11-24", "2026-11-23")
    assert problems(tmp_path, GOOD + later) == (
        "waiver for login.admin expired on 2026-11-23; renew it with a reason or remove it",
    )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("severity", "severty"), "item.1.severty: unknown key; did you mean 'severity'?"),
        (('section = "3.3"\n', ""), "item.0.section: required and missing; add it"),
        (("schema = 1", "schema = 2"), "schema: input should be 1 (found 2)"),
        (("schema = 1", ""), "schema: required and missing; add it"),
        (('"smoke", "postdeploy"', '"smoke", "deploy"'), "item.0.stages.1: input should be 'preflight', "),
        (('["smoke", "postdeploy"]', "[]"), "item.0.stages: tuple should have at least 1 item"),
        (('"login.admin"', '"Login"'), "item.0.id: string should match pattern"),
        (('"mail.delivered"', '"login.admin"'), "listed twice: login.admin; every id occurs once"),
        (('"advisory"', '"warning"'), "item.1.severity: input should be 'blocker' or 'adv"),
        (('item = "login.admin"', 'item = "login.amdin"'), "waiver for an unknown item: login.amdin"),
        (('author = "Operador Uno"', 'author = ""'), "waiver.0.author: string should have at least 1"),
        (('reason = "known outage"\n', ""), "waiver.0.reason: required and missing; add it"),
        (("expires = 2026-11-24", 'expires = "soon"'), "waiver.0.expires: input should be a valid date"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    text = (GOOD + WAIVER).replace(*change)
    assert text != GOOD + WAIVER
    assert any(said in problem for problem in problems(tmp_path, text)), problems(tmp_path, text)


def test_no_items_is_no_checklist(tmp_path: Path) -> None:
    assert problems(tmp_path, "schema = 1\nitem = []\n")


def test_a_missing_checklist_names_the_way_back(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"not found; .*restore it from git"):
        load_checklist(tmp_path / "checklist.toml", TODAY)
