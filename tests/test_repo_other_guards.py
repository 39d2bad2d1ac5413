"""The guard of another name: unguarded routes tell which decorator it may be."""

from __future__ import annotations

import pytest

from gate.repo import other_guards
from gate.repo.app_facts import Place, Served
from gate.repo.census import census, open_rows
from gate.repo.python_source import parse
from gate.repo.routes import declared

GUARDS = ["role_required", "login_required"]
ONE = "these routes carry {}, which is not in [routes] guards: if it lets only some people in,"
SOME = "these routes carry {}, which are not in [routes] guards: if one lets only some people in,"
ELSE = "else put the guard on them, or list them under [routes.public] with the reason"
HEAD = """from flask import Flask
from auth import auth, cache, login_required, needs
app = Flask(__name__)
"""


def hint(*views: str, above: str = "") -> str:
    """The hint for an app of these decorators, one view each, at /0, /1 and so on, with more code above."""
    code, served = HEAD + above, []
    for number, decorators in enumerate(views):
        line = code.count("\n") + 1
        code += f'@app.get("/{number}")\n{decorators}def view{number}(): pass\n'
        place = Place("app.py", line, f"view{number}")
        served.append(Served("GET", f"/{number}", "", f"view{number}", (place,), "", (), ()))
    sources = parse({"app.py": code.encode()})
    found = census(declared(sources, GUARDS), served, sources, GUARDS)
    return other_guards.hint(open_rows(found, {}), found.rows, sources)


@pytest.mark.parametrize(
    ("views", "told"),
    [
        (["", ""], ""),
        (["@login_required\n"], ""),
        (
            ['@needs("admin")\n', "@needs\n", ""],
            f'{ONE.format("@needs (2 of 3)")} add it: guards = ["needs"]; {ELSE}',
        ),
        (
            ['@auth.needs("admin")\n', "@login_required\n"],
            f'{ONE.format("@needs (1 of 1)")} add it: guards = ["login_required", "needs"]; {ELSE}',
        ),
        (
            ["@needs\n@cache.cached(60)\n", "@needs\n"],
            f'{SOME.format("@needs (2 of 2) or @cached (1 of 2)")} add it: guards = ["needs", "cached"]; {ELSE}',
        ),
    ],
)
def test_the_decorators_of_unguarded_routes_are_named(views: list[str], told: str) -> None:
    assert hint(*views) == told


NEEDS = """def needs(view):
    def inner(*a):
        if not g.user: return redirect('/')
        return view(*a)
    return inner
"""
GZIP = "def gzip(view):\n    data = view()\n    if data: return zipped(data)\n    return data\n"
LOAD = "@app.before_request\ndef load():\n    g.user = 1\n"
KEEP = "@app.before_request\ndef keep():\n    if not g.user: raise Redirect('/login')\n"
API = "class Api:\n    method_decorators = [needs]\n    def get(self): pass\n"


@pytest.mark.parametrize(
    ("above", "views", "guards"),
    [
        (NEEDS, ["@needs\n@cache.cached(60)\n", "@cache.cached(60)\n"], ["needs"]),
        (GZIP, ["@gzip\n", ""], None),
        (GZIP, ["@gzip\n", "@gzip\n"], ["gzip"]),
        (LOAD, [""], None),
        (LOAD.replace("g.user = 1", "return None"), [""], None),
        (LOAD + KEEP, [""], ["keep"]),
        (KEEP.replace("raise Redirect('/login')", "abort(403)"), [""], ["keep"]),
        (KEEP.replace("raise Redirect('/login')", "abort(501, 'no chunks')"), [""], None),
        (NEEDS + KEEP, ["@needs\n"], ["keep", "needs"]),
    ],
)
def test_what_can_turn_people_away_is_told_from_what_cannot(
    above: str, views: list[str], guards: list[str] | None
) -> None:
    told = hint(*views, above=above)
    assert told.rpartition("guards = [")[2].partition("]")[0] == ", ".join(f'"{one}"' for one in guards or ())


def test_the_decorators_of_a_class_are_those_of_its_methods() -> None:
    code = HEAD + NEEDS + API
    place = Place("app.py", code[: code.index("def get")].count("\n") + 1, "Api.get")
    served = [Served("GET", "/api", "", "api", (place,), "Api", (), ())]
    sources = parse({"app.py": code.encode()})
    found = census((), served, sources, GUARDS)
    assert "these routes carry @needs (1 of 1)" in other_guards.hint(found.rows, found.rows, sources)


def test_what_a_package_puts_above_a_class_is_no_guard() -> None:
    code = HEAD + "import attr\n@attr.s\nclass Api(MethodView):\n    def get(self): pass\n"
    place = Place("app.py", code.count("\n"), "Api.get")
    served = [Served("GET", "/api", "", "api", (place,), "Api", (), ())]
    sources = parse({"app.py": code.encode()})
    found = census((), served, sources, GUARDS)
    assert other_guards.hint(found.rows, found.rows, sources) == ""


def test_an_app_without_any_guard_may_be_for_everybody() -> None:
    assert '[routes.public] "/*" = "the reason"' in hint("", "", "")
    assert hint("", "", "", "@login_required\n") == ""


def test_what_runs_before_requests_and_may_refuse_is_named() -> None:
    code = HEAD + (
        '@app.get("/0")\n@cache.exempt\ndef view(): pass\n'
        "@app.before_request\ndef check():\n    if not session:\n        return redirect('/login')\n"
        "@app.before_request\n@auth.members\ndef begin():\n    g.start = 1\n"
        "@app.before_request\ndef note():\n    g.start = 1\n    return None\n"
    )
    sources = parse({"app.py": code.encode()})
    served = [Served("GET", "/0", "", "view", (Place("app.py", 4, "view"),), "", (), ())]
    found = census(declared(sources, GUARDS), served, sources, GUARDS)
    assert other_guards.hint(open_rows(found, {}), found.rows, sources) == (
        "these routes carry @exempt (1 of 1), and before requests the app runs check and members, which are not in "
        f'[routes] guards: if one lets only some people in, add it: guards = ["check", "members", "exempt"]; {ELSE}'
    )
    assert other_guards.hint([], found.rows, sources) == ""


@pytest.mark.parametrize(
    ("wrapper", "line", "name"),
    [
        (
            "class Api:\n  def members(view):\n    def inner():\n      return view()\n    return inner\n",
            3,
            "members",
        ),
        (
            "class members:\n  def __call__(self, view):\n    def inner():\n      return view()\n",
            3,
            "members",
        ),
    ],
)
def test_what_the_running_app_has_around_a_view_comes_first(wrapper: str, line: int, name: str) -> None:
    code = f"{wrapper}@api.doc\n@api.expect\n@api.marshal\ndef view(): pass\n"
    chain = (Place("app.py", line, "inner"), Place("app.py", wrapper.count("\n") + 1, "view"))
    sources = parse({"app.py": code.encode()})
    found = census((), [Served("GET", "/0", "", "view", chain, "", (), ())], sources, GUARDS)
    assert f'guards = ["{name}", "doc", "expect"]' in other_guards.hint(found.rows, found.rows, sources)
