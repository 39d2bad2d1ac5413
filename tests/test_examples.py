"""Apps that others wrote, judged as they stand: target.toml is what discover wrote, with few edits."""

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

# Example = how many keys of its target.toml had to be typed by hand.
PROOFS = {"flask_appbuilder": 5, "flask_admin": 1, "django_admin": 2}
PAGES = {
    "pages/client_rendered": 0,
    "pages/login_elsewhere": 0,
    "pages/without_headings": 0,
    "pages/iframe": 0,
}
RECORDS = {"shipments.create", "shipments.query", "shipments.not_found", "shipments.cancel"}


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


@pytest.mark.parametrize(
    "name", [name if name == "flask_admin" else pytest.param(name, marks=pytest.mark.slow) for name in PROOFS]
)
def test_an_interface_of_others_passes(name: str, tmp_path: Path) -> None:
    with serve(name) as served:
        verdict = smoke(served, served.target, tmp_path)
    assert verdict["verdict"] == "GO", verdict["reason"]
    assert {"login.admin", "login.wrong_password", "panels.open"} | RECORDS <= passed(verdict)
    assert verdict["leftovers"] == []


@pytest.mark.parametrize("name", PAGES)
def test_unusual_pages_pass(name: str, tmp_path: Path) -> None:
    with serve(name) as served:
        verdict = smoke(served, served.target, tmp_path)
    assert verdict["verdict"] == "GO", verdict["reason"]
    assert {"login.admin", "login.wrong_password", "panels.open"} <= passed(verdict)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "edits"), [*PROOFS.items(), *PAGES.items()])
def test_what_is_written_at_first_needs_few_edits(name: str, edits: int, tmp_path: Path) -> None:
    found = tmp_path / "target.toml"
    with serve(name) as served:
        assert discover(served.base_url, found, env_file=served.gate_env_file) == 0
        verdict = smoke(served, found, tmp_path / "reports")
    load_target(found)
    assert {"login.admin", "panels.open"} <= passed(verdict), verdict["reason"]
    assert len(_different(found, served.target)) <= edits


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
    if isinstance(value, dict) and key.count(".") < 2:
        return {
            name: item
            for part, below in value.items()
            for name, item in _flat(below, f"{key}.{part}").items()
        }
    return {key: value}
