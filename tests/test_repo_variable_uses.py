"""gate.repo.variable_uses and variable_code: every way in which code reads a variable, and what is made of it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from gate.repo.candidate import Candidate
from gate.repo.entry_points import entry_points
from gate.repo.git import Git
from gate.repo.loaded_by_name import loaded_by_name
from gate.repo.python_source import DATA_BYTES, Sources, parse, python_files
from gate.repo.variable_code import (
    declarations,
    documented,
    introduced,
    is_platform,
    needed,
    served_files,
    undeclared,
    unused,
)
from gate.repo.variable_uses import Use, Uses, variable_uses
from tests.test_repo_candidate import git


def uses_of(app: str, **others: str) -> Uses:
    files = {"app.py": app, **{f"{name.replace('__', '/')}.py": text for name, text in others.items()}}
    sources = parse({path: text.encode() for path, text in files.items()})
    return variable_uses(sources, sources.modules.values())


@pytest.mark.parametrize(
    ("code", "fallback"),
    [
        ('import os\nos.environ["A"]', False),
        ('import os\nos.environ.get("A")', False),
        ('import os\nos.environ.get("A", "")', False),
        ('import os\nos.environ.get("A", None)', False),
        ('import os\nos.environ.get("A", "b")', True),
        ('import os\nos.environ.get("A") or "b"', True),
        ('import os\nos.getenv("A", default=3)', True),
        ('import os as system\nsystem.getenv("A")', False),
        ('from os import environ\nenviron["A"]', False),
        ('from os import environ as e\ne.get("A")', False),
        ('from os import getenv as g\ng("A")', False),
        ('import os\nenv = os.environ\nenv["A"]', False),
        ('import os\nget = os.environ.get\nget("A")', False),
        ('import os\n"A" in os.environ', True),
        ('import os\nos.environ.setdefault("A", "b")', True),
        ('import os\nNAME = "A"\nos.environ[NAME]', False),
        ('import os\nclass Key:\n    ONE = "A"\nos.environ[Key.ONE]', False),
        ('import os\nfrom enum import Enum\nclass Key(Enum):\n    ONE = "A"\nos.environ[Key.ONE.value]', False),
        ('import os\nif "A" in os.environ:\n    print(os.environ["A"])', True),
        ('import os\nN = "A"\nvalue = os.environ[N] if N in os.environ else 1', True),
        ('import os\nif os.getenv("A"):\n    start()', True),
        ('import os\nfor name in ("A",):\n    os.environ[name]', False),
        ('import os\n[os.environ[name] for name in ["A"]]', False),
        ('import os\nos.environ["" + "A"]', False),
        ('def f():\n    import os\n    return os.environ["A"]', False),
        ('import os\ndef env(name, default=None):\n    return os.environ.get(name, default)\nenv("A")', False),
        ('import os\ndef env(name, default=None):\n    return os.environ.get(name, default)\nenv("A", 1)', True),
        ('import os\ndef one(n):\n    return os.environ[n]\ndef two(n):\n    return one(n)\ntwo("A")', False),
        ('import os\nclass C:\n    @staticmethod\n    def get(n):\n        return os.environ[n]\nC.get("A")', False),
        (
            ('import os\nclass C:\n    def get(self, n):\n        return os.environ[n]\n'
            '    def all(self):\n        self.get("A")'),
            False,
        ),
        ('app.config.from_envvar("A")', False),
        ('app.config.from_envvar("A", silent=True)', True),
        ('from decouple import config\nconfig("A")', False),
        ('from decouple import config\nconfig("A", default="b", cast=str)', True),
        ('from environs import Env\nenv = Env()\nenv.read_env()\nenv.int("A")', False),
        ('import environ\nenv = environ.Env()\nenv("A", default="b")', True),
        ("from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    a: str", False),
        ("from pydantic_settings import BaseSettings\nclass S(BaseSettings):\n    a: int = 3", True),
        (
            ("from pydantic_settings import BaseSettings\nfrom pydantic import Field\n"
            'class S(BaseSettings):\n    other: int = Field(validation_alias="A")'),
            False,
        ),
    ],
)  # fmt: skip
def test_every_way_of_reading(code: str, fallback: bool) -> None:
    uses = uses_of(code)
    assert {(use.name, use.fallback) for use in uses.found} == {("A", fallback)}
    assert uses.computed == ()


@pytest.mark.parametrize(
    "code",
    [
        'import os\nos.environ["A"] = "b"',
        'environ = {}\nenviron["A"]',
        'def get(name):\n    return {}[name]\nget("A")',
        '"""os.environ["A"]"""',
    ],
)
def test_what_only_looks_like_reading(code: str) -> None:
    assert uses_of(code).found == ()


def test_helpers_of_other_modules_are_followed() -> None:
    uses = uses_of(
        'from lib.env import need\nimport lib.env as e\nfrom lib import env\nneed("A")\ne.need("B")\nenv.need("C")',
        lib__env="import os\ndef need(name):\n    return os.environ[f'ACME_{name}_URL']\n",
        lib____init__="",
    )
    assert [(use.name, use.place) for use in uses.found] == [
        ("ACME_A_URL", "app.py:4"),
        ("ACME_B_URL", "app.py:5"),
        ("ACME_C_URL", "app.py:6"),
    ]


@pytest.mark.parametrize("code", ["raise SystemExit", "sys.exit(1)"])
def test_what_gives_up_without_a_variable_needs_it(code: str) -> None:
    uses = uses_of(f'import os, sys\nif not os.environ.get("A"):\n    {code}\n')
    assert [(use.name, use.fallback) for use in uses.found] == [("A", False)]


def test_constants_of_other_modules_are_followed() -> None:
    uses = uses_of(
        "import os\nimport names\nfrom names import ONE as one, Key\n"
        "os.environ[one]\nos.environ[names.TWO]\nos.environ[Key.THREE]\nos.environ[names.Key.THREE]\n",
        names='ONE = "A"\nTWO = "B"\nclass Key:\n    THREE = "C"\n',
    )
    assert ([use.name for use in uses.found], uses.computed) == (["A", "B", "C", "C"], ())


def test_a_helper_may_read_more_than_one_variable() -> None:
    uses = uses_of(
        "import os\ndef secret(name):\n    if f'{name}_FILE' in os.environ:\n"
        "        return open(os.environ[f'{name}_FILE']).read()\n    return os.getenv(name)\nsecret('A')"
    )
    assert {(use.name, use.fallback) for use in uses.found} == {("A_FILE", True), ("A", False)}


def test_a_reader_of_another_module_is_known() -> None:
    uses = uses_of(
        'from conf import env\nenv("A")', conf="from environs import Env\nenv = Env()\nenv.read_env()\n"
    )
    assert [use.name for use in uses.found] == ["A"]


def test_a_name_stands_for_what_its_own_function_gives_it() -> None:
    code = """import os
for key in settings:
    os.environ[key]
def keys():
    for key in ["A", "B"]:
        load(key)
def other():
    key = "C"
    return os.environ[key]
"""
    uses = uses_of(code)
    assert ([use.name for use in uses.found], uses.computed) == (["C"], ("app.py:3",))


def test_a_method_that_reads_may_be_inherited_from_another_module() -> None:
    base = "import os\nclass Base:\n    @staticmethod\n    def setting(key):\n        return os.environ.get(key, 1)\n"
    app = "from base import Base\nclass Mail(Base):\n    def send(self):\n        return self.setting('A')\n"
    assert [(use.name, use.place, use.fallback) for use in uses_of(app, base=base).found] == [
        ("A", "app.py:4", True)
    ]


def test_a_parameter_hides_what_the_module_calls_so() -> None:
    uses = uses_of('import os\nname = "A"\ndef get(name):\n    return os.environ[name]\nget("B")\n')
    assert [use.name for use in uses.found] == ["B"]


@pytest.mark.parametrize(
    "code",
    [
        "config.update(SECRET_KEY='x')\nfor key in config:\n    config[key] = os.environ.get(key)\n",
        "for name, value in os.environ.items():\n    if name.startswith('SECRET_'):\n        config[name] = value\n",
    ],
)
def test_what_may_be_read_under_a_made_name_is_not_called_unused(code: str) -> None:
    told = unused(uses_of(f"import os\n{code}"), ["SECRET_KEY", "OTHER_KEY"])
    assert [finding.place for finding in told] == ["OTHER_KEY"]
    assert unused(uses_of("SECRET_KEY = 1"), ["SECRET_KEY"])


def test_a_computed_name_is_told_and_not_guessed() -> None:
    uses = uses_of("import os, sys\nos.environ[sys.argv[1]]")
    assert (uses.found, uses.computed) == ((), ("app.py:2",))


def test_a_family_covers_its_names() -> None:
    uses = uses_of('app.config.from_prefixed_env()\napp.config.from_prefixed_env("ACME")')
    assert [uses.has(name) for name in ("FLASK_SECRET_KEY", "ACME_URL", "OTHER")] == [True, True, False]


def files(**texts: str) -> Sources:
    return parse({f"{name.replace('__', '/')}.py": text.encode() for name, text in texts.items()})


def test_only_what_serving_leads_to_is_judged() -> None:
    sources = files(
        app='import views\nx.config.from_object("settings.Production")', views="", settings="", seed="import os",
    )  # fmt: skip
    assert sorted(one.path for one in served_files(sources, "app:app")) == [
        "app.py",
        "settings.py",
        "views.py",
    ]
    assert len(served_files(sources, "unknown:app")) == 4


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ('import_module("plugins.a.run")', ["plugins/a/run.py"]),
        ('NAME = "plugins.a"\nimport_module(NAME)', ["plugins/a/__init__.py"]),
        (
            'import_module(f"plugins.{name}.run")',
            ["plugins/a/__init__.py", "plugins/a/run.py", "plugins/b.py"],
        ),
        ('import_module("plugins.a.{}".format(name))', ["plugins/a/__init__.py", "plugins/a/run.py"]),
        ('import_module("plugins.a.%s" % name)', ["plugins/a/__init__.py", "plugins/a/run.py"]),
        (
            'PACKAGE = "plugins.a"\nimport_module(f"{PACKAGE}.{name}")',
            ["plugins/a/__init__.py", "plugins/a/run.py"],
        ),
        (
            'def a():\n    n = "plugins.b"\n    import_module(n)\ndef b(x):\n    n = x.name\n    import_module(n)\n',
            ["plugins/b.py"],
        ),
        ("import_module(name)", []),
        ('import_module(f"{name}.run")', []),
    ],
)
def test_what_is_loaded_by_a_text_is_served(code: str, loaded: list[str]) -> None:
    paths = ("plugins/a/__init__.py", "plugins/a/run.py", "plugins/b.py", "plugins/tests/c.py")
    sources = parse({"app.py": code.encode(), **dict.fromkeys(paths, b"")})
    assert sorted(loaded_by_name(sources, [sources.by_path["app.py"]])) == loaded


@pytest.mark.parametrize(
    "code", ['import_module("." + name, __name__)', 'import_module(f"{__name__}.{name}")']
)
def test_what_a_package_loads_of_itself_is_served(code: str) -> None:
    sources = parse({"plugins/__init__.py": code.encode(), "plugins/a.py": b"", "other.py": b""})
    found = loaded_by_name(sources, [sources.by_path["plugins/__init__.py"]])
    assert sorted(found) == ["plugins/__init__.py", "plugins/a.py"]


def test_what_is_loaded_by_a_text_may_load_more() -> None:
    sources = files(
        app='import_module(f"plugins.{name}")', plugins__a='import_string("other.Class")', other="import last", last=""
    )  # fmt: skip
    assert len(served_files(sources, "app:app")) == 4


PYPROJECT = """[project.entry-points."shop.hooks"]
mail = "hooks.mail:Mail"
[project.entry-points.other]
x = "hooks.x"
"""
SETUP_CFG = """[options.entry_points]
shop.hooks =
    mail = hooks.mail:Mail [extra]
other =
    x = hooks.x
"""
SETUP = """from setuptools import setup
setup(entry_points={
    "shop.hooks": ["mail = hooks.mail:Mail"], "other": "x = hooks.x", "console_scripts": ["run = app:main"]
})
"""


@pytest.mark.parametrize(
    ("file", "text"), [("pyproject.toml", PYPROJECT), ("setup.cfg", SETUP_CFG), ("setup.py", SETUP)]
)
def test_entry_points_of_the_app_itself_are_served_where_it_asks_for_their_group(
    file: str, text: str
) -> None:
    offered = entry_points({file: text}.get)
    assert offered == {"shop.hooks": ("hooks.mail",), "other": ("hooks.x",)}
    sources = files(
        app="from importlib.metadata import entry_points\nentry_points(group='shop.hooks')",
        hooks__mail="import last", hooks__x="", last="",
    )  # fmt: skip
    assert sorted(one.path for one in served_files(sources, "app:app", offered)) == [
        "app.py",
        "hooks/mail.py",
        "last.py",
    ]


@pytest.mark.parametrize(
    "text", ["[", "entry_points(", "setup(entry_points=made())", 'setup(entry_points="x")']
)
def test_entry_points_that_cannot_be_read_offer_nothing(text: str) -> None:
    assert entry_points(lambda path: text) == {}


def test_what_is_undeclared_is_given_as_lines_for_the_target() -> None:
    uses = Uses((Use("B", "a.py:1", True), Use("A", "a.py:2"), Use("C", "a.py:3"), Use("PORT", "a.py:4")))
    assert declarations(uses, {"C"}).splitlines() == ["[variables]", "A = {}", "B = { required = false }"]


def test_a_file_is_read_from_its_first_line_on() -> None:
    uses = uses_of(
        'import os\nif os.getenv("A"):\n    if "B" in os.environ:\n        os.getenv("C")\nos.getenv("C")'
    )
    assert [use.place for use in uses.found] == ["app.py:2", "app.py:3", "app.py:4", "app.py:5"]


def test_settings_that_the_apps_own_code_passes_on_are_served() -> None:
    sources = files(
        app='import os\nx.config.from_object(os.getenv("A", "one.Live"))\ncreate_app("two.Live")\nsay("three.Gone")',
        one="class Live: pass", two="class Live: pass", three="",
    )  # fmt: skip
    assert sorted(one.path for one in served_files(sources, "app:app")) == ["app.py", "one.py", "two.py"]


def test_the_repositorys_documentation_counts_for_an_app_in_a_folder_of_it(tmp_path: Path) -> None:
    for path, text in {"web/app.py": "", "docs/variables.md": "ABOVE", "web/README.md": "BESIDE"}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "In production")
    candidate = Candidate.open(tmp_path / "web", "main")
    assert documented(candidate, ["ABOVE", "BESIDE", "NOWHERE"]) == {
        "ABOVE": "docs/variables.md",
        "BESIDE": "web/README.md",
        "NOWHERE": "",
    }


def test_a_large_file_is_read_and_large_data_is_a_module_all_the_same(tmp_path: Path) -> None:
    data = b'ROWS = """' + b"a" * DATA_BYTES + b'"""\n'
    (tmp_path / "large.py").write_bytes(b'import os\nKEY = os.environ["KEY"]\n' + data)
    (tmp_path / "data.py").write_bytes(data)
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "Data")
    sources = parse(python_files(Git(tmp_path), "HEAD"))
    assert sources.modules.keys() == {"large", "data"}
    assert list(variable_uses(sources, sources.modules.values()).places()) == ["KEY"]
    assert sources.modules["data"].tree.body == []


def test_undeclared_names_the_first_place_and_spares_the_platform() -> None:
    uses = Uses((Use("A", "a.py:1"), Use("A", "b.py:2"), Use("PORT", "a.py:3"), Use("B", "a.py:4", True)))
    one, two = undeclared(uses, {"C"})
    assert (one.place, "1 more place)" in one.observed) == ("a.py:1", True)
    assert one.hint.endswith("A = {}, or { required = false } if the app runs without it")
    assert (two.place, "required = false" in two.hint) == ("a.py:4", True)


def test_unused_spares_the_platform_and_families() -> None:
    uses = Uses((Use("A", "a.py:1"),), families=("FLASK_",))
    told = unused(uses, ["A", "FLASK_SECRET_KEY", "PYTHON_VERSION", "RENDER_X", "B"])
    assert [finding.place for finding in told] == ["B"]


def test_new_is_what_the_base_did_not_read() -> None:
    before = Uses((Use("A", "a.py:1"),))
    after = Uses((Use("A", "a.py:1"), Use("B", "a.py:2", True), Use("RENDER", "a.py:3"), Use("C", "a.py:4")))
    assert introduced(after, before) == {"B": "a.py:2", "C": "a.py:4"}
    assert introduced(after, before, unread=["a.py"]) == {}
    assert introduced(after, Uses(families=("B",))) == {"A": "a.py:1", "C": "a.py:4"}
    assert [needed(after, name) for name in ("B", "C")] == [False, True]


@pytest.mark.parametrize(
    ("name", "platform"),
    [("RENDER", True), ("RENDER_GIT_COMMIT", True), ("PORT", True), ("PYTHONPATH", True), ("FLASK_ENV", True),
     ("GITHUB_REF", True), ("PYTEST_CURRENT_TEST", True), ("GITHUB_TOKEN", False),
     ("FLASK_SECRET_KEY", False), ("DATABASE_URL", False), ("RENDERER", False), ("PORTAL", False)],
)  # fmt: skip
def test_whose_variable_it_is(name: str, platform: bool) -> None:
    assert is_platform(name) is platform


def test_parts_of_settings_are_read_by_names_put_together() -> None:
    code = """
        from pydantic_settings import BaseSettings, SettingsConfigDict
        class Root(BaseSettings):
            model_config = SettingsConfigDict(env_nested_delimiter="__")
            SECRET_KEY: str
    """
    sources = parse({"app.py": textwrap.dedent(code).encode()})
    uses = variable_uses(sources, sources.modules.values())
    assert [use.name for use in uses.found] == ["SECRET_KEY"]
    assert [finding.place for finding in unused(uses, ["SQL__URI", "SQL_URI"])] == ["SQL_URI"]
