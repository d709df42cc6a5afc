"""docs/schemas holds the JSON Schema of each message; real messages and the page's examples are valid."""

from __future__ import annotations

import json
import re
from io import StringIO
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from django.core.management import call_command

from assignments.downstream import messages, schemas
from tests.downstream import simulators
from tests.project import house

FOLDER = house.ROOT / "docs" / "schemas"
PAGE = (house.ROOT / "docs" / "integration.md").read_text()
EXAMPLE = re.compile(
    r"\]\(schemas/(?P<name>\w+)\.json\)(?:(?!\]\(schemas/).)*?^```json\n(?P<body>.*?)^```", re.MULTILINE | re.DOTALL
)
OF_RESOURCE = {
    resource: shape.__name__.removesuffix("Message").lower() for resource, shape in messages.MESSAGES.items()
}


def test_the_files_are_those_of_the_code(tmp_path: Path) -> None:
    call_command("message_schemas", write=tmp_path)

    assert {path.name: path.read_text() for path in FOLDER.iterdir()} == {
        path.name: path.read_text() for path in tmp_path.iterdir()
    }, "Run: python manage.py message_schemas --write docs/schemas"


def test_the_command_prints_them() -> None:
    printed = StringIO()

    call_command("message_schemas", stdout=printed)

    assert '"$id": "urn:lineup:message:booking"' in printed.getvalue()


@pytest.mark.parametrize("name", schemas.documents())
def test_each_is_a_schema_and_named_on_the_page(name: str) -> None:
    jsonschema_rs.meta.validate(schemas.documents()[name])

    assert f"](schemas/{name}.json)" in PAGE


@pytest.mark.parametrize("resource", messages.Resource)
def test_records_of_the_demonstration_are_valid(resource: messages.Resource) -> None:
    validator = jsonschema_rs.validator_for(schemas.documents()[OF_RESOURCE[resource]], validate_formats=True)
    records: list[Any] = [record.model_dump(mode="json") for record in simulators.world().records(resource)]

    assert records
    for record in records:
        validator.validate(record)


def test_examples_of_the_page_are_valid() -> None:
    seen = {}
    for found in EXAMPLE.finditer(PAGE):
        seen[found["name"]] = json.loads(found["body"])
        validator = jsonschema_rs.validator_for(schemas.documents()[found["name"]], validate_formats=True)
        validator.validate(seen[found["name"]])

    assert seen.keys() >= {"booking", "event", "restoration"}


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("booking", {"action": "DANCE"}), ("order", {"priority": "SOON"}), ("restoration", {"back_at": "soon"})],
)
def test_a_wrong_value_is_none(name: str, wrong: dict[str, Any]) -> None:
    right = {
        "booking": simulators.booking(), "restoration": simulators.restoration(),
        "order": simulators.world().orders[0].model_dump(mode="json"),
    }[name]  # fmt: skip
    validator = jsonschema_rs.validator_for(schemas.documents()[name], validate_formats=True)

    assert validator.is_valid(right)
    assert not validator.is_valid({**right, **wrong})
