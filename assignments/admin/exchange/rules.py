# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The file of rule sets. Its columns follow the model: a limit that is added there is exchanged as well."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Field
from import_export import widgets

from assignments import models
from assignments.admin.exchange import cells, columns, resource
from assignments.engine.rules import scoring


class Pairs(widgets.Widget):
    """`travel:2; lateness:0.5`: values by name. With `names` or `values` given, only those."""

    def __init__(self, names: Collection[str] = (), values: Collection[Any] = ()) -> None:
        super().__init__()
        self.names = names
        self.values = values

    def clean(self, value: Any, row: columns.Row | None = None, **_: Any) -> dict[str, Any]:
        return dict(self._pair(text) for text in cells.split(columns.text_of(value)))

    def _pair(self, text: str) -> tuple[str, Any]:
        name, *rest = cells.split_fields(text, ":")
        if len(rest) != 1:
            raise ValueError(f"“{text}” is not a name and its value, such as travel:2.")
        value = self.read(rest[0])
        for word, known in ((name, self.names), (value, self.values)):
            if known and word not in known:
                raise ValueError(f"“{word}” is none of {', '.join(known)}.")
        return name, value

    def read(self, text: str) -> Any:
        return _parsed(text)

    def render(self, value: Any, obj: Any = None, **_: Any) -> str:
        pairs = (cells.join_fields([name, _written(one)], ":") for name, one in (value or {}).items())
        return columns.safe(cells.join(pairs))


def _parsed(text: str) -> Any:
    """A number, a list or anything else that JSON knows; any other text is text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _written(value: Any) -> str:
    """Text as it stands, unless it would be read as something else."""
    is_plain = isinstance(value, str) and _parsed(value) == value
    return value if is_plain else json.dumps(value, ensure_ascii=False)


class Weights(Pairs):
    """`travel:2; lateness:0.5`: numbers by the names of the soft rules."""

    def __init__(self) -> None:
        super().__init__(names=tuple(scoring.SOFT))

    def read(self, text: str) -> float:
        value = super().read(text)
        # True is an int to Python.
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return value
        raise ValueError(f"“{text}” is not a number.")


_KINDS = models.WorkOrder.Kind
_BY_NAME: Mapping[str, widgets.Widget] = {
    "weights": Weights(),
    "kind_priorities": Pairs(names=_KINDS.values, values=models.WorkOrder.Priority.names),
    "two_person_exempt_kinds": columns.Codes(_KINDS),
}
"""Cells of which the type of the field does not say enough."""
_BY_TYPE: Mapping[str, type[widgets.Widget]] = {
    "BooleanField": columns.YesNo,
    "CharField": columns.Text,
    "FloatField": columns.Real,
    "JSONField": Pairs,
    "PositiveIntegerField": columns.Whole,
    "PositiveSmallIntegerField": columns.Whole,
    "TextField": columns.Text,
}


class RuleSetResource(resource.ExchangeResource):
    key = ("name",)

    class Meta:
        model = models.RuleSet
        exclude = ("id",)
        import_id_fields = ("name",)
        skip_unchanged = True
        clean_model_instances = True

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Field[Any, Any], readonly: bool) -> Any:
        widget = _BY_NAME.get(field_name) or _BY_TYPE[django_field.get_internal_type()]()
        default: Any = None if django_field.null else django_field.get_default
        return columns.column(field_name, widget, default=default)

    def find(self, row: columns.Row) -> models.RuleSet | None:
        return models.RuleSet.objects.filter(name=self.cleaned("name", row)).first()
