from __future__ import annotations

import re
from typing import Any

from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from assignments.api import urls


def test_the_schema_is_valid_and_complete(tmp_path: Any) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


def test_a_former_name_is_marked_as_deprecated() -> None:
    schemas = SchemaGenerator().get_schema(request=None, public=True)["components"]["schemas"]

    for name in ("Suggestion", "Assignment"):
        properties = schemas[name]["properties"]
        assert properties["companions"]["deprecated"]
        assert "deprecated" not in properties["further_crews"]


def test_every_route_of_the_api_is_in_it() -> None:
    schema = SchemaGenerator().get_schema(request=None, public=True)
    described = {path.removeprefix("/api/") for path in schema["paths"]}
    routed = {re.sub("<[a-z]+:", "<", str(route.pattern)) for route in urls.urlpatterns}

    assert {path.replace("{", "<").replace("}", ">") for path in described} == routed - {"schema/", ""}
    assert all(
        "401" in operation["responses"] and operation["security"]
        for path in schema["paths"].values()
        for operation in path.values()
    )
