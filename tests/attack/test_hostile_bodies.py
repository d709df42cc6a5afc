"""No body breaks the API: what the schema names with values of every kind, and bytes that are no body at all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from tests.api.test_access import BODIES
from tests.attack import addresses, hostile
from tests.attack.conftest import Attacker

JSON = "application/json"


def operations() -> Iterator[tuple[addresses.Address, str, list[str]]]:
    """Every address of the API that takes a body, how it is sent, and the fields that the schema names."""
    schema = SchemaGenerator().get_schema(request=None, public=True)
    shapes = schema["components"]["schemas"]
    for one in (address for address in addresses.all_of_them() if address.app == "api"):
        path = "/" + one.template.replace("%(", "{").replace(")s", "}")
        for method, operation in schema["paths"].get(path, {}).items():
            if method in ("post", "put"):
                content = operation.get("requestBody", {}).get("content", {}).get(JSON, {}).get("schema", {})
                name = content.get("$ref", "").rpartition("/")[2]
                yield one, method.upper(), sorted(shapes.get(name, {}).get("properties", {}))


def test_fields(attacker: Attacker, values: dict[str, Any]) -> None:
    for one, method, fields in operations():
        base = BODIES.get(one.name.removeprefix("api:"), {})
        for field in {*fields, *base}:
            for value in hostile.some(hostile.IN_BODIES, (one.route, field)):
                body = json.dumps({**base, field: value})
                attacker.send(method, one.path(values), body, content_type=JSON)

    assert attacker.broken == []
    assert attacker.sent > 50


def test_bytes(attacker: Attacker, values: dict[str, Any]) -> None:
    for one, method, _ in operations():
        for body in hostile.some(hostile.BODIES, one.route):
            attacker.send(method, one.path(values), body, content_type=JSON)
        attacker.send(method, one.path(values), b"x" * 100, content_type="multipart/form-data; boundary=x")

    assert attacker.broken == []
    assert attacker.sent > 50


def test_nested_too_deep(attacker: Attacker) -> None:
    assert [attacker.send("POST", "/api/v1/runs/", body, content_type=JSON) for body in hostile.BODIES[2:4]] == [
        400
    ] * 2


def test_too_many_bytes(attacker: Attacker) -> None:
    body = json.dumps({"district": "NORTH", "day": "x" * 5_000_000})

    assert attacker.send("POST", "/api/v1/runs/", body, content_type=JSON) == 413
    assert attacker.broken == []
