"""Apps that others wrote, and unusual pages, judged as they stand: target.toml is discover's, with few edits."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from gate import embedded
from gate.discover import run as discover
from gate.target import load_target
from sandbox.example import ROOT, Served, serve

RECORDS = {"shipments.create", "shipments.query", "shipments.not_found", "shipments.cancel"}
FIRST = {"login.admin", "login.wrong_password", "panels.open"}
# Example = the keys of its target.toml that had to be typed by hand.
EXAMPLES: dict[str, set[str]] = {
    "flask_appbuilder": {
        ".environments.local.allow",
        ".shipment.query.open",
        ".shipment.query.field",
        ".shipment.query.submit",
        ".shipment.query.empty",
    },
    "django_admin": {".environments.local.allow", ".shipment.cleanup.confirm"},
    "flask_admin": {".environments.local.allow"},
    "pages/english_interface": {".environments.local.allow"},
    "pages/client_rendered": set(),
    "pages/login_elsewhere": set(),
    "pages/without_headings": set(),
    "pages/iframe": set(),
}


def smoke(served: Served, target: Path, reports: Path) -> dict[str, Any]:
    """The verdict of a smoke run on a served example."""
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "smoke", "-m", "smoke", "--base-url", served.base_url),
            *(f"--target={target}", f"--report-dir={reports}"),
        ],
        cwd=ROOT,
        env={**os.environ, "GATE_ENV_FILE": str(served.gate_env_file)},
        capture_output=True,
        text=True,
        check=False,
    )
    found = sorted(reports.glob("smoke/*/verdict.json"))
    assert found, done.stdout + done.stderr
    verdict: dict[str, Any] = json.loads(found[-1].read_text(encoding="utf-8"))
    return verdict


def passed(verdict: dict[str, Any]) -> set[str]:
    return {check["id"] for check in verdict["checks"] if check["outcome"] == "passed"}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_passes_with_few_edits(name: str, tmp_path: Path) -> None:
    found = tmp_path / "target.toml"
    with serve(name) as served:
        assert discover(served.base_url, found, env_file=served.gate_env_file) == 0
        verdict = smoke(served, served.target, tmp_path)
    load_target(found)
    edits = _different(found, served.target)
    assert edits <= EXAMPLES[name]
    # Sign-in and panels stand as they were found: the first smoke needs no edit for them.
    assert not [key for key in edits if key.startswith((".login", ".panels"))]
    assert verdict["verdict"] == "GO", verdict["reason"]
    assert verdict["leftovers"] == []
    described = load_target(served.target).shipment is not None
    assert passed(verdict) >= (FIRST | RECORDS if described else FIRST)


@pytest.mark.slow
def test_the_reference_app_needs_one_edit(tmp_path: Path) -> None:
    sandbox = embedded.start(ROOT)
    try:
        env = Path(sandbox.facts["gate_env_file"])
        served = Served(sandbox.facts["base_url"], tmp_path / "target.toml", env, Path(sandbox.facts["log"]))
        assert discover(served.base_url, served.target, env_file=env) == 0
        first = smoke(served, served.target, tmp_path / "first")
        assert {"login.admin", "login.wrong_password", "panels.open"} <= passed(first), first["reason"]
        text = served.target.read_text(encoding="utf-8")
        served.target.write_text(text.replace("allow = []", 'allow = ["create", "cancel"]'), encoding="utf-8")
        second = smoke(served, served.target, tmp_path / "second")
    finally:
        sandbox.stop()
    assert second["verdict"] == "GO", second["reason"]
    assert passed(second) >= RECORDS


def _different(one: Path, other: Path) -> set[str]:
    """The keys whose values are not the same in both files."""
    left, right = (_flat(tomllib.loads(path.read_text(encoding="utf-8"))) for path in (one, other))
    return {key for key in left.keys() | right.keys() if left.get(key) != right.get(key)}


def _flat(value: Any, key: str = "") -> dict[str, Any]:
    if isinstance(value, dict) and key.count(".") < 3:
        return {
            name: item
            for part, below in value.items()
            for name, item in _flat(below, f"{key}.{part}").items()
        }
    return {key: value}
