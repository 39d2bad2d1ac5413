"""The suite knows the app by its description alone: another wording, order and address need another target.toml.

The variant is the reference app with renamed labels, reordered fields and other paths. Not a line of Python of the
suite changes, and the old description does not pass on it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.repository import APP
from sandbox.staging import staging
from tests.conftest import ROOT

# What a person reads, and where pages live: in the app's templates and code, and in the description alike.
WORDS = {
    "Correo electrónico": "Usuario de red",
    "Contraseña": "Palabra de paso",
    ">Entrar<": ">Ingresar<",
    "Panel general": "Tablero del día",
    "Usuario o contraseña incorrectos": "No reconocemos esos datos",
    ">Paneles<": ">Indicadores<",
    "Por estado": "Según estado",
    "Envíos por mes": "Movimiento mensual",
    "Nuevo envío": "Registrar guía",
    ">Guardar<": ">Confirmar registro<",
    ">Buscar<": ">Palabra clave<",
    ">Filtrar<": ">Ver resultados<",
    "No se encontraron envíos": "Sin resultados",
    ">Destinatario<": ">Consignatario<",
    "Peso (kg)": "Peso en kilos",
    ">Peso<": ">Peso declarado<",
    "Sí, anular": "Confirmar anulación",
    "Ver PDF": "Imprimir guía",
    ">Para<": ">Destino del mensaje<",
    "Correo enviado a": "Mensaje despachado a",
}
PATHS = {'"/login"': '"/acceso"', '"/version"': '"/acerca/version"', '"/envios': '"/guias'}
# Fields that change places in the form, as whole blocks.
SWAPPED = (
    '  <div class="campo">\n    <label for="peso_kg"',
    '  <div class="campo">\n    <label for="bultos"',
)


def _replaced(text: str, words: dict[str, str]) -> str:
    for old, new in words.items():
        text = text.replace(old, new)
    return text


def _blocks_swapped(form: str) -> str:
    """The form with the two fields in the other order."""
    first, second = (form.index(start) for start in SWAPPED)
    end = form.index("  </div>\n", second) + len("  </div>\n")
    return form[:first] + form[second:end] + "\n" + form[first:second] + form[end:]


@pytest.fixture(scope="module")
def variant(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    app = tmp_path_factory.mktemp("variant") / "app"
    shutil.copytree(APP, app, ignore=shutil.ignore_patterns("__pycache__"))
    for path in [*app.glob("*.py"), *app.glob("templates/**/*.html")]:
        changed = _replaced(path.read_text(encoding="utf-8"), {**WORDS, **PATHS})
        path.write_text(
            _blocks_swapped(changed)
            if path.parent.name == "envios" and path.stem == "formulario"
            else changed
        )
    with staging(app=app) as facts:
        yield facts


def judged(facts: dict[str, Any], target: Path, folder: Path) -> dict[str, Any]:
    """The postdeploy verdict on an app that the suite did not start."""
    command = [
        "-m",
        "pytest",
        "-q",
        "-m",
        "postdeploy",
        "--base-url",
        facts["base_url"],
        f"--target={target}",
    ]
    subprocess.run(
        [sys.executable, *command, "--commit", facts["commit"], f"--report-dir={folder}"],
        cwd=ROOT,
        env={**os.environ, "GATE_ENV_FILE": facts["gate_env_file"]},
        check=False,
    )
    verdict: dict[str, Any] = json.loads((folder / "latest" / "postdeploy" / "verdict.json").read_text())
    return verdict


def test_only_the_description_changes(variant: dict[str, Any], tmp_path: Path) -> None:
    quoted = {
        old.replace(">", '"').replace("<", '"'): new.replace(">", '"').replace("<", '"')
        for old, new in WORDS.items()
    }
    target = tmp_path / "target.toml"
    target.write_text(
        _replaced((ROOT / "sandbox" / "target.toml").read_text(encoding="utf-8"), {**quoted, **PATHS})
    )
    verdict = judged(variant, target, tmp_path / "reports")
    assert verdict["verdict"] == "GO", verdict["reason"]


def test_the_old_description_does_not_pass(variant: dict[str, Any], tmp_path: Path) -> None:
    verdict = judged(variant, ROOT / "sandbox" / "target.toml", tmp_path / "reports")
    assert verdict["verdict"] != "GO"
