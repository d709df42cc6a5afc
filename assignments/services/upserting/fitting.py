"""Whether the database takes the values of a row: one bad record must not undo its whole batch."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, MaxValueValidator, MinValueValidator
from django.db import models as orm

from assignments.services.upserting.refusing import Unstorable, refuse_nul

Test = Callable[[Any], bool]


def check(row: orm.Model, values: Mapping[str, Any]) -> None:
    """Raises Unstorable for a value of a column that the database would refuse."""
    tests = _tests(type(row))
    doubtful = [name for name, value in values.items() if (test := tests.get(name)) and not test(value)]
    if not doubtful:
        return
    skipped = [each.name for each in row._meta.concrete_fields if each.attname not in doubtful]
    try:
        row.clean_fields(exclude=skipped)
    except ValidationError as error:
        told = "; ".join(f"{name}: {' '.join(texts)}" for name, texts in error.message_dict.items())
        raise Unstorable(told, field=next(iter(error.message_dict))) from error
    for name in doubtful:
        refuse_nul(name, values[name])


@functools.cache
def _tests(model: type[orm.Model]) -> Mapping[str, Test]:
    """By column: whether a value surely fits, without the words for one that does not. References have none."""
    return {field.attname: _test(field) for field in model._meta.concrete_fields if not field.is_relation}


def _test(field: orm.Field[Any, Any]) -> Test:
    known = (MaxLengthValidator, MaxValueValidator, MinValueValidator)
    if field.choices is not None:
        # What may be left blank is told apart by the slow way.
        choices = {value for value, _ in field.flatchoices}
        return lambda value: isinstance(value, (str, int)) and value in choices
    if any(type(one) not in known for one in field.validators):
        return lambda value: False
    if isinstance(field, (orm.CharField, orm.TextField)):
        return _fits_text(field.max_length, field.blank)
    if isinstance(field, orm.BooleanField):
        return lambda value: type(value) is bool
    if isinstance(field, orm.DateTimeField):
        return lambda value: isinstance(value, datetime) or (value is None and field.null and field.blank)
    if isinstance(field, (orm.IntegerField, orm.FloatField)):
        return _fits_number(field)
    if isinstance(field, orm.JSONField):
        return lambda value: type(value) is list and set(map(type, value)) <= {str}
    return lambda value: False


def _fits_text(longest: int | None, blank: bool) -> Test:
    most = longest or 10**9
    return lambda value: type(value) is str and (blank or value != "") and len(value) <= most and "\x00" not in value


def _fits_number(field: orm.Field[Any, Any]) -> Test:
    types = {int} if isinstance(field, orm.IntegerField) else {int, float}
    ends = [one for one in field.validators if isinstance(one, (MinValueValidator, MaxValueValidator))]
    least = max((_limit(one) for one in ends if isinstance(one, MinValueValidator)), default=float("-inf"))
    most = min((_limit(one) for one in ends if isinstance(one, MaxValueValidator)), default=float("inf"))
    return lambda value: type(value) in types and least <= value <= most


def _limit(one: MinValueValidator | MaxValueValidator) -> Any:
    return one.limit_value() if callable(one.limit_value) else one.limit_value
