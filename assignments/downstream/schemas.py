"""JSON Schemas of all messages of the contract, generated from the classes that read and write them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from assignments.downstream import cloud_events, messages, outbound

Document = dict[str, Any]


class _Plain(GenerateJsonSchema):
    """Without titles that only repeat the names of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def documents() -> dict[str, Document]:
    """The schema of each message, by the name of its file. They say what a message may be, not what follows from two
    of its fields."""
    named: list[type[messages.Message]] = [*messages.MESSAGES.values(), outbound.BookingMessage]
    named += [outbound.RestorationMessage, outbound.BookedMessage, cloud_events.EventMessage]
    shapes = {shape.__name__.removesuffix("Message").lower(): shape for shape in named}
    shapes |= {"page": messages.Page[messages.Record], "acknowledgement": outbound.Acknowledgement}
    return {name: _document(name, shape) for name, shape in shapes.items()}


def as_json(document: Document) -> str:
    """The text of its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _document(name: str, shape: type[messages.Message]) -> Document:
    schema = shape.model_json_schema(schema_generator=_Plain)
    return {"$schema": _Plain.schema_dialect, "$id": f"urn:lineup:message:{name}", **schema, "title": name}
