"""What a change must say in docs/: pure, on trees that are written here."""

from __future__ import annotations

import pytest

from gate.repo import documentation
from gate.repo.documentation import is_documentation, undocumented
from gate.repo.python_source import Sources, parse
from gate.repo.route_changes import compared
from gate.repo.routes import declared

APP = b"""
from flask import Flask
from auth import role_required
app = Flask(__name__)

@app.get("/")
@role_required("admin")
def home(): ...
"""


@pytest.mark.parametrize(
    ("path", "is_one"),
    [
        ("docs/variables.md", True),
        ("doc/arquitectura.rst", True),
        ("app/docs/rutas.md", True),
        ("README.md", True),
        ("README", True),
        (".env.example", True),
        ("docs/openapi.yaml", True),
        ("docs/api-spec.json", True),
        ("docs/_config.yml", False),
        ("docs/conf.py", False),
        ("app/README_reader.py", False),
        ("docs.py", False),
        (".env", False),
    ],
)
def test_what_documents_the_app(path: str, is_one: bool) -> None:
    assert is_documentation(path) is is_one


@pytest.mark.parametrize(
    ("changed", "findings"),
    [
        (("app.py",), 1),
        (("app.py", "docs/rutas.md"), 0),
        (("app.py", "envios/README.md"), 0),
        (("app.py", "other/README.md"), 1),
        ((), 1),
    ],
)
def test_documentation_is_touched_or_each_thing_is_told(changed: tuple[str, ...], findings: int) -> None:
    found = undocumented({"the route GET /x is new": "app.py:5"}, changed, "envios/")
    assert [(one.place, one.id) for one in found] == [("app.py:5", "change.undocumented")] * findings


def test_a_change_of_nothing_owes_no_words() -> None:
    assert undocumented({}, ("app.py",), "") == []


def tree(**files: bytes) -> Sources:
    return parse({f"{name.replace('__', '/')}.py": content for name, content in files.items()})


def routes_of(before: bytes, after: bytes, unread: tuple[str, ...] = ()) -> list[str]:
    pair = [declared(tree(app=content), ["role_required"]) for content in (before, after)]
    return list(documentation.routes(compared(*pair), unread))


def test_routes_that_came_went_or_have_another_guard() -> None:
    other = APP.replace(b'"/"', b'"/inicio"')
    assert routes_of(APP, other) == ["the route GET /inicio is new", "the route GET / is gone"]
    opened = APP.replace(b'"admin"', b'"admin", "operador"')
    assert routes_of(APP, opened) == [
        "the route GET / changed guards (role_required(admin, operador), before role_required(admin))"
    ]
    assert routes_of(APP, APP + b"\nx = 1\n") == []


def test_routes_that_lose_the_same_guard_are_one_thing_to_write_down() -> None:
    more = APP[APP.index(b"@app.get") :].replace(b'"/"', b'"/more"')
    closed = APP + b"\n" + more
    opened = closed.replace(b'@role_required("admin")\n', b"")
    assert opened != closed
    assert routes_of(closed, opened) == [
        "the route GET / and 1 more changed guards (no guard, before role_required(admin))"
    ]


def test_what_could_not_be_read_on_the_base_is_not_known_to_be_new() -> None:
    assert routes_of(b"", APP, unread=("app.py",)) == []


def test_modules_but_neither_tests_nor_migrations() -> None:
    before = tree(app=APP, old=b"", broken=b"def")
    after = tree(
        app=APP, new=b"", broken=b"x = 1", tests__new=b"", migrations__versions__a1=b"", app2__alembic__a2=b""
    )
    assert documentation.modules(before, after) == {
        "the module new.py is new": "new.py",
        "the module old.py is gone": "old.py",
    }


def test_variables_that_came_or_went() -> None:
    assert documentation.variables({"A": "app.py:1"}, {"B": "app.py:2"}) == {
        "the variable A is new": "app.py:1",
        "the variable B is no longer read": "app.py:2",
    }
