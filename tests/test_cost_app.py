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
    found = changed(tmp_path, f"KINDS = range(2)\n{APP}", f"KINDS = {kinds}\n{APP}# changed\n")
    assert (found["outcome"], found["observed"].partition(" (and")[0]) == (outcome, observed)


GOOD = f"KINDS = range(2)\n{APP}"
NO_SIGN_IN = GOOD.replace("if known:", "if known and False:")
BROKEN = GOOD.replace("def sales():", "def sales():\n    raise KeyError('broken')")
STOCK = """
@app.get("/stock")
def stock():
    return f"<h1>Stock</h1><table><tr><td>{rows('SELECT count(*) FROM sales, people')[0][0]}</td></tr></table>"
"""
WITH_STOCK = GOOD + STOCK
STOCK_PANEL = '{ id = "stock", open = ["/stock"], heading = "Stock" }]'


@pytest.mark.parametrize(
    ("before", "after", "panels", "outcome", "says"),
    [
        (NO_SIGN_IN, GOOD, TARGET, "inconclusive", "the base: "),
        (BROKEN, GOOD.replace("range(2)", "range(40)"), TARGET, "inconclusive", "sales: on the base "),
        (
            GOOD,
            WITH_STOCK,
            TARGET.replace('"Sales" }]', f'"Sales" }}, {STOCK_PANEL}'),
            "passed",
            "not compared: ",
        ),
    ],
    ids=["no sign-in", "a broken panel", "a new panel"],
)
def test_what_is_not_on_the_base_is_no_fault_of_the_change(
    tmp_path: Path, before: str, after: str, panels: str, outcome: str, says: str
) -> None:
    found = changed(tmp_path, before, f"{after}# changed\n", panels)
    assert found["outcome"] == outcome, found["observed"]
    evidence = "".join(one["text"] for one in found["evidence"] if one.get("text"))
    assert says in f"{found['expected']} {found['observed']} {evidence}"


def changed(tmp_path: Path, before: str, after: str, target: str = TARGET) -> dict[str, Any]:
    """What panels.cost says of a change of the app."""
    folder = tmp_path / "app"
    folder.mkdir()
    for name, text in {
        "app.py": before,
        "setup.py": SETUP,
        "requirements.txt": REQUIREMENTS,
        ".python-version": "3.11.9\n",
    }.items():
        (folder / name).write_text(text)
    commit(folder)
    subprocess.run(["git", "checkout", "-q", "-b", "feature/x"], cwd=folder, check=True)
    (folder / "app.py").write_text(after)
    commit(folder)
    (tmp_path / "target.toml").write_text(target)
    return cost(tmp_path, folder)


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
