from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
from django.core.management import call_command
from drf_spectacular.generators import SchemaGenerator

from assignments.api import urls
from assignments.downstream import messages


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


def test_a_record_sent_alone_is_described_as_its_message() -> None:
    described = document()
    body = described["paths"]["/api/v1/inbound/{system_code}/{resource}/{reference}/"]["put"]["requestBody"]
    names = [one["$ref"].rpartition("/")[2] for one in body["content"]["application/json"]["schema"]["anyOf"]]
    schemas = described["components"]["schemas"]

    assert names == [f"Sent{shape.__name__}" for shape in messages.MESSAGES.values()]
    sent = schemas["SentOrderMessage"]
    assert sent["properties"].keys() == messages.OrderMessage.model_fields.keys()
    assert {"district", "latitude", "duration_minutes"} <= set(sent["required"])
    assert not {"reference", "version"} & set(sent["required"])
    assert sent["properties"]["due"] == {"type": "string", "format": "date-time", "default": None, "nullable": True}


def document() -> dict[str, Any]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return schema


def bodies(schema: dict[str, Any]) -> Iterator[tuple[str, str, str, dict[str, Any]]]:
    """Operation, status or `request`, media type and description of each body."""
    for path in schema["paths"].values():
        for operation in path.values():
            name = operation["operationId"]
            for kind, described in operation.get("requestBody", {}).get("content", {}).items():
                yield name, "request", kind, described
            for status, response in operation["responses"].items():
                for kind, described in response.get("content", {}).items():
                    yield name, status, kind, described


def test_every_refusal_is_problem_details() -> None:
    kinds = {kind for _, status, kind, _ in bodies(document()) if status >= "400" and status != "request"}

    assert kinds == {"application/problem+json"}


def test_every_body_has_an_example_that_it_accepts() -> None:
    schema = document()
    refused = []
    for name, status, kind, described in bodies(schema):
        rules = {**described["schema"], "components": schema["components"]}
        if kind != "text/event-stream" and not jsonschema_rs.is_valid(rules, described["example"]):
            refused.append(f"{name} {status}: {next(iter(jsonschema_rs.iter_errors(rules, described['example'])))}")

    assert not refused, "\n".join(refused)


def test_every_post_takes_a_key_and_every_change_of_a_row_a_condition() -> None:
    taken = {
        operation["operationId"]: {one["name"] for one in operation["parameters"] if one["in"] == "header"}
        for path in document()["paths"].values()
        for method, operation in path.items()
        if method == "post"
    }

    assert all("Idempotency-Key" in names for names in taken.values())
    assert {name for name, names in taken.items() if "If-Match" not in names} == {
        "batches_create", "inbound_create", "notes_create", "notifications_read_all", "runs_create",
        "subscriptions_create", "write_backs_retry_all",
    }  # fmt: skip
