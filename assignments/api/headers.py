"""Headers that every POST of the API takes, in its schema too. Imports no view: the framework's settings name it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

IDEMPOTENCY_KEY = "Idempotency-Key"
KEY = OpenApiParameter(
    IDEMPOTENCY_KEY, {"type": "string", "minLength": 1, "maxLength": 128, "pattern": "^[!-~]+$"}, "header",
    description="Yours, best a UUID: the same request has one effect and the same answer for 24 hours.",
)  # fmt: skip
IF_MATCH = OpenApiParameter(
    "If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER,
    description="The `ETag` of the row's own address; 412 when the row is another by now.",
)  # fmt: skip


class ApiSchema(AutoSchema):
    """Adds the headers that every POST takes, and the first sentence of the description as the summary."""

    def get_summary(self) -> str | None:
        words = " ".join(str(self.get_description() or "").split())
        return words.partition(". ")[0].rstrip(".") or None

    def get_override_parameters(self) -> list[Any]:
        if self.method != "POST" or not hasattr(self.view, "about"):
            return []
        return [KEY, IF_MATCH] if self.view.about else [KEY]
