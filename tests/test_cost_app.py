"""panels.cost on a small app that the sandbox does not know, whose driver writes values into its statements."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.test_booted_app import REQUIREMENTS, commit

pytestmark = pytest.mark.slow

APP = '''
import os
import psycopg
from flask import Flask, g, redirect, request, session
app = Flask(__name__)
app.secret_key = os.environ["SECRET"]

def rows(sql, *values):
    with psycopg.connect(os.environ["DATABASE_URL"], cursor_factory=psycopg.ClientCursor) as connection:
        return connection.execute(sql, values).fetchall()

@app.route("/login", methods=["GET", "POST"])
def login():
    if request.method == "POST":
        told = request.form
        known = rows("SELECT name FROM people WHERE name = %s AND word = %s", told["user"], told["word"])
        if known:
            session["user"] = known[0][0]
            return redirect("/")
    return """<form method="post"><label>User <input name="user"></label>
        <label>Password <input name="word" type="password"></label><button>Sign in</button></form>"""

@app.get("/")
def home():
    return '<h1>Home</h1><a href="/sales">Sales</a>'

@app.get("/sales")
def sales():
    found = [(kind, rows("SELECT sum(amount) FROM sales WHERE kind = %s", kind)[0][0]) for kind in KINDS]
    body = "".join(f"<tr><td>{kind}</td><td>{amount}</td></tr>" for kind, amount in found)
    return f"<h1>Sales</h1><table><tbody>{body}</tbody></table>"
'''
LINE = 2 + [line.startswith("    found =") for line in APP.splitlines()].index(True)
SETUP = """
import os, psycopg
with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
    connection.execute("CREATE TABLE people (name text, word text)")
    connection.execute("INSERT INTO people VALUES ('boss', %s)", [os.environ["SEED"]])
    connection.execute("CREATE TABLE sales AS SELECT n % 40 AS kind, n AS amount FROM generate_series(1, 400) AS n")
"""
TARGET = """
schema = 1
name = "Shop"
login = { path = "/login", user = "User", password = "Password", submit = "Sign in", proof = { heading = "Home" } }
panels = [{ id = "sales", open = ["Sales"], heading = "Sales" }]
without = { shipment = "none", pdf = "none", mail = "none" }
start = { vulnerability_service = "osv" }
[variables]
DATABASE_URL = { kind = "postgres" }
SECRET = { kind = "secret" }
[candidate]
setup = ["python setup.py"]
accounts = { admin = "boss" }
env = { SEED = "{password:admin}" }
"""


@pytest.mark.parametrize(
    ("kinds", "outcome", "observed"),
    [
        ("range(2)", "passed", ""),
        (
            "range(40)",
            "failed",
            f"app.py:{LINE} - sales: 40 statements (base: 2); 40 times: SELECT sum(amount) FROM sales WHERE kind = 0",
        ),
    ],
)
def test_a_change_that_asks_once_for_each_row(
    tmp_path: Path, kinds: str, outcome: str, observed: str
) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    for name, text in {
        "app.py": f"KINDS = range(2)\n{APP}",
        "setup.py": SETUP,
        "requirements.txt": REQUIREMENTS,
        ".python-version": "3.11.9\n",
    }.items():
        (folder / name).write_text(text)
    commit(folder)
    subprocess.run(["git", "checkout", "-q", "-b", "feature/x"], cwd=folder, check=True)
    (folder / "app.py").write_text(f"KINDS = {kinds}\n{APP}# changed\n")
    commit(folder)
    (tmp_path / "target.toml").write_text(TARGET)
    found = cost(tmp_path, folder)
    assert (found["outcome"], found["observed"].partition(" (and")[0]) == (outcome, observed)


def cost(tmp_path: Path, app: Path) -> dict[str, Any]:
    """What panels.cost says, in a whole preflight of the app."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("GATE_", "GITHUB_"))}
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-m",
            "preflight",
            "--query-cost",
            f"--app-dir={app}",
            "--base-ref=main",
            f"--target={tmp_path / 'target.toml'}",
            f"--report-dir={tmp_path / 'reports'}",
        ],
        cwd=ROOT,
        # Nobody outside is asked about the packages.
        env={**own, "GATE_OSV_URL": "http://127.0.0.1:9"},
        check=False,
        capture_output=True,
        timeout=240,
    )
    verdict = json.loads((tmp_path / "reports" / "latest" / "preflight" / "verdict.json").read_text())
    found: dict[str, Any] = next(one for one in verdict["checks"] if one["id"] == "panels.cost")
    return found
