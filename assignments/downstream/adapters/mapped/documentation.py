"""The settings of a manifest as the tables of docs/adapters.md."""

from __future__ import annotations

import json
from collections.abc import Iterator
from inspect import cleandoc
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from assignments.downstream.adapters.mapped import auth, manifest, words

BEGIN = "<!-- manifest: begin -->"
END = "<!-- manifest: end -->"
PARTS: dict[str, type[words.ManifestPart]] = {
    "The manifest": manifest.Manifest,
    "Bearer token": auth.BearerAuth,
    "User and password": auth.BasicAuth,
    "API key": auth.ApiKeyAuth,
    "Client credentials": auth.ClientCredentials,
    "A collection": manifest.MappedResource,
    "Numbered pages": manifest.PagePaging,
    "Offsets": manifest.OffsetPaging,
    "Cursors": manifest.CursorPaging,
    "Links": manifest.LinkPaging,
    "What has changed": manifest.ChangedSince,
    "A column": manifest.MappedColumn,
    "An action": manifest.MappedAction,
    "Statuses": manifest.MappedStatuses,
    "References": manifest.ReferenceTables,
}
"""Parts of a manifest by their headings, in the order of the page."""


def as_markdown() -> str:
    """The section of docs/adapters.md that lies between BEGIN and END, markers included."""
    sections = ["\n".join(_section(title, part)) for title, part in PARTS.items()]
    return "\n".join([BEGIN, "\n\n".join(sections), END])


def _section(title: str, part: type[words.ManifestPart]) -> Iterator[str]:
    schema = part.model_json_schema()
    fields = {**schema, **schema.get("$defs", {}).get(part.__name__, {})}.get("properties") or _of_itself(schema)
    yield f"### {title}\n"
    yield f"{_plain(cleandoc(part.__doc__ or ''))}\n"
    yield "| setting | value | usual | meaning |"
    yield "| --- | --- | --- | --- |"
    for name, field in part.model_fields.items():
        said = _plain(field.description or "")
        yield f"| `{name}` | {_kind(fields[name])} | {_usual(field)} | {said} |"


def _of_itself(schema: dict[str, Any]) -> dict[str, Any]:
    """The fields of a part that may be written shorter."""
    whole = schema["$defs"][schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    fields: dict[str, Any] = next(one for one in whole["anyOf"] if "properties" in one)["properties"]
    return fields


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _usual(field: FieldInfo) -> str:
    if field.is_required():
        return "**needed**"
    usual = field.get_default(call_default_factory=True, validated_data={})
    if usual is None or (isinstance(usual, (BaseModel, dict, str, tuple)) and not _said(usual)):
        return ""
    return f"`{json.dumps(usual) if not isinstance(usual, str) else usual}`"


def _said(usual: Any) -> bool:
    return bool(usual.model_dump(exclude_defaults=True)) if isinstance(usual, BaseModel) else bool(usual)


def _kind(schema: dict[str, Any]) -> str:
    """The kind of value, in words."""
    if "$ref" in schema:
        return _titled(schema["$ref"])
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{one}`" for one in schema["enum"])
    if options := schema.get("anyOf") or schema.get("oneOf"):
        kinds = dict.fromkeys(_kind(one) for one in options if one.get("type") != "null")
        return " or ".join(kinds)
    if schema.get("type") == "array":
        return f"list of {_kind(schema['items'])}s"
    if schema.get("type") == "object":
        of = schema.get("additionalProperties")
        return f"by name: {_kind(of)}" if isinstance(of, dict) and of else "by name: any value"
    return _WORDS.get(str(schema.get("type")), "any value")


_WORDS = {"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false"}


def _titled(reference: str) -> str:
    name = reference.rpartition("/")[2]
    title = next((title for title, part in PARTS.items() if part.__name__ == name), None)
    return f"[{title.lower()}](#{title.lower().replace(' ', '-')})" if title else "any value"
