# The import-export package ships no types, so its classes are Any to mypy.
# mypy: disallow-subclassing-any=False
"""The file of rule sets. Its columns follow the model: a limit that is added there is exchanged as well."""

from __future__ import annotations

import json
import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.db.models import Field
from import_export import widgets

from assignments import models
from assignments.engine.rules import scoring
from assignments.services.files import cells, columns, parts, resource


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


Break = tuple[str, int, int, int, int, bool, bool]
"""Name, minutes, earliest and latest start, length of the shorter shifts without it; whether paid, and at the base."""

_BREAK = "meal break|30|210-360|360|unpaid|field"
_WORDS = (("unpaid", "paid"), ("field", "base"))


class BreakColumn(parts.Parts):
    """`meal break|30|210-360|360|unpaid|field`: name, minutes, from when to when it begins, on shifts longer than this
    (all unless said), paid or not (not unless said), in the field or at the base (in the field unless said)."""

    def parse(self, value: Any, row: columns.Row, instance: Any) -> list[Break]:
        found = sorted(self._break(text) for text in cells.split(columns.text_of(value)))
        if len({one[0] for one in found}) < len(found):
            raise ValueError("Two breaks have the same name.")
        return found

    def _break(self, text: str) -> Break:
        name, length, begins, after, *words = [*cells.split_fields(text), "", "", "", "", ""][:6]
        earliest, _, latest = begins.partition("-")
        if not name or not all(one.isdecimal() for one in (length, earliest, latest, after or "0")):
            raise ValueError(f"“{text}” is not a break, such as {_BREAK}.")
        paid, at_base = (self._word(word, both) for word, both in zip(words, _WORDS, strict=True))
        return name, int(length), int(earliest), int(latest), int(after or 0), paid, at_base

    def _word(self, word: str, both: tuple[str, str]) -> bool:
        if word and word not in both:
            raise ValueError(f"“{word}” is neither {both[0]} nor {both[1]}.")
        return word == both[1]

    def stored(self, instance: models.RuleSet) -> list[Break]:
        return sorted(
            (b.name, b.length_minutes, b.earliest_minutes, b.latest_minutes, b.after_minutes, b.paid, b.at_base)
            for b in instance.breaks.all()
        )

    def write(self, part: Break, instance: Any) -> str:
        name, length, earliest, latest, after, paid, at_base = part
        words = (both[flag] for flag, both in zip((paid, at_base), _WORDS, strict=True))
        return cells.join_fields([name, str(length), f"{earliest}-{latest}", str(after), *words])

    def rows(self, instance: models.RuleSet, values: Sequence[Break]) -> list[models.RuleSetBreak]:
        return [
            models.RuleSetBreak(
                rule_set=instance, name=name, length_minutes=length, earliest_minutes=earliest, latest_minutes=latest,
                after_minutes=after, paid=paid, at_base=at_base,
            )
            for name, length, earliest, latest, after, paid, at_base in values
        ]  # fmt: skip

    def store(self, instance: models.RuleSet, values: Sequence[Break]) -> None:
        models.RuleSetBreak.objects.filter(rule_set=instance).delete()
        models.RuleSetBreak.objects.bulk_create(self.rows(instance, values))


class RuleSetResource(resource.ExchangeResource):
    key = ("name",)
    identity = ("name",)
    prefetched = ("breaks",)
    breaks = BreakColumn("breaks")

    class Meta:
        model = models.RuleSet
        exclude = ("id",)
        import_id_fields = ("name",)

    @classmethod
    def field_from_django_field(cls, field_name: str, django_field: Field[Any, Any], readonly: bool) -> Any:
        widget = _BY_NAME.get(field_name) or _BY_TYPE[django_field.get_internal_type()]()
        default: Any = None if django_field.null else django_field.get_default
        return columns.column(field_name, widget, default=default)
