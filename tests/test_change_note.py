"""The text of a pull request, by table: what counts as saying what, why and with which impact."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gate.inputs import InputError
from gate.repo.change_note import missing, parts_of
from gate.services.github_event import read_event

SPANISH = "## Qué cambia\nEl listado.\n\n## Por qué\nSe busca así.\n\n## Impacto\nNinguno.\n"
TEMPLATE = """<!-- Complete -->
## Qué cambia
Describe el cambio.
## Por qué
## Impacto
- [ ] Base de datos
"""


def told(text: str, *templates: str) -> list[str]:
    return [finding.id.removeprefix("change.note_") for finding in missing(text, templates)]


@pytest.mark.parametrize(
    "text",
    [
        SPANISH,
        SPANISH.replace("\n", "\r\n"),
        "# What\nA list.\n# Why?\nAsked for.\n# Impact\nnone",
        "### 1. 📝 Descripción\nx y\n### 2. Motivación\nz\n### 3. Riesgos e impacto\nninguno",
        "**Qué:** el listado\n**Por qué:** se pide\n**Impacto:** solo la vista",
        "Cambio: el listado\nMotivo: se pide\nImpacto: solo la vista",
        "## Qué y por qué\nEl listado, porque se pide.\n## Impacto\n- [x] Solo la vista",
        "## Resumen\nEl listado.\n### Contexto\nSe pide.\n### Impacto\nLa vista.",
        "## Qué\n```\n# no heading\n```\n## Por qué\nx\n## Impacto\ny",
        "## Impact\n### Data\nNo migration.\n## Why\nAsked.\n## What\nThe list.",
    ],
)
def test_a_text_that_says_all_three(text: str) -> None:
    assert told(text, TEMPLATE) == []


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", ["empty"]),
        ("<!-- ## Qué -->\n \n", ["empty"]),
        ("Arreglo rápido del listado.", ["what", "why", "impact"]),
        (SPANISH.replace("Se busca así.", ""), ["why"]),
        (SPANISH.replace("Se busca así.", "<!-- Se busca así. -->"), ["why"]),
        (SPANISH.replace("Se busca así.", "<!-- Se busca así."), ["why", "impact"]),
        (SPANISH.replace("Se busca así.", "TODO"), ["why"]),
        (SPANISH.replace("Ninguno.", "- N/A"), ["impact"]),
        (SPANISH.replace("Ninguno.", "<riesgos>"), ["impact"]),
        (SPANISH.replace("Ninguno.", "- [ ] Base de datos"), ["impact"]),
        (SPANISH.replace("El listado.", "  describe el cambio "), ["what"]),
        (SPANISH.replace("## Impacto", "```\n## Impacto") + "```", ["impact"]),
        ("## Impacto del cambio\nAlgo.\n## Por qué\nAlgo.", ["what"]),
        (TEMPLATE, ["template"]),
        (TEMPLATE.replace("<!-- Complete -->", ""), ["template"]),
    ],
)
def test_what_is_missing_is_named(text: str, ids: list[str]) -> None:
    assert told(text, "# Another\n", TEMPLATE) == ids


@pytest.mark.parametrize(
    ("heading", "parts"),
    [
        ("Por qué", ["why"]),
        ("¿Qué cambia?", ["what"]),
        ("Why this change", ["why"]),
        ("Qué, por qué, impacto", ["what", "why", "impact"]),
        ("Pruebas", []),
        ("Quejas", []),
    ],
)
def test_what_a_heading_announces(heading: str, parts: list[str]) -> None:
    assert parts_of(heading) == parts


def test_a_text_of_the_largest_size_is_read_at_once() -> None:
    assert told("# palabra " * 6_000 + "**" * 2_000 + "\n<!--" * 1_000) == ["what", "why", "impact"]


def event(folder: Path, content: str) -> Path:
    path = folder / "event.json"
    path.write_text(content, encoding="utf-8")
    return path


def test_an_event_tells_its_pull_request(tmp_path: Path) -> None:
    pull = {"number": 3, "title": "T", "body": None}
    told = read_event(event(tmp_path, json.dumps({"pull_request": pull, "repository": {"full_name": "a/b"}})))
    assert told is not None
    assert (told.repository, told.number, told.title, told.body) == ("a/b", 3, "T", "")
    assert read_event(event(tmp_path, '{"ref": "refs/heads/main"}')) is None
    assert read_event(event(tmp_path, "[]")) is None


def test_an_event_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is no JSON"):
        read_event(event(tmp_path, "{"))
    with pytest.raises(InputError, match=r"GITHUB_EVENT_PATH: .*none cannot be read"):
        read_event(tmp_path / "none")
