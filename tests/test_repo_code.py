"""What is read of the app's code besides its routes: imports, pins, the start command, names in templates."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.repo.app_facts import AppFacts, Place, Served, Template
from gate.repo.imports import Provided, foreign, reached
from gate.repo.pinning import unpinned
from gate.repo.python_source import parse
from gate.repo.requirements import Requirement
from gate.repo.scopes import World
from gate.repo.start_command import StartCommand, app_of, checking, gunicorn_words
from gate.repo.templates import Named, named_in, wrong_names
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
    ],
)
def test_imports_that_may_fail_are_spared(code: bytes) -> None:
    sources = parse({"app.py": code})
    assert foreign(sources, sources.modules.values()) == []


def test_a_namespace_provides_only_the_parts_it_has(tmp_path: Path) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    (site / "google" / "auth").mkdir(parents=True)
    (site / "plain.py").touch()
    provided = Provided.by(tmp_path)
    told = [provided.has(name) for name in ("google.auth", "google.cloud", "plain", "absent")]
    assert told == [True, False, True, False]


@pytest.mark.parametrize(
    ("text", "pinned"),
    [
        ("Flask==3.1.3", True),
        ('Flask[async]==3.1.3; python_version < "4"', True),
        ("Flask==3.1.3 --hash=sha256:00", True),
        ("Flask", False),
        ("Flask>=3", False),
        ("Flask==3.*", False),
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


def facts(*templates: Template, names: tuple[str, ...] | None = None) -> AppFacts:
    known = tuple(one.name for one in templates) if names is None else names
    return AppFacts((DETAIL,), (), templates, known, url_defaults=False)


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
    [(1, "a.detail", ("id",), False), (1, "a.detail", (), True), (1, ".detail", ("id",), False)],
)
def test_links_that_hold(url: tuple[int, str, tuple[str, ...], bool]) -> None:
    assert wrong_names(facts(Template("t", "t.html", None, urls=(url,))), []) == []


def test_links_to_a_part_that_is_switched_off_are_no_findings() -> None:
    link = Template("t", "t.html", None, urls=((1, "oauth.login", (), False),))
    assert wrong_names(facts(link), [Named("endpoint", "oauth.login", "app.py:1")], {"oauth"}) == []
    served = Template("t", "t.html", None, urls=((1, "a.gone", (), False),))
    assert len(wrong_names(facts(served), [], {"a"})) == 1, (
        "but of one that is served every link must lead somewhere"
    )


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
