""".env.example names every variable that the gate reads, and none that it does not."""

import re

from gate.target import Target
from tests.conftest import ROOT

# Built from a role's or an account's prefix.
PREFIXES = ("GATE_ADMIN", "GATE_OPERADOR", "GATE_CLIENTE", "GATE_NEGATIVE")


def test_every_variable_that_is_read_is_there() -> None:
    sources = [
        path for name in ("gate", "preflight", "smoke", "postdeploy") for path in (ROOT / name).rglob("*.py")
    ]
    # A whole literal is a name that is read; a sentence that mentions one is not.
    read = {
        name for path in sources for name in re.findall(r'"(GATE_[A-Z_]*[A-Z])"', path.read_text("utf-8"))
    }
    read -= {*PREFIXES, *Target.model_fields["roles"].get_default().values()}
    read |= {f"{prefix}_{part}" for prefix in PREFIXES for part in ("USER", "PASSWORD")}
    text = (ROOT / ".env.example").read_text("utf-8")
    assert read - set(re.findall(r"GATE_[A-Z_]*[A-Z]", text)) == set()
    assert set(re.findall(r"^(GATE_[A-Z_]+)=$", text, re.MULTILINE)) - read == set()
