"""The database's rules about a row, judged without asking it and told by the columns they speak of: the names of the
rules state the truth."""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import BaseConstraint, CheckConstraint, Expression, F, Model, Q, UniqueConstraint
from django.db.models.expressions import CombinedExpression, Value

ANOTHER = "Another row says the same."


def broken_by(row: Any, *, besides: Collection[str]) -> dict[str, str]:
    """A sentence for each broken check, by its columns; rules about columns that are refused already are left out."""
    told = {}
    for constraint in row._meta.constraints:
        if not isinstance(constraint, CheckConstraint):
            continue
        columns = columns_of(constraint)
        if not columns & set(besides) and not _holds(constraint, row):
            told[", ".join(sorted(columns))] = f"It must hold that: {constraint.name.replace('_', ' ')}."
    return told


def columns_of(constraint: BaseConstraint) -> set[str]:
    if isinstance(constraint, CheckConstraint) and isinstance(constraint.condition, Q):
        return set(constraint.condition.referenced_base_fields)
    return set(constraint.fields) if isinstance(constraint, UniqueConstraint) else set()


def taken_twice(rows: Sequence[Any], changed: Mapping[int, Collection[str]]) -> dict[int, dict[str, str]]:
    """By the place of a row, a sentence for each set of columns of which another row of the table has the values.

    `changed` has by place the fields that are to be written; a set of which none is among them is left alone. By one
    query for each rule of the table, however many rows there are.
    """
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for fields, condition in _unique_sets(type(rows[0])) if rows else ():
        values = {
            place: tuple(getattr(row, row._meta.get_field(name).attname) for name in fields)
            for place, row in enumerate(rows)
            if set(fields) & set(changed.get(place, ()))
        }
        values = {place: one for place, one in values.items() if None not in one}
        if not values:
            continue
        stored = type(rows[0])._base_manager.filter(condition)
        for name, wanted in zip(fields, zip(*values.values(), strict=True), strict=True):
            stored = stored.filter(**{f"{name}__in": set(wanted)})
        names = [rows[0]._meta.get_field(name).attname for name in fields]
        owners = {tuple(one[1:]): one[0] for one in stored.values_list("pk", *names)}
        for place, one in values.items():
            if owners.get(one, rows[place].pk) != rows[place].pk:
                found[place][", ".join(sorted(fields))] = ANOTHER
    return found


def _unique_sets(table: type[Model]) -> list[tuple[tuple[str, ...], Q]]:
    single = [((one.name,), Q()) for one in table._meta.fields if one.unique and not one.primary_key]
    several = (one for one in table._meta.constraints if isinstance(one, UniqueConstraint) and one.fields)
    return [*single, *((tuple(one.fields), one.condition or Q()) for one in several)]


# As SQL judges: None is unknown, and a check holds unless it is false.
Verdict = bool | None
_COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "exact": operator.eq, "gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le,
    "in": lambda value, among: value in among, "range": lambda value, ends: ends[0] <= value <= ends[1],
}  # fmt: skip


class _Unknown(Exception):
    """A comparison that is left to the database."""


def _holds(constraint: CheckConstraint, row: Any) -> bool:
    try:
        return _judged(constraint.condition, row) is not False
    except _Unknown:
        pass
    try:
        constraint.validate(type(row), row)
    except ValidationError:
        return False
    return True


def _judged(condition: Any, row: Any) -> Verdict:
    if not isinstance(condition, Q):
        raise _Unknown
    verdicts = [_judged(one, row) if isinstance(one, Q) else _compared(*_pair(one), row) for one in condition.children]
    verdict = {Q.AND: _all, Q.OR: _any}.get(condition.connector, _refused)(verdicts)
    return (None if verdict is None else not verdict) if condition.negated else verdict


def _pair(one: Any) -> tuple[str, Any]:
    if not isinstance(one, tuple):
        raise _Unknown
    return one


def _all(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return False if False in found else None if None in found else True


def _any(verdicts: Iterable[Verdict]) -> Verdict:
    found = set(verdicts)
    return True if True in found else None if None in found else False


def _refused(verdicts: Iterable[Verdict]) -> Verdict:
    raise _Unknown


def _compared(name: str, other: Any, row: Any) -> Verdict:
    field, _, lookup = name.partition("__")
    value, other = _value(F(field), row), _value(other, row)
    if lookup == "isnull":
        return (value is None) is bool(other)
    compare = _COMPARED.get(lookup or "exact")
    if compare is None:
        raise _Unknown
    return None if value is None or other is None else compare(value, other)


def _value(of: Any, row: Any) -> Any:
    if isinstance(of, F):
        name = of.name  # type: ignore[attr-defined]  # the stubs lack it
        if "__" in name:
            raise _Unknown
        return getattr(row, row._meta.get_field(name).attname)
    if isinstance(of, Value):
        return of.value
    if isinstance(of, (CombinedExpression, Expression)):
        raise _Unknown
    return of
