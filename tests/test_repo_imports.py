"""Which imports of an app must be provided, and in which of its folders they are looked for."""

from __future__ import annotations

import ast
from textwrap import dedent

import pytest

from gate.repo.imports import foreign, reached
from gate.repo.python_source import parse
from gate.repo.search_path import added_folders


def needed(files: dict[str, str]) -> list[str]:
    """What an app in app.py imports and must have, for files by path."""
    sources = parse({path: dedent(text).encode() for path, text in files.items()})
    return [one.module for one in foreign(sources, reached(sources, ["app.py"], only_needed=True))]


def test_what_the_code_looks_for_first_is_optional_everywhere() -> None:
    tried = """
        try:
            import webauthn
        except ImportError:
            webauthn = None
    """
    keys = "import features\ndef keys():\n    import webauthn.helpers\n"
    assert needed({"app.py": keys, "features.py": tried}) == []
    found = "from importlib.util import find_spec\nEXCEL = find_spec('pyexcel') is not None\n"
    assert needed({"app.py": f"{found}def sheet():\n    import pyexcel\n"}) == []


@pytest.mark.parametrize(
    "otherwise", ["from yaml import Loader", 'raise RuntimeError("install PyYAML") from None']
)
def test_what_has_no_way_around_it_is_needed(otherwise: str) -> None:
    tried = f"try:\n    from yaml import CLoader\nexcept ImportError:\n    {otherwise}\n"
    assert needed({"app.py": f"{tried}def load():\n    import yaml\n"}) == ["yaml"]


def test_what_only_an_optional_module_imports_is_optional() -> None:
    tried = """
        try:
            from . import gmail
        except ImportError:
            gmail = None
    """
    files = {
        "app.py": "import views",
        "views.py": "from services import gmail",
        "services/gmail.py": "import oauth2",
    }
    assert needed({**files, "services/__init__.py": tried}) == []
    assert needed({**files, "services/__init__.py": ""}) == ["oauth2"]


def test_a_package_leads_to_the_modules_that_it_imports_itself() -> None:
    files = {
        "app.py": "import web",
        "web/__init__.py": "from . import views",
        "web/views.py": "import stripe",
    }
    assert needed(files) == ["stripe"]
    assert needed({**files, "app.py": "from web import views"}) == ["stripe"]


def test_a_function_whose_import_error_is_caught_needs_nothing() -> None:
    code = """
        def pretty():
            import bs4
        try:
            pretty()
        except ImportError:
            pass
    """
    assert needed({"app.py": code}) == []


def test_a_module_of_a_package_is_no_package_of_that_name() -> None:
    files = {
        "app.py": "import fetchers.browser",
        "fetchers/__init__.py": "",
        "fetchers/browser.py": "def go():\n    import playwright\n",
        "fetchers/playwright.py": "",
    }
    assert needed(files) == ["playwright"]
    script = {"app.py": "import scripts.run", "scripts/run.py": "import tool", "scripts/tool.py": ""}
    assert needed(script) == []


@pytest.mark.parametrize(
    "code",
    [
        'import os, sys\nsys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "back"))',
        'import os, sys\nHERE = os.path.dirname(__file__)\nsys.path.append(os.path.join(HERE, "x", "..", "back"))',
        'import sys\nfrom pathlib import Path\nsys.path.insert(0, str(Path(__file__).resolve().parent / "back"))',
        'import sys\nfrom pathlib import Path\nsys.path += [str(Path(__file__).parents[0].joinpath("back"))]',
        'import sys\nsys.path.extend(["back"])',
    ],
)
def test_folders_that_the_code_adds_to_the_search_path(code: str) -> None:
    assert added_folders(ast.parse(code), "wsgi.py") == ("back",)
    assert needed({"app.py": f"{code}\nimport shop", "back/shop.py": "import stripe"}) == ["stripe"]


@pytest.mark.parametrize(
    "path", ['"/opt/lib"', '"../other"', "os.environ['LIB']", "Path(__file__).parents[3]"]
)
def test_folders_outside_the_app_are_none_of_it(path: str) -> None:
    assert added_folders(ast.parse(f"sys.path.insert(0, {path})"), "web/app.py") == ()
