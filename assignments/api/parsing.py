"""Bodies of requests. Imports no view: the framework's settings name it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rest_framework import exceptions, parsers

from assignments.downstream import lenient

DEEPEST = 20
"""Objects and lists within each other; no request has more than a few."""


class JSONParser(parsers.JSONParser):
    """JSON of a depth that everything which handles it can follow."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The document. Raises ParseError."""
        too_deep = exceptions.ParseError(f"JSON parse error - nested more than {DEEPEST} deep")
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError as error:
            raise too_deep from error
        level = [data]
        for _ in range(DEEPEST):
            level = [inner for one in level for inner in _within(one)]
        if level:
            raise too_deep
        return data


class RecordsParser(parsers.JSONParser):
    """JSON of systems that push: one odd value or byte must not hide the other records, as in what is read of them."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None) -> Any:
        """The document. Raises ParseError."""
        try:
            return lenient.loads(stream.read())
        except ValueError as error:
            raise exceptions.ParseError(f"JSON parse error - {error}") from error


def _within(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
