"""JSON that people type into forms of the administration: what no database or page can hold is refused in words."""

from __future__ import annotations

import json
import math
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput

from assignments.downstream import lenient, storable

DEEPEST = 20
"""Lists and objects within each other."""


class TypedJSONField(forms.JSONField):
    def to_python(self, value: Any) -> Any:
        try:
            found = super().to_python(value)
        except (ValidationError, ValueError, RecursionError) as error:
            raise ValidationError(f"This is no JSON: {_why(error)}.") from error
        if lenient.shallow(found, DEEPEST) != found:
            raise ValidationError(f"Lists and objects are nested more than {DEEPEST} deep here.")
        if not _is_storable(found):
            raise ValidationError("It holds characters or numbers that cannot be stored.")
        return found

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            return super().bound_data(data, initial)
        except (ValueError, RecursionError):
            return InvalidJSONInput(data)

    def prepare_value(self, value: Any) -> Any:
        text = super().prepare_value(value)
        if storable.shown(text) == text or isinstance(value, InvalidJSONInput):
            return text
        # A half of a character can be written as an escape, and is no text that a page can hold.
        return json.dumps(value, indent=2)


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    # Django's own sentence does not say where.
    return str(error.__context__) if isinstance(error, ValidationError) else "a number is too long"


def _is_storable(value: Any) -> bool:
    if isinstance(value, dict):
        return all(_is_storable(name) and _is_storable(inner) for name, inner in value.items())
    if isinstance(value, list):
        return all(map(_is_storable, value))
    if isinstance(value, str):
        return storable.shown(value) == value
    return not isinstance(value, float) or math.isfinite(value)
