"""The census by reading: every way in which Flask code declares a route, and every way in which it guards one."""

from __future__ import annotations

import textwrap
from dataclasses import replace

import pytest

from gate.repo.app_facts import Place, Served
from gate.repo.blueprints import Declared
from gate.repo.census import Census, census, disagreements, open_rows, unguarded
from gate.repo.guards import Guard
from gate.repo.python_source import Sources, parse
from gate.repo.route_changes import compared, kind_of
from gate.repo.routes import declared

AUTH = """
    from functools import partial
    ADMINS = ("admin", "root")
    def role_required(*roles):
        def decorate(view):
            return view
        return decorate
    admins = role_required("admin")
    staff = partial(role_required, "admin", "operator")
    def only_admin(view):
        return role_required("admin")(view)
"""


def read(**files: str) -> Sources:
    """Sources from file name (without .py, __ for a slash) = content."""
    return parse(
        {f"{name.replace('__', '/')}.py": textwrap.dedent(text).encode() for name, text in files.items()}
    )


def routes(**files: str) -> set[str]:
    """Every declared route as `METHOD rule: guards`."""
    found = declared(read(auth=AUTH, **files), ["role_required"])
    return {f"{one.method} {one.rule}: {' + '.join(sorted(map(str, one.guards))) or 'none'}" for one in found}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('@app.route("/a")\ndef a(): pass', {"GET /a: none"}),
        (
            '@app.route("/a", methods=["GET", "POST"])\ndef a(): pass',
            {"GET /a: none", "POST /a: none"},
        ),
        ('@app.post("/a")\ndef a(): pass', {"POST /a: none"}),
        ('@app.get("/a")\n@app.get("/b")\ndef a(): pass', {"GET /a: none", "GET /b: none"}),
        ('P = "/p"\n@app.get(f"{P}/a")\ndef a(): pass', {"GET /p/a: none"}),
        ('def a(): pass\napp.add_url_rule("/a", view_func=a, methods=["PUT"])', {"PUT /a: none"}),
        ('bp = Blueprint("b", __name__, url_prefix="/b")\n@bp.get("/a")\ndef a(): pass\napp.register_blueprint(bp)',
         {"GET /b/a: none"}),
        (('bp = Blueprint("b", __name__, url_prefix="/b")\n@bp.get("/a")\ndef a(): pass\n'
         'app.register_blueprint(bp, url_prefix="/c")'), {"GET /c/a: none"}),
        ('bp = Blueprint("b", __name__, url_prefix="/b")\n@bp.get("")\ndef a(): pass\napp.register_blueprint(bp)',
         {"GET /b: none"}),
        (('one = Blueprint("o", __name__, url_prefix="/o")\ntwo = Blueprint("t", __name__, url_prefix="/t")\n'
         '@two.get("/a")\ndef a(): pass\none.register_blueprint(two)\napp.register_blueprint(one)'),
         {"GET /o/t/a: none"}),
        (('def make():\n    bp = Blueprint("b", __name__)\n    @bp.get("/a")\n    def a(): pass\n    return bp\n'
         'app.register_blueprint(make(), url_prefix="/m")'), {"GET /m/a: none"}),
        ('def create_app():\n    inner = Flask(__name__)\n    @inner.get("/a")\n    def a(): pass\n    return inner',
         {"GET /a: none"}),
        (('class V(MethodView):\n    def get(self): pass\n    def delete(self): pass\n'
         'app.add_url_rule("/v", view_func=V.as_view("v"))'), {"GET /v: none", "DELETE /v: none"}),
        (('class V(View):\n    methods = ["POST"]\n    def dispatch_request(self): pass\n'
         'app.add_url_rule("/v", view_func=V.as_view("v"))'), {"POST /v: none"}),
        (('class B(View):\n    methods = ["GET", "POST"]\nclass V(B):\n    def dispatch_request(self): pass\n'
         'def routes(app):\n    view = V.as_view("v")\n    app.add_url_rule("/v", view_func=view)\n'
         '    app.add_url_rule("/w", view_func=view)'),
         {"GET /v: none", "POST /v: none", "GET /w: none", "POST /w: none"}),
        (('class V(MethodView):\n    def post(self): pass\n'
         'view = role_required("a")(V.as_view("v"))\napp.add_url_rule("/v", view_func=view)'),
         {"POST /v: role_required(a)"}),
        (('bp = Blueprint("b", __name__, url_prefix="/api")\napi = Api(bp)\nclass R(Resource):\n'
         '    def get(self): pass\napi.add_resource(R, "/r", "/s")\napp.register_blueprint(bp)'),
         {"GET /api/r: none", "GET /api/s: none"}),
        ('cache.get("key")\nvalue = settings.get("/path")', set()),
    ],
)  # fmt: skip
def test_ways_to_declare(code: str, expected: set[str]) -> None:
    head = "from flask import Flask, Blueprint\nfrom flask.views import MethodView, View\napp = Flask(__name__)\n"
    assert routes(app=head + code) == expected


@pytest.mark.parametrize(
    ("imports", "decorator", "expected"),
    [
        ("from auth import role_required", '@role_required("admin")', "role_required(admin)"),
        ("from auth import role_required as rr", '@rr("admin", "root")', "role_required(admin, root)"),
        ("import auth", '@auth.role_required("admin")', "role_required(admin)"),
        ("from auth import admins", "@admins", "role_required(admin)"),
        ("import auth", "@auth.admins", "role_required(admin)"),
        ("from auth import staff", "@staff()", "role_required(admin, operator)"),
        ("from auth import only_admin", "@only_admin", "role_required(admin)"),
        ("from auth import role_required, ADMINS", "@role_required(*ADMINS)", "role_required(admin, root)"),
        ("from elsewhere import cached", "@cached", "none"),
    ],
)
def test_ways_to_guard(imports: str, decorator: str, expected: str) -> None:
    code = f'from flask import Flask\n{imports}\napp = Flask(__name__)\n@app.get("/a")\n{decorator}\ndef a(): pass'
    assert routes(app=code) == {f"GET /a: {expected}"}


def test_guards_of_classes_registrations_and_whole_blueprints() -> None:
    code = """
        from flask import Blueprint, Flask
        from flask.views import MethodView
        from auth import role_required
        app = Flask(__name__)
        bp = Blueprint("b", __name__)
        class V(MethodView):
            decorators = [role_required("admin")]
            def get(self): pass
        app.add_url_rule("/v", view_func=V.as_view("v"))
        def plain(): pass
        app.add_url_rule("/w", view_func=role_required("root")(plain))
        @bp.before_request
        @role_required("operator")
        def before(): pass
        @bp.get("/x")
        def x(): pass
        app.register_blueprint(bp)
    """
    assert routes(app=code) == {
        "GET /v: role_required(admin)",
        "GET /w: role_required(root)",
        "GET /x: role_required(operator)",
    }


def test_a_function_of_the_app_may_register_what_it_is_given() -> None:
    helper = """
        def register_view(where, rules, view_func, **more):
            for rule in rules:
                where.add_url_rule(rule, view_func=view_func, **more)
    """
    views = """
        from flask import Blueprint
        from flask.views import MethodView
        from auth import role_required
        from helpers import register_view
        class Home(MethodView):
            def get(self): pass
        class Mails(MethodView):
            decorators = [role_required("admin")]
            def get(self): pass
            def post(self): pass
        @role_required("root")
        def sweep(): pass
        def load(app):
            user = Blueprint("user", __name__)
            register_view(user, ["/", "/home"], Home.as_view("home"))
            register_view(user, rules=["/mails"], view_func=Mails.as_view("mails"))
            register_view(user, ["/sweep"], sweep, methods=["POST"])
            app.register_blueprint(user, url_prefix="/user")
    """
    found = declared(read(auth=AUTH, helpers=helper, views=views), ["role_required"])
    named = {(f"{one.method} {one.rule}", one.place, *map(str, one.guards)) for one in found if one.rule}
    assert named == {
        ("GET /user/", "views.py:16"),
        ("GET /user/home", "views.py:16"),
        ("GET /user/mails", "views.py:17", "role_required(admin)"),
        ("POST /user/mails", "views.py:17", "role_required(admin)"),
        ("POST /user/sweep", "views.py:18", "role_required(root)"),
    }


def test_what_runs_before_the_views_of_a_blueprint_guards_them() -> None:
    code = """
        from flask import Blueprint, Flask
        from auth import role_required
        app = Flask(__name__)
        bp = Blueprint("b", __name__)
        @bp.url_value_preprocessor
        @role_required("member")
        def load(endpoint, values): pass
        @bp.get("/x")
        def x(): pass
        @app.get("/y")
        def y(): pass
        app.register_blueprint(bp)
    """
    assert routes(app=code) == {"GET /x: role_required(member)", "GET /y: none"}


def test_functions_that_all_call_each_other_are_read_once() -> None:
    names = [f"f{number}" for number in range(12)]
    code = "from auth import role_required\n" + "".join(
        f"def {name}(view): return {' or '.join(f'{other}(view)' for other in names)}\n" for name in names
    )
    code += 'def last(view): return role_required("a")(view)\n'.replace("last", "f12")
    code = code.replace(" or f11(view)", " or f12(view)")
    assert routes(app=f'{code}@app.get("/a")\n@f0\ndef a(): pass') == {"GET /a: role_required(a)"}


def test_an_object_may_be_the_guard() -> None:
    code = """
        from flask import Flask
        from oauth import ResourceProtector
        app = Flask(__name__)
        require_oauth = ResourceProtector()
        @app.get("/a")
        @require_oauth("profile")
        def a(): pass
    """
    (one,) = declared(read(app=code), ["require_oauth"])
    assert one.guards == (Guard("require_oauth", frozenset({"profile"})),)


PART = 'from flask import Blueprint\nbp = Blueprint("shop", __name__)\n@bp.get("/shop")\ndef view(): pass\n'
FACTORY = """
from flask import Flask
from part import bp
def create_app():
    app = Flask(__name__)
    {}
    return app
"""


@pytest.mark.parametrize(
    ("registration", "optional"),
    [
        ('if app.config["SHOP"]:\n        app.register_blueprint(bp)', "shop"),
        (
            "try:\n        import stripe\n    except ImportError: pass\n    else: app.register_blueprint(bp)",
            "shop",
        ),
        ("app.register_blueprint(bp)", ""),
        ('if __name__ == "__main__":\n        app.register_blueprint(bp)', ""),
        ("pass", ""),
    ],
)
def test_a_part_that_may_be_switched_off_need_not_be_served(registration: str, optional: str) -> None:
    sources = read(app=FACTORY.format(registration), part=PART)
    written = declared(sources, [])
    assert [one.optional for one in written] == [optional]
    missing = disagreements(census(written, [], sources, []), ["app.py", "part.py"], [])
    assert [one.id for one in missing] == ([] if optional else ["routes.unserved"])


@pytest.mark.parametrize(
    ("code", "chosen"),
    [
        (
            'def set_up(app):\n    if not active:\n        return\n    @app.get("/l")\n    def login(): pass',
            "login",
        ),
        ('if active:\n    @app.get("/l", endpoint="sign_in")\n    def login(): pass', "sign_in"),
        ('bp = Blueprint("b", __name__)\nif active:\n    @bp.get("/l")\n    def login(): pass', "b.login"),
        ('def set_up(app):\n    @app.get("/l")\n    def login(): pass', ""),
        ('def make():\n    if made:\n        return made\n    @app.get("/l")\n    def login(): pass', ""),
    ],
)
def test_a_route_that_a_condition_registers_is_known_by_its_endpoint(code: str, chosen: str) -> None:
    head = "from flask import Flask, Blueprint\napp = Flask(__name__)\n"
    assert [one.chosen for one in declared(read(app=head + code), [])] == [chosen]


def test_a_route_below_a_computed_prefix_is_compared_too() -> None:
    code = """
        from flask import Blueprint, Flask
        from auth import role_required
        app = Flask(__name__)
        bp = Blueprint("b", __name__)
        @bp.get("/x")
        {}
        def x(): pass
        app.register_blueprint(bp, url_prefix="/" + app.config["LINK"])
    """
    before, after = (
        declared(read(auth=AUTH, app=code.format(guard)), ["role_required"])
        for guard in ('@role_required("admin")', "")
    )
    assert [(one.kind, one.key) for one in compared(before, after)] == [("loosened", "GET …/x in app.py")]


def test_a_loop_over_modules_registers_each() -> None:
    part = 'from flask import Blueprint\nbp = Blueprint("{0}", __name__)\n@bp.get("/{0}")\ndef view(): pass\n'
    head = "from flask import Flask\nimport one, two\napp = Flask(__name__)\n"
    code = head + "for module in (one, two):\n    app.register_blueprint(module.bp)\n"
    assert routes(app=code, one=part.format("one"), two=part.format("two")) == {
        "GET /one: none",
        "GET /two: none",
    }


def test_a_list_of_routes_in_another_module_is_read_there() -> None:
    code = "from flask_restful import Api\nfrom urls import ROUTES\napi = Api(app, prefix='/v1')\n"
    code += "for route in ROUTES:\n    api.add_resource(*route)\n"
    urls = 'from auth import role_required\nclass R:\n    @role_required("a")\n    def get(self): pass\n'
    urls += 'ROUTES = [(R, "/r", "/s")]'
    assert routes(app=code, urls=urls) == {"GET /v1/r: role_required(a)", "GET /v1/s: role_required(a)"}
    found = declared(read(auth=AUTH, app=code, urls=urls), ["role_required"])
    assert {one.place for one in found} == {"urls.py:5"}, "not the loop, which is every route's"


def test_a_guard_above_the_route_is_useless() -> None:
    code = 'from auth import role_required\n@role_required("admin")\n@app.get("/a")\ndef a(): pass'
    (one,) = declared(read(auth=AUTH, app=code), ["role_required"])
    assert (one.guards, one.useless) == ((), (Guard("role_required", frozenset({"admin"})),))


def served(rule: str, file: str = "app.py", line: int = 3, endpoint: str = "a") -> Served:
    return Served("GET", rule, "", endpoint, (Place(file, line, "a"),), "", (), ())


def counted(code: str, *urls: Served) -> Census:
    sources = read(app=code)
    return census(declared(sources, ["role_required"]), urls, sources, ["role_required"])


CODE = 'from flask import Flask\napp = Flask(__name__)\n@app.get("/a")\ndef a(): pass\n'


def test_source_and_url_map_agree() -> None:
    found = counted(CODE, served("/a"))
    assert (found.agreeing, found.unserved, disagreements(found, ["app.py"], [])) == (1, (), [])


@pytest.mark.parametrize(
    ("urls", "id"),
    [
        ((), "routes.unserved"),
        ((served("/a"), served("/a", line=9, endpoint="b")), "routes.hidden"),
        ((served("/a"), served("/b", file="<string>", line=1)), "routes.unexplained"),
    ],
)
def test_disagreements(urls: tuple[Served, ...], id: str) -> None:
    found = counted(CODE, *urls)
    assert id in [finding.id for finding in disagreements(found, ["app.py"], [])]


def test_what_runs_before_every_request_guards_a_packages_routes_too() -> None:
    code = "from auth import auth\n@app.before_request\n@auth.role_required\ndef begin(): pass\n"
    dash = Place("/lib/site-packages/dash/dash.py", 9, "Dash.index")
    hook = (Place("auth.py", 2, "role_required.<locals>.inner"), Place("app.py", 6, "begin"))
    found = counted(CODE + code, Served("GET", "/charts", "", "charts", (dash,), "", (), (), hook))
    assert open_rows(found, {}) == []


def test_a_static_folder_behind_another_is_told_by_its_endpoint() -> None:
    flask = Place("/lib/site-packages/flask/app.py", 9, "Flask.send_static_file")
    files = [
        Served("GET", "/static/<path:filename>", "", name, (flask,), "", (), ())
        for name in ("static", "b.static")
    ]
    (found,) = disagreements(counted(CODE, served("/a"), *files), ["app.py"], [])
    assert (found.id, found.place) == ("routes.hidden", "GET /static/<path:filename> (b.static)")
    assert "static_url_path" in found.hint


def test_a_packages_view_stays_its_own_inside_of_a_wrapper_of_the_app() -> None:
    chain = (
        Place("app.py", 4, "wrap.<locals>.inner"),
        Place("/lib/site-packages/tool/docs.py", 9, "Docs.get"),
    )
    found = counted(CODE, served("/a"), Served("GET", "/docs", "", "docs", chain, "", (), ()))
    assert not disagreements(found, ["app.py"], [])
    assert [row.key for row in open_rows(found, {})] == ["GET /a", "GET /docs"]


def test_a_module_that_nobody_loads_serves_nothing() -> None:
    assert not disagreements(counted(CODE), ["other.py"], [])
    assert disagreements(counted(CODE), ["other.py"], ["app.py"]), "but a change that adds it must serve it"


def test_default_deny() -> None:
    found = counted(CODE, served("/a"), served("/x", "/lib/site-packages/tool/views.py"))
    assert [finding.id for finding in unguarded(open_rows(found, {}))] == ["routes.unguarded"] * 2
    assert not open_rows(found, {"/a": "the sign-in", "GET /x": "a tool"})


def test_what_is_open_is_told_once_for_all_methods_and_that_of_packages_last() -> None:
    code = 'from flask import Flask\napp = Flask(__name__)\n@app.route("/a", methods=["GET", "PUT"])\ndef a(): pass\n'
    tool = served("/x", "/lib/site-packages/tool/views.py")
    found = unguarded(counted(code, tool, served("/a"), replace(served("/a"), method="PUT")).rows)
    assert [(one.place, one.observed) for one in found] == [
        ("app.py:3", "GET, PUT /a: no known guard"),
        ("GET /x (tool/views.py)", "GET /x: no known guard, it comes with a package"),
    ]


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ([Guard("g", frozenset("a"))], [], "loosened"),
        ([Guard("g", frozenset("a"))], [Guard("g", frozenset("ab"))], "loosened"),
        ([Guard("g", frozenset("a"))], [Guard("g")], "loosened"),
        ([Guard("g", frozenset("a"))], [Guard("h")], "loosened"),
        ([Guard("g"), Guard("h")], [Guard("g")], "loosened"),
        ([Guard("g", frozenset("ab"))], [Guard("g", frozenset("a"))], "tightened"),
        ([], [Guard("g")], "tightened"),
        ([Guard("g")], [Guard("h")], "other guard"),
    ],
)
def test_kinds_of_change(before: list[Guard], after: list[Guard], kind: str) -> None:
    assert kind_of(before, after) == kind


def test_what_happens_to_all_methods_of_a_route_is_one_change() -> None:
    before = [Declared(method, "/a", "app.py:1", None, (Guard("g"),)) for method in ("GET", "POST")]
    (change,) = compared(before, [replace(one, guards=()) for one in before])
    assert str(change) == "loosened: GET, POST /a (app.py:1): g -> no guard"


REGISTERED = """from flask import Blueprint, Flask
def construct():
    made = Blueprint("made", __name__)
    @made.get("/a")
    def a(): pass
    return made
def create():
    app = Flask(__name__)
    app.register_blueprint(construct(), url_prefix="/made")
    return app
"""
NOT_REGISTERED = REGISTERED.replace('    app.register_blueprint(construct(), url_prefix="/made")\n', "")


def test_what_nothing_registers_is_not_served_wherever_it_is_made() -> None:
    assert not disagreements(counted(REGISTERED), ["app.py"], []), (
        "what a function registers may not be called here"
    )
    found = disagreements(counted(NOT_REGISTERED), ["app.py"], [])
    assert [(one.id, one.place) for one in found] == [("routes.unserved", "app.py:4")]


def test_what_is_not_registered_any_more_is_gone_and_not_new() -> None:
    before, after = (declared(read(app=code), ["role_required"]) for code in (REGISTERED, NOT_REGISTERED))
    assert [(one.kind, one.key) for one in compared(before, after)] == [("removed", "GET /made/a")]


def test_changes_between_two_trees() -> None:
    one = Declared("GET", "/a", "app.py:1", None, (Guard("g"),))
    other = Declared("GET", "/b", "app.py:5", None, ())
    changes = compared([one], [other])
    assert [(change.kind, change.key) for change in changes] == [("added", "GET /b"), ("removed", "GET /a")]
    assert compared([one], [one]) == []
