"""What may be done where, and what is said where it may not."""

from __future__ import annotations

import pytest

from gate.target import Environment, how_to_allow, load_target
from tests.conftest import ROOT

LOCAL = Environment(urls=("http://127.0.0.1:*",), allow=("create", "cancel"))
STAGING = Environment(urls=("https://staging.envios.example",))
PRODUCTION = Environment(urls=("https://envios.example",))
NOWHERE = "http://localhost:8000"
TAKEN_FOR = f"no environment of target.toml lists {NOWHERE}, so it is production, where nothing is written; "


@pytest.mark.parametrize(
    ("environments", "name", "url", "hint"),
    [
        (
            {"local": LOCAL, "production": PRODUCTION},
            "production",
            NOWHERE,
            f"{TAKEN_FOR}add it to urls of [environments.local]",
        ),
        (
            {"local": LOCAL, "staging": STAGING, "candidate": Environment()},
            "production",
            NOWHERE,
            f"{TAKEN_FOR}add it to urls of [environments.local] or [environments.staging]",
        ),
        ({}, "production", NOWHERE, f"{TAKEN_FOR}add it to urls of an [environments.NAME]"),
        (
            {"local": LOCAL},
            "local",
            "http://127.0.0.1:8000",
            "add 'edit' to [environments.local] allow, or name the check in its not_proven with a reason",
        ),
        (
            {"production": PRODUCTION},
            "production",
            "https://envios.example",
            "add 'edit' to [environments.production] allow, or name the check in its not_proven with a reason",
        ),
        (
            {"local": LOCAL},
            "candidate",
            NOWHERE,
            "add 'edit' to [environments.candidate] allow, or name the check in its not_proven with a reason",
        ),
    ],
)
def test_what_to_write_where_something_is_not_allowed(
    environments: dict[str, Environment], name: str, url: str, hint: str
) -> None:
    assert how_to_allow("edit", environments, name, url) == hint


@pytest.mark.parametrize(
    ("url", "name", "allowed"),
    [
        ("https://envios.example", None, True),
        ("https://envios.example", "production", True),
        ("https://envios.example/abajo", "production", True),
        ("https://otra.example", None, False),
        # A run asks again by the name that it was given first.
        ("https://otra.example", "production", False),
        ("https://envios.example.otra.example", "production", False),
        (None, "production", True),
    ],
)
def test_what_production_allows_is_allowed_where_it_is_listed(
    url: str | None, name: str | None, allowed: bool
) -> None:
    described = PRODUCTION.model_copy(update={"allow": ("create", "cancel")})
    target = load_target(ROOT / "sandbox" / "target.toml").model_copy(
        update={"environments": {"production": described}}
    )
    found, environment = target.environment_of(url, name)
    assert found == "production"
    assert bool(environment.allow) is allowed
