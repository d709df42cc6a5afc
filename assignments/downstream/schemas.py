"""JSON Schemas of all messages of the contract, generated from the classes that read and write them."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from assignments.downstream import cloud_events, messages, outbound, reading
from assignments.downstream.adapters.mapped import manifest

Document = dict[str, Any]


class _Plain(GenerateJsonSchema):
    """Without titles that only repeat the names of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


@cache
def documents() -> dict[str, Document]:
    """The schema of each message, and that of manifests, by the name of its file. They say what a message may be, not
    what follows from two of its fields."""
    named: list[type[BaseModel]] = [*messages.MESSAGES.values(), outbound.BookingMessage]
    named += [outbound.RestorationMessage, outbound.BookedMessage, cloud_events.EventMessage]
    shapes: dict[str, type[BaseModel]] = {shape.__name__.removesuffix("Message").lower(): shape for shape in named}
    shapes |= {"manifest": manifest.Manifest}
    shapes |= {"page": reading.Page[messages.Record], "acknowledgement": outbound.Acknowledgement}
    return {name: _document(name, shape) for name, shape in shapes.items()}


def definitions(ref_template: str) -> dict[str, Document]:
    """The records that systems send and their parts, by the names of their classes; references as in the template."""
    shapes = [(shape, "validation") for shape in messages.MESSAGES.values()]
    _, document = models_json_schema(shapes, ref_template=ref_template, schema_generator=_Plain)  # type: ignore[arg-type]
    found: dict[str, Document] = document["$defs"]
    return found


def as_json(document: Document) -> str:
    """The text of its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _document(name: str, shape: type[BaseModel]) -> Document:
    schema = shape.model_json_schema(schema_generator=_Plain)
    return {"$schema": _Plain.schema_dialect, "$id": f"urn:lineup:message:{name}", **schema, "title": name}
