"""What is read of the app's code besides its routes: imports, pins, the start command, names in templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.repo.app_facts import AppFacts, Place, Served, Template
from gate.repo.imports import Import, Provided, foreign, not_provided, reached
from gate.repo.pinning import unpinned
from gate.repo.python_source import parse
from gate.repo.requirements import Requirement
from gate.repo.scopes import World
from gate.repo.start_command import StartCommand, app_of, checking, gunicorn_words
from gate.repo.templates import Named, makes_environments, named_in, wrong_names
from gate.repo.variable_code import served_files


def test_imports_are_followed_into_functions_and_own_modules() -> None:
    sources = parse(
        {
            "app.py": b"import os\nimport web.views\nfrom . import other\n",
            "web/__init__.py": b"",
            "web/views.py": b"def page():\n    import openpyxl\n",
            "never.py": b"import pandas\n",
        }
    )
    found = foreign(sources, reached(sources, ["app.py"]))
    assert [(one.module, one.place) for one in found] == [("openpyxl", "web/views.py:2")]


@pytest.mark.parametrize(
    "code",
    [
        b"try:\n    import ujson\nexcept ImportError:\n    ujson = None\n",
        b"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pandas\n",
        b"import sys\nif sys.platform == 'win32':\n    import win32api\n",
        b"from mine import PY3\nif PY3:\n    import _thread\nelse:\n    import thread as _thread\n",
    ],
)
def test_imports_that_may_fail_are_spared(code: bytes) -> None:
    sources = parse({"app.py": code, "mine.py": b""})
    assert foreign(sources, sources.modules.values()) == []


def test_a_namespace_provides_only_the_parts_it_has(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    (site / "google" / "auth").mkdir(parents=True)
    (site / "plain.py").touch()
    provided = Provided.by(tmp_path)
    told = [provided.has(name) for name in ("google.auth", "google.cloud", "plain", "absent")]
    assert told == [True, False, True, False]


def test_a_package_that_is_missing_is_told_once(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    (site / "google" / "auth").mkdir(parents=True)
    names = ("absent.a", "google.cloud", "absent.b", "google.auth", "google.maps", "absent")
    imports = [Import(name, f"app.py:{line}") for line, name in enumerate(names, start=1)]
    found = not_provided(imports, Provided.by(tmp_path), "requirements.txt")
    assert [(one.place, one.observed.partition(",")[0]) for one in found] == [
        ("app.py:1", "absent.a is imported (and at 2 more places)"),
        ("app.py:2", "google.cloud is imported"),
        ("app.py:5", "google.maps is imported"),
    ]


@pytest.mark.parametrize(
    ("condition", "python", "told"),
    [
        ('python_version < "3.8"', "3.11.9", False),
        ('python_version >= "3.11"', "3.11.9", True),
        ('python_version < "3.8"', "3.7", True),
        ('python_version < "3"', "", False),
        ("what is this", "3.11", True),
    ],
)
def test_a_line_that_asks_for_nothing_here_needs_no_version(condition: str, python: str, told: bool) -> None:
    lines = [Requirement("flask", f"Flask>=3; {condition}", "requirements.txt", 1)]
    assert bool(unpinned(lines, python=python)) == told


@pytest.mark.parametrize(
    ("text", "pinned"),
    [
        ("Flask==3.1.3", True),
        ('Flask[async]==3.1.3; python_version < "4"', True),
        ("Flask==3.1.3 --hash=sha256:00", True),
        ("Flask", False),
        ("Flask>=3", False),
        ("Flask==3.*", False),
        ("Flask<=3.1.3,>=3.1.3", True),
        ("Flask>=3.1.3,<3.1.4", False),
        ("Flask<=3.1.3", False),
        ('Flask>=3; python_version == "3.11"', False),
        ("tool @ git+https://code.example/tool@main", False),
        ("tool @ git+https://code.example/tool@0123456789012345678901234567890123456789", True),
        ("tool @ https://code.example/tool-1.0.zip", True),
    ],
)
def test_pins(text: str, pinned: bool) -> None:
    assert (not unpinned([Requirement("x", text, "requirements.txt", 1)])) is pinned


@pytest.mark.parametrize(
    ("command", "words", "app"),
    [
        ("gunicorn app:app", ("gunicorn", "app:app"), "app:app"),
        (
            "gunicorn --bind 0.0.0.0:$PORT web.main:server",
            ("gunicorn", "--bind", "0.0.0.0:10000", "web.main:server"),
            "web.main:server",
        ),
        (
            "flask db upgrade && exec gunicorn 'pkg:create_app()'",
            ("gunicorn", "pkg:create_app()"),
            "pkg:create_app()",
        ),
        ("PYTHONPATH=src python -m gunicorn wsgi", ("gunicorn", "wsgi"), "wsgi:application"),
        ("./start.sh", (), ""),
    ],
)
def test_start_commands(command: str, words: tuple[str, ...], app: str) -> None:
    assert gunicorn_words(command) == words
    assert app_of(words) == app


@pytest.mark.parametrize(
    ("command", "folders"),
    [
        ("gunicorn app:app", ()),
        ("gunicorn --chdir backend app:app", ("backend",)),
        ("gunicorn app:app --pythonpath lib,./more --chdir=backend", ("backend", "lib", "more")),
        ("gunicorn --chdir /srv/app --pythonpath .. app:app", ()),
    ],
)
def test_folders_of_the_start_command(command: str, folders: tuple[str, ...]) -> None:
    start = StartCommand("app:app", gunicorn_words(command), "a test")
    assert start.folders == folders
    files = {"backend/app.py": b"import os\nimport shop\n", "backend/shop.py": b"", "other.py": b""}
    sources = parse(files, start=start.folders)
    assert ("backend/shop.py" in [one.path for one in served_files(sources, "app:app")]) is True


def test_the_check_stays_in_the_foreground() -> None:
    assert checking(("gunicorn", "-D", "app:app")) == ("gunicorn", "--check-config", "app:app")


DETAIL = Served("GET", "/a/<int:id>", "", "a.detail", (Place("app.py", 1, "f"),), "", ("id",), ())
START = Served("GET", "/", "", "start", (Place("app.py", 9, "g"),), "", (), ())


def facts(*templates: Template, names: tuple[str, ...] | None = None) -> AppFacts:
    known = tuple(one.name for one in templates) if names is None else names
    return AppFacts((DETAIL, START), (), templates, known, url_defaults=False)


@pytest.mark.parametrize(
    ("template", "id"),
    [
        (Template("t", "t.html", (3, "unexpected")), "templates.syntax"),
        (Template("t", "t.html", None, needs=((1, ("base.html",), ()),)), "templates.template"),
        (Template("t", "t.html", None, needs=((1, ("t",), ("macro",)),)), "templates.macro"),
        (Template("t", "t.html", None, unknown=((1, "kilo"),)), "templates.filter"),
        (Template("t", "t.html", None, urls=((1, "b.detail", ("id",), False),)), "templates.endpoint"),
        (Template("t", "t.html", None, urls=((1, "a.detail", ("_external",), False),)), "templates.argument"),
        (Template("t", "t.html", None, urls=((1, ".other", (), True),)), "templates.endpoint"),
    ],
)
def test_wrong_names_in_templates(template: Template, id: str) -> None:
    assert [finding.id for finding in wrong_names(facts(template), [])] == [id]


@pytest.mark.parametrize(
    "url",
    [
        (1, "a.detail", ("id",), False),
        (1, "a.detail", (), True),
        (1, ".detail", ("id",), False),
        (1, ".start", (), False),
    ],
)
def test_links_that_hold(url: tuple[int, str, tuple[str, ...], bool]) -> None:
    assert wrong_names(facts(Template("t", "t.html", None, urls=(url,))), []) == []


@pytest.mark.parametrize(
    ("template", "hint"),
    [
        (Template("t", "t.html", None, urls=((1, "b.detail", (), True),)), "is a.detail meant?"),
        (
            Template("t", "t.html", None, urls=((1, "b.gone", (), True),)),
            "correct the name, or commit what is missing",
        ),
        (
            Template("t", "t.html", None, unknown=((1, "kilo"),)),
            "correct the name, or register it with the app",
        ),
    ],
)
def test_what_to_do_about_a_wrong_name(template: Template, hint: str) -> None:
    assert [one.hint for one in wrong_names(facts(template), [])] == [hint]


@pytest.mark.parametrize(
    ("named", "needs", "found"),
    [
        ([], (), 0),
        ([Named("template", "m.json", "app.py:1")], (), 1),
        ([], ((1, ("m.json",), ()),), 1),
    ],
)
def test_whatever_its_ending_a_template_that_is_named_is_judged(
    named: list[Named], needs: tuple[tuple[int, tuple[str, ...], tuple[str, ...]], ...], found: int
) -> None:
    """A manifest in JSON that a view renders, a script that a page includes."""
    broken = Template("m.json", "m.json", (3, "TemplateSyntaxError: no"))
    app = facts(Template("t.html", "t.html", None, needs=needs), broken, names=("t.html", "m.json"))
    assert [one.place for one in wrong_names(app, named)] == ["m.json:3"] * found


@pytest.mark.parametrize("name", ["/a/t.html", "./a//t.html", "a/t.html"])
def test_a_template_is_found_as_jinja_finds_it(name: str) -> None:
    page = Template("a/t.html", "a/t.html", None, needs=((1, (name,), ()),))
    assert wrong_names(facts(page), [Named("template", name, "app.py:1")]) == []


def test_links_to_a_part_that_is_switched_off_are_no_findings() -> None:
    link = Template("t", "t.html", None, urls=((1, "oauth.login", (), False),))
    assert wrong_names(facts(link), [Named("endpoint", "oauth.login", "app.py:1")], {"oauth"}) == []
    page = Template("t", "t.html", None, urls=((1, "login", (), False),))
    assert wrong_names(facts(page), [Named("endpoint", "login", "app.py:1")], {"login"}) == []
    served = Template("t", "t.html", None, urls=((1, "a.gone", (), False),))
    assert len(wrong_names(facts(served), [], {"a"})) == 1, (
        "but of one that is served every link must lead somewhere"
    )


def test_templates_of_an_environment_of_the_apps_own_are_not_judged_by_flasks() -> None:
    code = (
        b"from flask import render_template\nfrom jinja2 import Environment\n"
        b"def mail(): return Environment(extensions=['jinja2.ext.i18n']).get_template('mail.html')\n"
        b"def page(): return render_template('page.html')\n"
    )
    world = World(parse({"app.py": code}))
    unknown = (2, "TemplateSyntaxError: Encountered unknown tag 'trans'.")
    mail = Template("mail.html", "mail.html", unknown)
    other = Template("other.html", "other.html", None, unknown=((3, "to_json"),))
    page = Template("page.html", "page.html", None, needs=((1, ("base.html",), ()),))
    base = Template("base.html", "base.html", unknown)
    broken = Template("broken.html", "broken.html", (4, "TemplateSyntaxError: unexpected end"))
    app = facts(mail, other, page, base, broken)
    named = named_in(world, ["app.py"])
    assert makes_environments(world, ["app.py"])
    found = wrong_names(app, named, own_environments=True)
    assert [one.place for one in found] == ["base.html:2", "broken.html:4"]
    assert len(wrong_names(app, named)) == 4


def test_views_name_templates_and_endpoints_of_flask_alone() -> None:
    code = (
        b"from flask import render_template, url_for\nfrom mine import url_for as own\n"
        b"def a():\n    own('nothing')\n    url_for('a.detail', id=1)\n    return render_template('t')\n"
    )
    named = named_in(World(parse({"app.py": code})), ["app.py"])
    assert [(one.kind, one.name) for one in named] == [("endpoint", "a.detail"), ("template", "t")]
    assert wrong_names(facts(names=("t",)), named) == []
    assert [f.id for f in wrong_names(facts(names=()), [Named("template", "t", "app.py:6")])] == [
        "templates.template"
    ]
