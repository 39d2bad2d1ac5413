"""The apps of examples/, served as the sandbox serves its own: environment, database, gunicorn, accounts."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox import application
from sandbox.output import Output
from sandbox.postgres import postgres

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "examples"
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True)
class Served:
    """A running example. `gate_env_file` holds the accounts that the gate signs in with."""

    base_url: str
    target: Path
    gate_env_file: Path
    log: Path


@contextmanager
def serve(name: str, user: str = "admin", negative: str = "lockme") -> Iterator[Served]:
    """Start examples/<name>, a folder with app.py and requirements.txt; stopped and removed afterwards."""
    source = EXAMPLES / name
    requirements = source / "requirements.txt"
    if not requirements.exists():
        requirements = source.parent / "requirements.txt"
    bin_folder = application.environment(requirements.parent, ROOT / ".cache")
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="gate-example-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)  # Postgres runs as a user of its own when this runs as root
        passwords = {
            "ADMIN_PASSWORD": secrets.token_urlsafe(12),
            "NEGATIVE_PASSWORD": secrets.token_urlsafe(12),
        }
        if "psycopg" in requirements.read_text(encoding="utf-8"):
            database = stack.enter_context(postgres(folder / "pg"))
        else:
            database = f"sqlite:///{folder / 'app.db'}"
        shutil.copytree(source, folder / "app")
        (folder / "home").mkdir()
        env = {
            **passwords,
            "SECRET_KEY": secrets.token_hex(32),
            "DATABASE_URL": database,
            "DATABASE_FILE": str(folder / "app.db"),
            "PATH": f"{bin_folder}:{SYSTEM_PATH}",
            "HOME": str(folder / "home"),
            "LANG": "C.UTF-8",
        }
        output = Output(folder / "gunicorn.log")
        url = stack.enter_context(
            application.serving(bin_folder, folder / "app", env, output, application.free_port())
        )
        accounts = folder / "gate.env"
        accounts.touch(mode=0o600)
        accounts.write_text(
            f"GATE_ADMIN_USER={user}\nGATE_ADMIN_PASSWORD={passwords['ADMIN_PASSWORD']}\n"
            f"GATE_NEGATIVE_USER={negative}\nGATE_NEGATIVE_PASSWORD={passwords['NEGATIVE_PASSWORD']}\n",
            encoding="utf-8",
        )
        yield Served(url, source / "target.toml", accounts, output.file)
