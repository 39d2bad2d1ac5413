"""gate.repo.flask_probe on stand-ins for Flask's objects: the real ones live in the app's own environment."""

from __future__ import annotations

import contextlib
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest

from gate.repo import flask_probe


class BuildError(Exception):
    """By the name of werkzeug's."""


def of_flask(endpoint: str, **values: object) -> str:
    """Flask's own url_for, which is not asked: the url_map is."""
    raise AssertionError(endpoint)


of_flask.__module__ = "flask.app"


def app(url_for: Any = of_flask, **config: object) -> Any:
    """An app whose only endpoint is `start`, with these settings and this url_for."""
    environment = jinja2.Environment()
    environment.globals["url_for"] = url_for
    return SimpleNamespace(
        jinja_env=environment,
        config=config,
        view_functions={"start": None},
        url_build_error_handlers=[],
        test_request_context=contextlib.nullcontext,
    )


def links(source: str, app: Any) -> list[str]:
    """The endpoints that are to be looked for in the url_map."""
    return [endpoint for _, endpoint, *_ in flask_probe.template(app, "t.html", source, "t.html")["urls"]]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("{% if config.QUEUE %}{{ url_for('on') }}{% else %}{{ url_for('off') }}{% endif %}", ["off"]),
        ("{% if not config['QUEUE'] %}{{ url_for('off') }}{% else %}{{ url_for('on') }}{% endif %}", ["off"]),
        ("{% if config.QUEUE and user %}{{ url_for('on') }}{% endif %}", []),
        ("{% if config.MAIL or user %}{{ url_for('on') }}{% else %}{{ url_for('off') }}{% endif %}", ["on"]),
        ("{% if config.QUEUE %}a{% elif config.MAIL %}{{ url_for('on') }}{% endif %}", ["on"]),
        ("{% if config.MAIL %}{{ url_for('same') }}{% else %}{{ url_for('same') }}{% endif %}", ["same"]),
        ("{% if config.theme %}{{ url_for('a') }}{% else %}{{ url_for('b') }}{% endif %}", ["a", "b"]),
        ("{% if user.QUEUE %}{{ url_for('a') }}{% else %}{{ url_for('b') }}{% endif %}", ["a", "b"]),
    ],
)
def test_what_the_configuration_switches_off_is_not_read(source: str, expected: list[str]) -> None:
    assert links(source, app(QUEUE=False, MAIL=True)) == expected


def test_links_that_the_apps_own_code_makes_are_no_endpoints() -> None:
    def own(endpoint: str, filename: str = "") -> str:
        if endpoint == "bower.static" and filename == "a.js":
            return "/bower/a.js"
        if endpoint == "database":
            raise LookupError("no database here")
        raise BuildError(endpoint)

    source = (
        "{{ url_for('bower.static', filename='a.js') }}{{ url_for('bower.static', filename='gone.js') }}"
        "{{ url_for('database') }}{{ url_for('gone') }}{{ url_for('start') }}"
    )
    assert links(source, app(own)) == ["bower.static", "gone", "start"]
    assert len(links(source, app())) == 5, "Flask's own looks nowhere but in the url_map"


def test_a_view_that_is_no_method_view_stands_where_it_answers() -> None:
    class View:
        def dispatch_request(self) -> str:
            return ""

    class Methods(View):
        def get(self) -> str:
            return ""

    def route(kind: type) -> dict[str, Any]:
        def view() -> str:
            return ""

        vars(view)["view_class"] = kind
        rule = SimpleNamespace(
            rule="/", host=None, subdomain=None, endpoint="a", methods={"GET"}, arguments=set(), defaults=None
        )
        served = SimpleNamespace(iter_rules=lambda: [rule])
        (one,) = flask_probe.routes(SimpleNamespace(url_map=served, view_functions={"a": view}))
        return one

    assert route(View)["by_method"]["GET"][-1][2].endswith("View.dispatch_request")
    assert route(Methods)["by_method"]["GET"][-1][2].endswith("Methods.get")


def test_what_runs_before_a_request_is_that_of_all_and_of_its_blueprints() -> None:
    def of_all() -> None: ...
    def of_api() -> None: ...
    def of_users() -> None: ...

    app = SimpleNamespace(before_request_funcs={None: [of_all], "api": [of_api], "api.users": [of_users]})
    told = {
        endpoint: [place[2].rpartition(".")[2] for place in flask_probe.before(app, endpoint)]
        for endpoint in ("start", "api.list", "api.users.list", "other.list")
    }
    assert told == {
        "start": ["of_all"],
        "api.list": ["of_all", "of_api"],
        "api.users.list": ["of_all", "of_api", "of_users"],
        "other.list": ["of_all"],
    }


def test_a_loader_of_templates_may_ask_for_the_running_app() -> None:
    running: list[bool] = []

    def listed() -> list[str]:
        if not running:
            raise RuntimeError("Working outside of application context.")
        return []

    app = SimpleNamespace(
        app_context=lambda: SimpleNamespace(push=lambda: running.append(True)),
        jinja_env=SimpleNamespace(list_templates=listed),
    )
    assert flask_probe.templates(app) == ([], [], "")
