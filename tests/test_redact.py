"""The scrubber: a planted canary comes out in no spelling, and what only looks like a secret goes too."""

from __future__ import annotations

import ast
import base64
import html
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus, urlencode

import pytest

from gate.recorder import Check
from gate.redact import MARK, Scrubber

CANARY = "CANARY-ñandú/\"7&x' +\\end"

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "quoted": quote,
    "quoted fully": lambda text: quote(text, safe=""),
    "quoted with plus": quote_plus,
    "quoted in lower case": lambda text: quote(text, safe="").replace("%C3", "%c3").replace("%B1", "%b1")
    .replace("%BA", "%ba").replace("%2F", "%2f").replace("%2B", "%2b").replace("%5C", "%5c"),
    "form": lambda text: urlencode({"clave": text}),
    "python": repr,
    "python ascii": ascii,
    "json": json.dumps,
    "json unicode": lambda text: json.dumps(text, ensure_ascii=False),
    "html": html.escape,
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 url": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "base64 after a user": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "base64 after two": lambda text: base64.b64encode(f"ab{text}".encode()).decode(),
    "base64 inside": lambda text: base64.b64encode(f"a{text}yz".encode()).decode(),
}  # fmt: skip


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS.keys())
@pytest.mark.parametrize("secret", [CANARY, "CANARYplain12", "CANARY-" + "x" * 90])
def test_a_canary_comes_out_in_no_spelling(spell: Callable[[str], str], secret: str) -> None:
    text = f"before {spell(secret)} after"
    clean = Scrubber([secret])(text)
    assert MARK in clean
    assert "CANARY" not in clean
    assert "Q0FOQVJ" not in clean
    assert spell(secret) not in clean
    assert clean.startswith("before ")
    assert clean.endswith(" after")


def test_nothing_of_a_secret_is_left_inside_a_longer_base64_text() -> None:
    for before in range(4):
        for after in range(4):
            text = base64.b64encode(b"u" * before + CANARY.encode() + b"v" * after).decode()
            clean = Scrubber([CANARY])(text)
            rest = clean.replace(MARK, "")
            assert MARK in clean
            assert len(rest) <= len(text) - len(CANARY) + 4


def test_a_longer_secret_goes_before_its_own_part() -> None:
    assert Scrubber(["abcd", "abcdefgh"])("abcdefgh") == MARK


@pytest.mark.parametrize(
    "after", ["", "\n", "'", '"', "…", "...", " [...] more", "\\'", "&#39;", "&quot;", ", also", ")"]
)
@pytest.mark.parametrize("length", [8, 12, len(CANARY) - 1])
def test_the_beginning_of_a_secret_where_a_text_was_cut_goes_too(length: int, after: str) -> None:
    clean = Scrubber([CANARY])(f"said: {CANARY[:length]}{after}")
    assert clean == f"said: {MARK}{after}"


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS.keys())
def test_a_cut_canary_comes_out_in_no_spelling(spell: Callable[[str], str]) -> None:
    whole = spell(CANARY)
    scrub = Scrubber([CANARY])
    for length in range(len(whole)):
        clean = scrub(f"said: '{whole[:length]}…'")
        assert "CANARY-\u00f1" not in clean
        assert "CANARY-%C3" not in clean


@pytest.mark.parametrize(
    "text",
    [
        "CANARY- is seven characters: CANARY-",
        "CANARY-ñandu goes on otherwise",
        "it needs 'postgresql'",
        "no driver for postgresql://",
        "postgresql://app...",
    ],
)
def test_a_word_that_only_begins_like_a_secret_stays(text: str) -> None:
    assert Scrubber([CANARY, "postgresql://application:not-real@db.example/x"])(text) == text


def test_a_cut_address_goes_from_its_eighth_character_behind_the_scheme() -> None:
    scrub = Scrubber(["postgresql://application:not-real@db.example/x"])
    assert scrub("at 'postgresql://application:not-r'") == f"at '{MARK}'"


def test_half_a_character_can_be_written() -> None:
    assert Scrubber()("bad \ud83d, ñ") == "bad \\ud83d, ñ"


def test_evidence_is_scrubbed_before_it_is_cut(tmp_path: Path) -> None:
    check = Check("mini.one", tmp_path, Scrubber([CANARY]))
    for before in (15_000 - 10, 15_000 - 3):
        check.attach_text("log", "x" * before + CANARY + "y" * 20_000, "log")
    check.attach_text("log", "x" * 20_000 + CANARY + "y" * (5_000 - 10), "log")
    kept = "".join(str(one.text) for one in check.evidence)
    assert "CAN" not in kept
    assert "+" not in kept


def test_a_long_list_is_kept_whole_and_a_long_log_is_not(tmp_path: Path) -> None:
    check = Check("mini.one", tmp_path, Scrubber())
    routes = "\n".join(f"GET /{number:060}" for number in range(1_000))
    check.attach_text("Routes", routes)
    check.attach_text("Output", routes, "log")
    assert (check.evidence[0].text, len(str(check.evidence[1].text)) < 21_000) == (routes, True)


def test_short_values_do_not_shred_text() -> None:
    assert Scrubber(["1", "", "abc"])("1 abc") == "1 abc"


def test_secrets_learnt_during_a_run_count_from_then_on() -> None:
    scrub = Scrubber()
    assert scrub("token-of-today") == "token-of-today"
    scrub.add("token-of-today")
    assert scrub("token-of-today") == MARK


def test_data_is_scrubbed_at_any_depth() -> None:
    scrub = Scrubber(["hidden-word"])
    data = {"a": ["hidden-word", ("x hidden-word", 7)], "hidden-word": None}
    assert scrub.data(data) == {"a": [MARK, (f"x {MARK}", 7)], MARK: None}


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("postgres://app:not-real@db.example/x", f"postgres://{MARK}@db.example/x"),
        ("https://:not-real@app.example", f"https://{MARK}@app.example"),
        ("Authorization: Bearer abcdefgh12345", f"Authorization: Bearer {MARK}"),
        ("password=not-real&x=1", f"password={MARK}&x=1"),
        ("{'client_secret': 'not-real'}", f"{{'client_secret': '{MARK}'}}"),
        ('{"api_key": "not-real"}', f'{{"api_key": "{MARK}"}}'),
        ("{&#39;password&#39;: &#39;not-real&#39;}", f"{{&#39;password&#39;: &#39;{MARK}&#39;}}"),
        ("CSRF_TOKEN: not-real", f"CSRF_TOKEN: {MARK}"),
        ("contraseña = not-real", f"contraseña = {MARK}"),
        ("rnd_" + "A1b2" * 4, MARK),
        ("eyJ" + "a" * 12 + "." + "b" * 12 + "." + "c" * 12, MARK),
        ("Set-Cookie: session=not-real; Path=/", f"Set-Cookie: session={MARK}; Path=/"),
        ("-----BEGIN " + "PRIVATE KEY-----\nnot real\n-----END PRIVATE KEY-----", MARK),
        ("the password was refused", "the password was refused"),
        ("https://envios.example:8443/login", "https://envios.example:8443/login"),
    ],
)
def test_what_looks_like_a_secret(text: str, clean: str) -> None:
    scrub = Scrubber()
    assert scrub(text) == clean
    assert scrub(clean) == clean


def test_a_scrubbed_python_literal_can_still_be_read() -> None:
    assert ast.literal_eval(Scrubber([CANARY])(repr({"clave": CANARY}))) == {"clave": MARK}
