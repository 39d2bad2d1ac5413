"""Which application the start command could name instead of the one that is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from gate.repo.app_modules import advice, candidates

FLASK = "from flask import Flask\n"
COMMAND = ("gunicorn", "--check-config", "app:app")
NO_MODULE = "ModuleNotFoundError: No module named 'app'"


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("files", "found"),
    [
        ({"wsgi.py": f"{FLASK}app = Flask(__name__)\n"}, ["wsgi:app"]),
        (
            {
                "wsgi.py": "from envios import create_app\napp = create_app()\n",
                "envios/__init__.py": "def create_app(): ...\n",
            },
            ["wsgi:app", "envios:create_app()"],
        ),
        (
            {"serve.py": "application: object = 1\n", "envios.py": "app = 1\n"},
            ["envios:app", "serve:application"],
        ),
        ({"main.py": "def other(): app = 1\n", "broken.py": "def (\n", "test_a.py": "app = 1\n"}, []),
    ],
)
def test_what_looks_like_an_app(files: dict[str, str], found: list[str], tmp_path: Path) -> None:
    assert candidates(write(tmp_path, files)) == found


SAY = "if the app is served from elsewhere, say so: [start] check = "


@pytest.mark.parametrize(
    ("output", "command", "files", "told"),
    [
        (
            NO_MODULE,
            COMMAND,
            {"wsgi.py": "app = 1\n", "main.py": "application = 1\n"},
            f'{SAY}["gunicorn", "--check-config", "wsgi:app"]; there are also main:application',
        ),
        (
            "Failed to find attribute 'app' in 'app'.",
            COMMAND,
            {"app/__init__.py": "def create_app(): ...\n"},
            f'{SAY}["gunicorn", "--check-config", "app:create_app()"]',
        ),
        (NO_MODULE, COMMAND, {}, f'{SAY}["gunicorn", "--check-config", "MODULE:NAME"]'),
        (NO_MODULE, ("gunicorn", "app"), {"wsgi.py": "app = 1\n"}, f'{SAY}["gunicorn", "wsgi:app"]'),
        ("ModuleNotFoundError: No module named 'requests'", COMMAND, {"app.py": "app = 1\n"}, ""),
        ("ModuleNotFoundError: No module named 'app.panels'", COMMAND, {"app.py": "app = 1\n"}, ""),
    ],
)
def test_the_start_command_to_say(
    output: str, command: tuple[str, ...], files: dict[str, str], told: str, tmp_path: Path
) -> None:
    assert advice(output, "app:app", command, write(tmp_path, files)) == told
