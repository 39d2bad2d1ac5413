"""What discover makes of what it sees, and that it only reads."""

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from gate.discover import run as discover
from gate.discover.compare import figure, shown_like
from gate.discover.draft import Draft, toml
from gate.discover.entrance import Entrance, asks_for_the_user_alone
from gate.discover.explorer import Explorer
from gate.discover.listing import Listing
from gate.discover.putting_away import PUTS_AWAY, perhaps
from gate.discover.samples import carries_the_mark, choice, number_pattern, sample, words_in
from gate.target import load_target
from sandbox.example import serve

PLAIN: dict[str, Any] = {
    "kind": "text", "label": "", "name": "", "placeholder": "", "pattern": "", "mode": "", "longest": 0,
    "date": False, "min": "", "max": "", "step": "",
}  # fmt: skip


@pytest.mark.parametrize(
    ("raw", "shown", "typed", "expected"),
    [
        ("2026-12-03", "03/12/2026", "{today+2}", "{dd/mm/yyyy}"),
        ("2026-12-03", "2026-12-03", "{today+2}", "{yyyy-mm-dd}"),
        ("12.50", "12,50 kg", 12.5, "12,50 kg"),
        ("1234.5", "S/ 1.234,50", "98765,4", "S/ 98.765,40"),
        ("1234.50", "$1,234.50", 12.5, "$12.50"),
        ("20123456789", "20123456789", "20999999999", "20999999999"),
        ("7", "7", 3, "3"),
        ("Lima", "Lima", "Arequipa", "Arequipa"),
        ("Lima", "LIMA (Perú)", "Arequipa", None),
        ("2026-12-03", "en dos días", "{today+2}", None),
    ],
)
def test_how_a_value_will_be_shown(raw: str, shown: str, typed: str | float, expected: str | None) -> None:
    assert shown_like(raw, shown, typed) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("$500.00", 500.0), ("12,50 kg", 12.5), ("S/ 1.234,50", 1234.5), ("none", None)]
)
def test_a_figure_in_a_text(text: str, expected: float | None) -> None:
    assert figure(text) == expected


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["ENV-000123", "ENV-002000"], r"ENV-\d{6}"),
        (["ENV-0042", "ENV-10000"], r"ENV-\d{4,}"),
        (["T-42", "T-41"], r"T-\d+"),
        (["T-9", "T-131"], r"T-\d+"),
        (["G 2026/015", "G 2025/099"], r"G \d+/\d{3}"),
        (["Lima", "Ica"], None),
        (["T-42", "U-42"], None),
        (["Row 1", "Row 2"], None),
    ],
)
def test_what_numbers_have_in_common(values: list[str], expected: str | None) -> None:
    assert number_pattern(values) == expected
    if expected:
        assert all(re.fullmatch(expected, value) for value in values)


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"kind": "date"}, "{today+2}"),
        ({"kind": "number", "step": "0.01"}, 12.5),
        ({"kind": "number", "step": "1", "max": "2"}, 2),
        ({"mode": "numeric", "longest": 11}, "20123456789"),
        ({"placeholder": "1.234,50"}, "1.234,50"),
        ({"kind": "textarea"}, "Control de entrega {run}"),
        ({"longest": 5}, "Ñandú"),
    ],
)
def test_what_is_typed(seen: dict[str, Any], expected: Any) -> None:
    assert sample({**PLAIN, **seen})[0] == expected


@pytest.mark.parametrize(
    ("language", "note"),
    [
        ("es-PE", "Control de entrega {run}"),
        ("", "Control de entrega {run}"),
        ("en-US", "Release gate {run}"),
    ],
)
def test_what_is_proposed_is_in_the_language_of_the_app(language: str, note: str) -> None:
    own = words_in(language)
    assert sample({**PLAIN, "kind": "textarea"}, own)[0] == note
    assert (own.cancelled == "Anulado") == ("entrega" in note)
    assert sample(PLAIN, own)[0] == own.text
    assert not own.text.isascii()
    assert "<b>" in own.text


@pytest.mark.parametrize(
    ("said", "puts_away"),
    [
        ("Anular", True),
        ("Archive", True),
        ("Cancelar el envío", True),
        ("Close ticket", True),
        ("Cerrar envío", True),
        ("Close", False),
        ("Close the window", False),
        ("Cerrar la ventana", False),
        ("Cerrar sesión", False),
        ("Closed tickets", False),
    ],
)
def test_what_puts_a_record_away(said: str, puts_away: bool) -> None:
    assert bool(PUTS_AWAY.search(said)) is puts_away


def _buttons(*texts: str) -> dict[str, Any]:
    plain = {"tag": "button", "seen": True, "dialog": False, "row": False}
    return {"links": [{**plain, "text": text} for text in texts], "tables": [], "forms": []}


class Finds(Explorer):
    """Finds every button by its text."""

    def __init__(self) -> None:
        pass

    def clickable(self, seen: Mapping[str, Any]) -> str:
        return str(seen["text"])


def test_a_bare_word_may_put_a_record_away_and_says_so() -> None:
    found = Listing()
    perhaps(Finds(), _buttons("Edit", "Close"), _buttons(), found)
    assert found.cleanup == {"cancel": "Close", "proof": "Closed"}
    assert found.notes["cleanup.cancel"] == "is this what puts a record away?"


def test_where_no_button_puts_a_record_away_those_that_were_seen_are_told() -> None:
    found = Listing()
    perhaps(Finds(), _buttons("Edit", "Print", "Sign out"), _buttons(), found)
    assert found.cleanup == {}
    assert found.notes["cleanup.none"].endswith("the buttons of the record's page: 'Edit', 'Print'")


@pytest.mark.parametrize(("logout", "line"), [(["Menu", "Sign out"], "logout = "), ([], "# logout = ")])
def test_the_way_out_is_written_or_asked_for(logout: list[Any], line: str) -> None:
    draft = Draft()
    Entrance("/login", "User", "Password", "Sign in", logout=logout).write(draft)
    last = draft.text().splitlines()[-1]
    assert last.startswith(line)
    assert ("# ?" in last) == (not logout)


def test_the_mark_goes_where_people_write_notes() -> None:
    notes = {**PLAIN, "kind": "textarea", "label": "Observaciones"}
    assert carries_the_mark(notes) > carries_the_mark({**PLAIN, "label": "Recipient"}) > 0
    assert carries_the_mark({**PLAIN, "longest": 10}) == 0
    assert carries_the_mark({**PLAIN, "mode": "numeric"}) == 0


def test_a_choice_that_is_none_is_passed_over() -> None:
    options = [
        {"label": "Elija un cliente", "value": ""},
        {"label": "Cargando…", "value": "0"},
        {"label": "Botica", "value": "3"},
    ]
    assert choice(options) == "Botica"
    assert choice(options[:2]) is None


@pytest.mark.parametrize(
    "value",
    [
        "a",
        'say "x"',
        "tab\there",
        r"ENV-\d{6}",
        "it's \\d",
        True,
        3,
        12.5,
        ["a", {"css": "a[href='#']"}],
        {"á b": 1},
    ],
)
def test_values_survive_toml(value: Any) -> None:
    assert tomllib.loads(f"key = {toml(value)}")["key"] == value


def test_unsure_keys_are_marked_and_counted() -> None:
    draft = Draft()
    section = draft.section("[login]", "How one\nsigns in")
    section.put("path", "/login")
    section.put("error", "?", "not\nseen")
    section.put("left", None)
    assert draft.text() == '# How one signs in\n[login]\npath = "/login"\nerror = "?"  # ? not seen\n'
    assert draft.unsure == 1


@pytest.mark.parametrize(
    ("path", "kinds", "alone"),
    [
        ("/login", ["text", "checkbox"], True),
        ("/accounts/sign-in", ["email"], True),
        ("/login", ["text", "password"], False),
        ("/login", ["text", "text"], False),
        ("/search", ["text"], False),
    ],
)
def test_a_sign_in_that_asks_for_the_user_alone(path: str, kinds: list[str], alone: bool) -> None:
    page = {"url": f"http://app.example{path}", "forms": [{"fields": [{"kind": kind} for kind in kinds]}]}
    assert asks_for_the_user_alone(page) is alone


def test_an_app_is_only_read(tmp_path: Path) -> None:
    found = tmp_path / "target.toml"
    with serve("pages/client_rendered") as served:
        assert discover(served.base_url, found, env_file=served.gate_env_file, say=lambda line: None) == 0
        log = served.log.read_text(encoding="utf-8")
    target = load_target(found)
    assert [panel.heading for panel in target.panels][1:] == ["Existencias por bodega", "Movimientos del día"]
    assert target.login.error == "Usuario o clave incorrectos"
    # Signed in once, and once with a wrong password.
    assert re.findall(r'"(?:POST|PUT|PATCH|DELETE) (\S+)', log) == ["/api/login", "/api/login"]


def test_a_browser_may_be_named_in_the_file_of_the_gates_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gate.discover.reach", lambda *_: None)
    env = tmp_path / "env"
    env.write_text("GATE_ADMIN_USER=a\nGATE_ADMIN_PASSWORD=b\nGATE_BROWSER=/no/such/browser\n")
    said: list[str] = []
    assert discover("http://127.0.0.1:9", tmp_path / "target.toml", env_file=env, say=said.append) == 4
    assert "GATE_BROWSER names '/no/such/browser'" in said[-1]


def test_a_file_is_not_overwritten(tmp_path: Path) -> None:
    found = tmp_path / "target.toml"
    found.write_text("schema = 1")
    env = tmp_path / "env"
    env.write_text("GATE_ADMIN_USER=a\nGATE_ADMIN_PASSWORD=b\n")
    said: list[str] = []
    assert discover("http://127.0.0.1:9", found, env_file=env, say=said.append) == 4
    assert found.read_text() == "schema = 1"
    assert "--force" in said[-1]
