"""The OpenAPI document beyond what views say themselves: refusals, limits and an example of each body."""

from __future__ import annotations

from typing import Any

from assignments import models
from assignments.api import headers, problems, record_bodies

JSON = "application/json"
REFUSED = {
    "405": "Not with this method.",
    "412": "The row is not the one that `If-Match` names; `present` shows it.",
    "415": "The body is not JSON.",
    "422": "The `Idempotency-Key` came before with another request.",
    "429": "More requests than the token may send in a minute; `Retry-After` says when to come back.",
}
LIMITS = {
    "RateLimit-Limit": "Requests a minute.",
    "RateLimit-Remaining": "Of them still left.",
    "RateLimit-Reset": "Seconds until they are counted anew.",
}
WORDS: dict[str, Any] = {
    headers.IDEMPOTENCY_KEY: "7c9e6679-7425-40de-944b-e07fc1f90ae7", "If-Match": '"f0e4c2f76c58916ec258f246851bea09"',
    "actor": "Mara Lindqvist", "approved_by": "Mara Lindqvist", "authority": "City of Northfield", "code": "NORTH",
    "crew_names": "Line 3", "crews": "Line 3", "declared_by": "Mara Lindqvist", "district": "NORTH",
    "detail": "Line 3 leaves the depot at 07:40.", "equipment": ["BUCKET"], "feeder": "F-12", "name": "Line 3",
    "fingerprint": "5e1f-17", "idempotency_key": "2f1d7c1e-6a4b-4f0e-9a53-0f7f3f1f6f10", "kind": None,
    "number": "WO-1042", "order": "WO-1042", "qualification": "LINE", "reason": "The customer wants another crew",
    "rejected_by": "Mara Lindqvist", "requested_by": "Mara Lindqvist", "rule": "shift", "rules": ["shift"],
    "rule_set": "normal", "source": "work", "source_reference": "C-3", "started_by": "Mara Lindqvist",
    "substation": "Cedar", "system": "work", "target": "work", "text": "12 km away", "time_zone": "America/Chicago",
    "title": "Replace a broken crossarm", "undo_reason": "", "version": 4,
}  # fmt: skip
"""Examples of fields by name, where their type alone would say little."""
BY_FORMAT: dict[str, Any] = {
    "date": "2026-06-15", "date-time": "2026-06-15T13:00:00Z", "uuid": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "uri": "https://lineup.example/api/v1/orders/?cursor=MTA0Mg",
}  # fmt: skip
PROBLEM = {
    "type": "urn:lineup:problem:order-taken", "title": "Conflict", "status": 409, "code": "order-taken",
    "detail": "Mara Lindqvist gave WO-1042 to Line 3 at 07:12.",
    "next_step": "Undo that assignment first if another crew should do the work.",
}  # fmt: skip
STREAM = 'id: 41-7\nevent: order.changed\ndata: {"number": "WO-1042", "cause": "assignment.approved"}\n\n'


def complete(result: Any, generator: Any, request: Any, public: bool) -> Any:
    """The document with every refusal as problem details, and an example of each body; a postprocessing hook."""
    schemas = result["components"]["schemas"]
    schemas.update(record_bodies.components())
    others = [code for code in schemas["RejectionCode"]["enum"] if code != models.Rejection.Code.OTHER]
    schemas["RejectionGiven"]["anyOf"] = [
        {"required": ["reason"], "properties": {"reason": {"minLength": 1, "pattern": r"\S"}}},
        {"required": ["code"], "properties": {"code": {"enum": others}}},
    ]
    schemas["NoteGiven"]["oneOf"] = [{"required": [name]} for name in ("order", "crew", "district")]
    schemas["NoteGiven"]["example"] = {"order": WORDS["order"], "text": "Ask next door for the key."}
    result["paths"]["/api/v1/suggestions/{suggestion_id}/reject/"]["post"]["requestBody"]["required"] = True
    for path in result["paths"].values():
        for operation in path.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                # A field that is not known is refused, see `acting.accepted`.
                if "$ref" in content["schema"]:
                    schemas[content["schema"]["$ref"].rpartition("/")[2]]["additionalProperties"] = False
            for parameter in operation.get("parameters", ()):
                _keys(parameter["schema"])
        for method, operation in path.items():
            _refuse(method, operation)
            for response in operation["responses"].values():
                response.setdefault("headers", {}).update(
                    {name: {"schema": {"type": "integer"}, "description": text} for name, text in LIMITS.items()}
                )
            _exemplify(operation, schemas)
    return result


def _keys(schema: Any) -> None:
    """Numbers in an address are keys."""
    for one in (schema, schema.get("items", {})):
        if one.get("type") in {"number", "integer"} and "maximum" not in one:
            one.update(type="integer", minimum=max(0, one.get("minimum", 0)), maximum=2**63 - 1)


def _refuse(method: str, operation: Any) -> None:
    names = {one["name"] for one in operation.get("parameters", ())}
    wanted = (
        {"405", "429"}
        | ({"412"} if "If-Match" in names else set())
        | ({"415", "422"} if method == "post" else set())
        | ({"415"} if method == "put" else set())
    )
    for status in sorted(wanted):
        operation["responses"][status] = {"description": REFUSED[status], "content": {JSON: {"schema": _problem()}}}
    for status, response in operation["responses"].items():
        if status >= "400":
            (content,) = response["content"].values()
            response["content"] = {problems.CONTENT_TYPE: content}


def _problem() -> dict[str, str]:
    return {"$ref": "#/components/schemas/Problem"}


def _exemplify(operation: Any, schemas: Any) -> None:
    bodies = [operation["requestBody"]["content"]] if "requestBody" in operation else []
    for content in (*bodies, *(one["content"] for one in operation["responses"].values() if "content" in one)):
        for kind, described in content.items():
            if kind == "text/event-stream":
                described["example"] = STREAM
            elif kind == problems.CONTENT_TYPE and described["schema"] == _problem():
                described["example"] = PROBLEM
            else:
                described["example"] = example(described["schema"], schemas)
    for parameter in operation.get("parameters", ()):
        # A page of the API fills in the examples: of what narrows a list or may be left out, a try would find nothing.
        if not parameter.get("required") and parameter["in"] == "query":
            continue
        parameter.setdefault("example", example(parameter["schema"], schemas, parameter["name"]))


def example(schema: Any, schemas: Any, name: str = "") -> Any:
    """A value that the schema accepts, with words of the field where its name is known."""
    if "$ref" in schema:
        return example(schemas[schema["$ref"].rpartition("/")[2]], schemas, name)
    for many in ("allOf", "oneOf", "anyOf"):
        if many in schema and "type" not in schema:
            return example(schema[many][0], schemas, name)
    if "example" in schema:
        return schema["example"]
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type")
    if kind == "object":
        fields = schema.get("properties", {})
        return {field: example(inner, schemas, field) for field, inner in fields.items()}
    if kind == "array":
        known = WORDS.get(name)
        return known if isinstance(known, list) else [example(schema["items"], schemas, name)]
    if kind == "string":
        return _text(schema, name)
    plain = {"integer": int(schema.get("minimum", 1)) or 1, "number": 1.5, "boolean": False}
    return WORDS[name] if kind == "integer" and isinstance(WORDS.get(name), int) else plain.get(kind)


def _text(schema: Any, name: str) -> str:
    if schema.get("format") in BY_FORMAT:
        return str(BY_FORMAT[schema["format"]])
    known = WORDS.get(name)
    return known if isinstance(known, str) else "…"[: schema.get("maxLength", 1)]
