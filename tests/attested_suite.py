"""A suite with an item that people attest, and the change that owes it, for the tests about both."""

from __future__ import annotations

import json

from gate.attest import Change, attest, listing
from gate.repo.attestations import Attestation
from tests.conftest import CHECKLIST, ROOT, Suite
from tests.test_own_gate import commit
from tests.test_repo_candidate import git

TREE, OTHER, COMMIT = "a" * 40, "b" * 40, "c" * 40
WORD = {
    "item": "data.reversible",
    "by": "Responsable",
    "reason": "the column is dropped by a script",
    "at": "2026-11-28T10:00:00Z",
    "tree": TREE,
    "commit": COMMIT,
}


def line(**changes: str) -> str:
    return json.dumps({**WORD, **changes})


def word(**changes: str) -> Attestation:
    return Attestation.model_validate({**WORD, **changes})


ATTESTED = (
    CHECKLIST
    + """
[[item]]
id = "mini.data"
stages = ["preflight"]
section = "6.2"
title = "A person has looked at the data"
attested = true
when_touched = ["*.sql"]
"""
)


def with_attested(suite: Suite) -> Suite:
    """A suite with one attested item, and in its folder `app` a repository whose branch touches SQL."""
    suite.write("checklist.toml", ATTESTED)
    suite.write(
        "preflight/test_attestations.py", (ROOT / "preflight" / "test_attestations.py").read_text("utf-8")
    )
    app = suite.path / "app"
    app.mkdir()
    git(app, "init", "-q", "-b", "main")
    git(app, "config", "user.name", "Gate")
    git(app, "config", "user.email", "gate@gate.example")
    commit(app, **{"schema.sql": "-- one\n"})
    git(app, "checkout", "-q", "-b", "feature/x")
    commit(app, **{"schema.sql": "-- two\n"})
    return suite


def change(suite: Suite, app: str = "app", base: str = "main") -> Change:
    return Change.open(suite.path, suite.path / app, base, None)


def attested(suite: Suite, reason: str = "taken back by a script", item: str = "mini.data") -> list[str]:
    """Attest; what the command said."""
    said: list[str] = []
    assert attest(change(suite), item, "Responsable", reason, said.append) == 0
    return said


def listed(suite: Suite) -> str:
    said: list[str] = []
    assert listing(change(suite), said.append) == 0
    return "\n".join(said)


def preflight(suite: Suite, *arguments: str, app: str = "app") -> tuple[str, str, str]:
    """Verdict, what the attested check observed, and its hint."""
    suite.run("-m", "preflight", f"--app-dir={suite.path / app}", "--base-ref=main", *arguments)
    verdict = suite.verdict("preflight")
    check = next(one for one in verdict["checks"] if one["id"] == "mini.data")
    assert verdict["verdict"] == "GO" or verdict["next"] == "fix"
    return verdict["verdict"], check["observed"], check["hint"]
