"""gate.repo.variables and variable_rules: each rule with a value that breaks it and one that does not."""

import secrets
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gate.inputs import InputError
from gate.repo.stand_ins import reached_for_nowhere, stand_ins
from gate.repo.variable_rules import absent, is_placeholder, malformed, weak, weakness
from gate.repo.variables import Variables, VariablesFile
from gate.target import Target, Variable
from tests.conftest import ROOT

STRONG = secrets.token_urlsafe(48)


def given(**values: str) -> Variables:
    return Variables.gather((), values, Path(".env"))


def declared(**rules: dict[str, Any]) -> dict[str, Variable]:
    return {name: Variable(**rule) for name, rule in rules.items()}


def test_the_file_wins_and_the_environment_fills_in_only_what_is_declared() -> None:
    environ = {"A": "environment", "B": "environment", "PATH": "/bin"}
    variables = Variables.gather(("A", "B"), {"A": "file", "EXTRA": "x"}, Path(".env"), environ)
    assert {name: (one.value, one.source) for name, one in variables.items()} == {
        "A": ("file", ".env"),
        "EXTRA": ("x", ".env"),
        "B": ("environment", "the environment"),
    }


def test_no_value_is_shown_by_accident() -> None:
    variables = given(FLASK_SECRET_KEY=STRONG)
    assert STRONG not in repr(variables["FLASK_SECRET_KEY"])


def test_secrets_are_known_by_kind_or_by_name_and_the_password_alone_too() -> None:
    variables = given(
        DATABASE_URL="postgresql://u:p%40ss@h/d", LINK="https://x.sharepoint.com/?e=a", API_KEY="k", NAME="n"
    )
    hidden = variables.secrets(declared(LINK={"kind": "sharepoint"}))
    assert set(hidden) == {"postgresql://u:p%40ss@h/d", "p@ss", "https://x.sharepoint.com/?e=a", "k"}


@pytest.mark.parametrize(
    ("values", "id"),
    [({}, "missing"), ({"A": ""}, "missing"), ({"A": "  "}, "missing"), ({"A": "changeme"}, "placeholder")],
)
def test_an_absent_variable_is_told(values: dict[str, str], id: str) -> None:
    (finding,) = absent(declared(A={}), given(**values))
    assert (finding.id, finding.place) == (f"variables.{id}", "A")


def test_an_optional_variable_may_be_absent_but_no_placeholder() -> None:
    rules = declared(A={"required": False})
    assert absent(rules, given()) == []
    assert [finding.id for finding in absent(rules, given(A="<your value>"))] == ["variables.placeholder"]


def test_a_group_is_whole_or_absent() -> None:
    rule = {"required": False, "together": "graph"}
    rules = declared(A=rule, B=rule, C=rule)
    assert absent(rules, given()) == []
    assert absent(rules, given(A="1", B="1", C="1")) == []
    (finding,) = absent(rules, given(A="1"))
    assert (finding.id, finding.place, finding.observed) == ("variables.incomplete", "B, C", "only A")


def test_a_missing_member_that_is_required_is_told_once() -> None:
    rules = declared(A={"together": "graph"}, B={"together": "graph"})
    assert [finding.id for finding in absent(rules, given(A="1"))] == ["variables.missing"]


@pytest.mark.parametrize(
    "value",
    [
        "changeme",
        "CHANGE_ME",
        "change-me",
        "cambiar",
        "todo",
        "xxx",
        "<secret>",
        "${SECRET}",
        "your-key-here",
        "...",
        "none",
    ],
)
def test_placeholders_are_recognised(value: str) -> None:
    assert is_placeholder(value)


@pytest.mark.parametrize(
    "value", ["envios", "production", "a", "todos", "tuxedo", "my", "https://example.com"]
)
def test_values_that_resemble_placeholders_are_not(value: str) -> None:
    assert not is_placeholder(value)


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("text", '"quoted"', "quotes around it"),
        ("text", " blank", "blanks before or after"),
        ("url", "envios.example", "no http"),
        ("url", "ftp://envios.example", "no http"),
        ("url", "https://", "no http"),
        ("url", "https://a b.example", "a blank"),
        ("url", "https://[half", "no http"),
        ("postgres", "mysql://u:p@h/d", "no postgresql://"),
        ("postgres", "postgresql:///d", "no host"),
        ("postgres", "postgresql://u:p@h", "no database"),
        ("postgres", "postgresql://u:p#w@h/d", "percent-encoded"),
        ("postgres", "postgresql://u:p@w@h/d", "percent-encoded"),
        ("postgres", "postgresql://u:p@h:port/d", "cannot be read"),
        ("guid", "1234", "no GUID"),
        ("email", "envios", "no e-mail"),
        ("email", "a@b", "no e-mail"),
        ("sharepoint", "http://x.sharepoint.com/a", "not https"),
        ("sharepoint", "https://drive.example/a", "not SharePoint"),
        ("schema", "1envios", "no name of a schema"),
        ("schema", "envios; drop", "no name of a schema"),
    ],
)
def test_a_malformed_value_is_told_without_showing_it(kind: str, value: str, said: str) -> None:
    (finding,) = malformed(declared(A={"kind": kind}), given(A=value))
    assert said in finding.observed
    assert value not in f"{finding.expected}{finding.observed}{finding.hint}" or kind == "schema"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("text", "x"),
        ("url", "https://envios.example:8443/x?y=1"),
        ("url", "http://127.0.0.1:5000"),
        ("postgres", "postgres://u:p%23w@h.example:5432/d?sslmode=require"),
        ("postgres", "postgresql+psycopg://u:p@h/d"),
        ("postgres", "postgresql://postgres:@/postgres?host=/tmp/x"),
        ("postgres", "postgresql://u:p@dpg-abc0-a/d"),
        ("guid", "11111111-1111-4111-8111-111111111111"),
        ("email", "envios@envios.example"),
        ("sharepoint", "https://envios.sharepoint.com/:x:/s/ops/abc?e=1"),
        ("sharepoint", "http://127.0.0.1:8000/a.xlsx"),
        ("schema", "envios"),
        ("guid", ""),
    ],
)
def test_a_well_formed_value_is_left_alone(kind: str, value: str) -> None:
    assert malformed(declared(A={"kind": kind}), given(A=value)) == []


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("dev", "a default"),
        ("secret", "a default"),
        ("changeme", "a default"),
        ("Xk29dLpq", "8 characters"),
        ("this-is-my-very-secret-key-for-the-app", "a word"),
        ("a" * 40, "one piece repeated"),
        ("abc123" * 8, "one piece repeated"),
        ("abcdefghijklmnopqrstuvwxyz0123456789", "in sequence"),
        ("acacacacacacacacacacacacaacacacacacaa", "hardly random"),
    ],
)
def test_a_secret_that_can_be_guessed_is_weak(value: str, said: str) -> None:
    assert said in weakness(value, 32)


@pytest.mark.parametrize("make", [secrets.token_hex, secrets.token_urlsafe])
def test_a_random_secret_is_strong(make: Any) -> None:
    assert {weakness(make(32), 32) for _ in range(500)} == {""}


@pytest.mark.parametrize("begins", ["my_", "tu-", "SU_", "put-"])
def test_a_random_secret_that_begins_like_a_placeholder_is_strong(begins: str) -> None:
    assert {weakness(begins + secrets.token_urlsafe(32), 32) for _ in range(500)} == {""}


@pytest.mark.parametrize("value", ["your-key-here", "my_256_bit_secret", "TU CLAVE!", "put your token here"])
def test_what_is_to_be_filled_in_is_a_placeholder(value: str) -> None:
    assert is_placeholder(value)


def test_only_secrets_are_judged_for_strength_and_min_length_counts() -> None:
    rules = declared(NAME={}, KEY={"kind": "secret"}, SHORT={"kind": "secret", "min_length": 16})
    assert weak(rules, given(NAME="dev", KEY=STRONG, SHORT=STRONG[:20])) == []
    findings = weak(rules, given(KEY=STRONG[:20], SHORT=STRONG[:10]))
    assert [finding.place for finding in findings] == ["KEY", "SHORT"]


def test_stand_ins_are_well_formed_and_reach_nothing() -> None:
    kinds = ("text", "url", "postgres", "secret", "guid", "email", "sharepoint", "schema")
    rules = declared(**{kind.upper(): {"kind": kind} for kind in kinds}, OPTIONAL={"required": False})
    values = stand_ins(rules)
    assert "OPTIONAL" not in values
    assert malformed(rules, given(**values)) == []
    assert reached_for_nowhere('connection to server at "127.0.0.1", port 1 failed: Connection refused')
    assert not reached_for_nowhere("No module named 'flask'")


@pytest.mark.parametrize(
    ("rule", "value", "problem"),
    [
        ({"forbidden": ["public"]}, "PUBLIC", "one of them"),
        ({"forbidden": ["public"]}, "envios", None),
        ({"kind": "schema", "forbidden": ["public"]}, "public", "one of them"),
        ({"pattern": "[a-z]+"}, "abc1", "it does not"),
        ({"pattern": "[a-z]+"}, "abc", None),
        ({"kind": "email", "pattern": ".+@acme[.]example"}, "a@other.example", "it does not"),
        # Its kind comes first: one reason for one value.
        ({"kind": "email", "pattern": ".+@acme[.]example"}, "nobody", "no e-mail address"),
    ],
)
def test_rules_of_the_target_itself(rule: dict[str, Any], value: str, problem: str | None) -> None:
    found = malformed(declared(A=rule), given(A=value))
    assert [finding.observed.removesuffix(" (from .env)") for finding in found] == (
        [problem] if problem else []
    )
    assert value not in repr(found)


def test_what_a_part_of_the_app_needs_is_required_where_that_part_is_described() -> None:
    raw = tomllib.loads((ROOT / "sandbox" / "target.toml").read_text(encoding="utf-8"))
    assert Target.model_validate(raw).variables["SHAREPOINT_TARIFAS_URL"].required
    (finding,) = absent({"A": Variable(required_when="sync")}, given())
    assert finding.observed == "it is not set, and target.toml describes [sync]"
    del raw["sync"]
    without = Target.model_validate(raw).variables["SHAREPOINT_TARIFAS_URL"]
    assert not without.required
    assert absent({"A": without}, given()) == []


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"required": True, "required_when": "mail"}, "keep one of them"),
        ({"required_when": "letters"}, "required_when"),
        ({"pattern": "("}, "no regular expression"),
    ],
)
def test_a_rule_that_makes_no_sense_is_told(rule: dict[str, Any], said: str) -> None:
    raw = tomllib.loads((ROOT / "sandbox" / "target.toml").read_text(encoding="utf-8"))
    raw["variables"]["A"] = rule
    with pytest.raises(ValueError, match=said):
        Target.model_validate(raw)


def test_the_apps_own_file_is_read_unless_another_is_named(tmp_path: Path) -> None:
    assert VariablesFile.read(tmp_path) == VariablesFile()
    (tmp_path / ".env").write_text("A=own\n")
    assert VariablesFile.read(tmp_path).values == {"A": "own"}
    other = tmp_path / "other.env"
    other.write_text("A=other\n")
    assert VariablesFile.read(tmp_path, other).values == {"A": "other"}
    other.write_text("A=1\nthis is no line\n")
    with pytest.raises(InputError, match="line 2"):
        VariablesFile.read(tmp_path, other)
