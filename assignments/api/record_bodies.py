"""The records that systems send, as the OpenAPI document describes them: the same as their JSON Schemas."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assignments.downstream import messages, schemas

_BY_ADDRESS = {"reference", "version"}
"""Fields that a record sent alone may leave out: its address says one, `If-Match` the other."""
_SENT = "Sent"


def any_record() -> dict[str, Any]:
    """The schema of a body that is one record of whichever collection the address names."""
    names = [f"{_SENT}{shape.__name__}" for shape in messages.MESSAGES.values()]
    return {
        "anyOf": [_reference(name) for name in names],
        "description": "A record of the collection, whose JSON Schema is under /api/v1/schemas/ as well.",
    }


def components() -> dict[str, Any]:
    """Schemas by name: the parts of messages, and each message as it is sent alone."""
    shapes = {shape.__name__ for shape in messages.MESSAGES.values()}
    found = {}
    for name, schema in schemas.definitions("#/components/schemas/{model}").items():
        plain = _as_openapi(schema)
        if name in shapes:
            plain["required"] = [one for one in plain["required"] if one not in _BY_ADDRESS]
        found[f"{_SENT}{name}" if name in shapes else name] = plain
    return found


def _reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _as_openapi(schema: Any) -> Any:
    """The schema in the words of OpenAPI 3.0, in which null is no type."""
    if isinstance(schema, list):
        return [_as_openapi(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    plain = {name: _as_openapi(value) for name, value in schema.items()}
    if plain.get("type") == "null":
        return {**plain, "type": "string", "enum": [None], "nullable": True}
    choices = [one for one in plain.get("anyOf", ()) if one.get("enum") != [None]]
    if len(choices) == len(plain.get("anyOf", ())):
        return plain
    del plain["anyOf"]
    if len(choices) == 1 and "$ref" not in choices[0]:
        return {**plain, **choices[0], "nullable": True}
    return {**plain, "anyOf": choices, "nullable": True}
