"""Validates answers against Render's own OpenAPI document (3.0), where a copy of it is at hand.

The copy is looked for at RENDER_OPENAPI, else beside the checkout. Three things of the document are read as
Render's recorded answers have them: `oneOf` as `anyOf` (its shapes for the details of services and events are
not exclusive), null for the fields below, and the snapshot list's 201 for 200 as well.
"""

import functools
import json
import os
import re
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

_BESIDE = Path(__file__).parents[2] / "shared" / "reference" / "render-openapi.json"
_NULL_ON_THE_WIRE: dict[str, tuple[str, ...]] = {
    "deploy": ("commit", "finishedAt"),
    "postgres": ("ipAllowList",),
}
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")
_ONE_OF_ITS_KIND = {"/disks/{diskId}/snapshots": {"200": "201"}}
# The list of databases is absent from the subset of the document, which does describe its items.
_DATABASE_WITH_CURSOR = {
    "type": "object",
    "required": ["postgres", "cursor"],
    "properties": {
        "postgres": {"$ref": "#/components/schemas/postgres"},
        "cursor": {"$ref": "#/components/schemas/cursor"},
    },
}
_LIST_OF_DATABASES = {
    "content": {"application/json": {"schema": {"type": "array", "items": _DATABASE_WITH_CURSOR}}}
}

formats = jsonschema.FormatChecker(formats=())


@formats.checks("date-time")
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or _DATE_TIME.fullmatch(value) is not None


def path() -> Path:
    return Path(os.environ.get("RENDER_OPENAPI") or _BESIDE)


def require() -> None:
    """Skips the test, with the reason, when there is no copy of the document."""
    if not path().is_file():
        pytest.skip(f"no copy of Render's OpenAPI document at {path()}; name one with RENDER_OPENAPI")


def check(response: httpx.Response) -> None:
    """Raises AssertionError for a path, a status or a body that the document does not have.

    Without a copy of the document it says nothing: the tests that call `require` tell of that.
    """
    if not path().is_file():
        return
    request_path = response.request.url.path.removeprefix("/v1")
    status = str(response.status_code)
    template, operation = _operation(request_path, response.request.method.lower())
    status = _ONE_OF_ITS_KIND.get(template, {}).get(status, status)
    assert status in operation["responses"], f"{template} has no {status}"
    described = _resolved(operation["responses"][status])
    content = described.get("content")
    if not content:
        assert response.content == b"", f"{template} {status} has no body"
        return
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    _validate(response.json(), content["application/json"]["schema"])


def title(details: Any, titled: str) -> None:
    """Validates an event's details against the one shape with this title."""
    event = _document()["components"]["schemas"]["serviceEventWithCursor"]["properties"]["event"]
    shapes = event["properties"]["details"]["anyOf"]
    _validate(details, next(shape for shape in shapes if shape["title"] == titled))


def _validate(instance: Any, schema: Any) -> None:
    document = _document()
    full = {**schema, "components": document["components"], "paths": document["paths"]}
    validator = jsonschema.Draft4Validator(full, format_checker=formats)
    # A ValidationError would print the whole document.
    problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(instance)]
    assert not problems, "\n".join(problems)


def _operation(request_path: str, method: str) -> tuple[str, dict[str, Any]]:
    for template, item in _document()["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, request_path):
            return template, item[method]
    raise AssertionError(f"{request_path} is not in the document")


def _resolved(part: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in part:
        return part
    target: Any = _document()
    for name in part["$ref"].removeprefix("#/").split("/"):
        target = target[name.replace("~1", "/").replace("~0", "~").replace("%7B", "{").replace("%7D", "}")]
    return dict(target)


@functools.cache
def _document() -> Any:
    document = _as_json_schema(json.loads(path().read_text("utf-8")))
    refusals = document["paths"]["/services"]["get"]["responses"]
    document["paths"].setdefault("/postgres", {"get": {"responses": refusals | {"200": _LIST_OF_DATABASES}}})
    for schema, fields in _NULL_ON_THE_WIRE.items():
        for field in fields:
            properties = document["components"]["schemas"][schema]["properties"]
            properties[field] = {"anyOf": [properties[field], {"type": "null"}]}
    return document


def _as_json_schema(part: Any) -> Any:
    """OpenAPI 3.0's dialect as JSON Schema: `nullable` becomes a type, `oneOf` becomes `anyOf`."""
    if isinstance(part, list):
        return [_as_json_schema(item) for item in part]
    if not isinstance(part, dict):
        # The document points into its own alternatives.
        return part.replace("/oneOf/", "/anyOf/") if isinstance(part, str) else part
    converted = {name: _as_json_schema(value) for name, value in part.items()}
    if "oneOf" in converted and isinstance(converted["oneOf"], list):
        converted["anyOf"] = converted.pop("oneOf")
    if converted.pop("nullable", None) is True:
        return {"anyOf": [converted, {"type": "null"}]}
    return converted
