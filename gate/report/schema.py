"""The JSON Schema of verdict.json. `python -m gate.report.schema` writes it anew after the models changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from gate.verdict import Verdict

SCHEMA_FILE = Path(__file__).with_name("verdict.schema.json")


def verdict_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of what `Verdict` writes."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:release-gate:verdict:1",
        **Verdict.model_json_schema(by_alias=True, mode="serialization"),
    }


def schema_text() -> str:
    """The schema as its file holds it."""
    return json.dumps(verdict_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SCHEMA_FILE.write_text(schema_text(), encoding="utf-8")
