"""docs/adapters.md has every setting of a manifest, and the examples keep to its JSON Schema."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import jsonschema_rs
import pytest
from django.core.management import call_command

from assignments.downstream import schemas
from assignments.downstream.adapters.mapped import documentation, words
from assignments.engine.rules.documentation import replaced
from tests.downstream.foreign import examples
from tests.project import house

PAGE = house.ROOT / "docs" / "adapters.md"
EXAMPLES = sorted(path.stem for path in examples.FOLDER.glob("*.json"))


def test_the_page_and_the_model_agree() -> None:
    page = PAGE.read_text()
    section = documentation.as_markdown()

    assert replaced(page, section, begin=documentation.BEGIN, end=documentation.END) == page, (
        "Run: python manage.py manifest_page --write docs/adapters.md"
    )


def test_the_command_prints_and_mends(tmp_path: Path) -> None:
    printed, page = StringIO(), tmp_path / "adapters.md"
    page.write_text(f"Before.\n{documentation.BEGIN}\nstale\n{documentation.END}\nAfter.\n")

    call_command("manifest_page", stdout=printed)
    call_command("manifest_page", write=page)

    assert printed.getvalue().strip() in PAGE.read_text()
    assert page.read_text() == f"Before.\n{documentation.as_markdown()}\nAfter.\n"


@pytest.mark.parametrize("part", documentation.PARTS.values())
def test_each_setting_has_a_meaning(part: type[words.ManifestPart]) -> None:
    assert [name for name, field in part.model_fields.items() if name != "type" and not field.description] == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_keep_to_the_schema_and_are_on_the_page(name: str) -> None:
    validator = jsonschema_rs.validator_for(schemas.documents()["manifest"])

    validator.validate(examples.manifest(name))
    assert f"](examples/{name}.json)" in PAGE.read_text()


def test_the_schema_refuses_what_is_no_manifest() -> None:
    validator = jsonschema_rs.validator_for(schemas.documents()["manifest"])
    wrong = json.loads(json.dumps(examples.manifest("maximo")).replace('"paging"', '"pages"'))

    assert not validator.is_valid(wrong)
