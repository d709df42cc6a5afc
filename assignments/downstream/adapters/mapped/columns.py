"""Their records in our words, and our bookings in theirs, column by column."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from assignments.downstream.adapters.mapped import expressions, fields, times
from assignments.downstream.adapters.mapped.manifest import Columns, MappedColumn

_CLOCK = re.compile(r"\s*(-?)(\d{1,6}):([0-5]\d)\s*")
_MISSING = object()


@dataclass(slots=True)
class MappedValues:
    """A record in our words, as far as it could be read."""

    given: dict[str, Any] = field(default_factory=dict)
    faults: list[tuple[str, str]] = field(default_factory=list)
    """Field and reason."""


def read(columns: Columns, record: Any, shape: type[BaseModel]) -> MappedValues:
    """The record as the shape would have it."""
    found = MappedValues()
    if not isinstance(record, Mapping):
        found.faults.append(("", _NO_RECORD if not isinstance(record, list) else _LONG_ROW))
        return found
    for name, column in columns.items():
        try:
            value = _read(column, record, shape, name)
        except ValueError as error:
            found.faults.append((name, str(error)))
        else:
            if value is not _MISSING:
                _put(found.given, name, value)
    return found


_NO_RECORD = "is no record with names and values"
_LONG_ROW = "has more cells than the first line has names"


def write(columns: Columns, given: Mapping[str, Any]) -> dict[str, Any]:
    """Their fields of what we say. Raises ValueError, with the name of the field."""
    written: dict[str, Any] = {}
    for name, column in columns.items():
        try:
            value = _written(column, given)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
        if value is not None:
            _put(written, name, value)
    return written


def _put(into: dict[str, Any], name: str, value: Any) -> None:
    *path, last = name.split(".")
    for part in path:
        into = into.setdefault(part, {})
    into[last] = value


def _read(column: MappedColumn, record: Mapping[str, Any], shape: type[BaseModel], name: str) -> Any:
    to = fields.of(shape, name)
    value = _found(column, record)
    if value is None or (_is_blank(value) and not _may_be_blank(column, to)):
        return column.default if column.has_default and column.default is not None else _nothing(column)
    if column.columns is not None:
        return _beneath(column, value, to)
    is_version = name == "version"
    return _of_each(column, value, lambda one: _one(column, one, to, is_version=is_version))


def _nothing(column: MappedColumn) -> Any:
    """A value that is not there says so, unless it is left out on purpose."""
    return _MISSING if column.has_default else None


def _found(column: MappedColumn, record: Mapping[str, Any]) -> Any:
    value = expressions.search(column.path, record) if column.path is not None else None
    if isinstance(value, str) and column.split:
        return [part.strip() for part in value.split(column.split) if part.strip()]
    return value


def _is_blank(value: Any) -> bool:
    return isinstance(value, str) and not value.strip()


def _may_be_blank(column: MappedColumn, to: fields.MessageField | None) -> bool:
    """Whether a blank is a value: a text that somebody has emptied."""
    is_plain = not (column.has_default or column.table or column.factor or column.is_time or column.columns)
    return is_plain and to is not None and to.is_text and type(None) not in to.holds


def _beneath(column: MappedColumn, value: Any, to: fields.MessageField | None) -> Any:
    shape = to.shapes[0] if to is not None and to.shapes else BaseModel
    is_list = isinstance(value, list)
    made = []
    for number, item in enumerate(value if is_list else [value], start=1):
        inner = read(column.columns or {}, item, shape)
        if inner.faults:
            where, why = inner.faults[0]
            raise ValueError(f"{f'item {number}: ' if is_list else ''}{where}{': ' if where else ''}{why}")
        made.append(inner.given)
    return made if is_list else made[0]


def _of_each(column: MappedColumn, value: Any, convert: Callable[[Any], Any]) -> Any:
    """A table, a factor and the like are of each item of a list."""
    if isinstance(value, list):
        return [one for one in map(convert, value) if one is not None]
    converted = convert(value)
    return _MISSING if converted is None and column.has_default else converted


def _one(column: MappedColumn, value: Any, to: fields.MessageField | None, *, is_version: bool) -> Any:
    if column.table is not None:
        value = _of_table(column, value)
    if column.factor is not None:
        value = _multiplied(value, column.factor)
        if to is not None and to.is_whole and isinstance(value, float) and math.isfinite(value):
            value = round(value)
    if column.is_time or (to is not None and to.is_time) or is_version:
        value = times.read(value, column.format, column.zone)
        if is_version:
            return _version(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if to is not None and to.is_text and not to.is_whole and is_number:
        return _as_text(value)
    return value


def _version(value: Any) -> Any:
    if isinstance(value, str) and not value.strip().isdecimal():
        value = times.read(value.strip(), None, "UTC")
    return times.milliseconds(value)


def _of_table(column: MappedColumn, value: Any) -> Any:
    table, key = column.table or {}, _as_text(value)
    if key in table:
        return table[key]
    if column.has_default:
        return column.default
    raise ValueError(f"“{key[:60]}” is not in its table")


def _multiplied(value: Any, factor: float) -> Any:
    if isinstance(value, str):
        value = _number(value)
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"“{str(value)[:60]}” is not a number")
    try:
        return float(value) * factor
    except OverflowError:
        return math.inf


def _number(text: str) -> float:
    if clock := _CLOCK.fullmatch(text):
        hours = int(clock[2]) + int(clock[3]) / 60
        return -hours if clock[1] else hours
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"“{text[:60]}” is not a number") from None


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def _written(column: MappedColumn, given: Mapping[str, Any]) -> Any:
    value = _found(column, given)
    if value is None or (column.has_default and _is_blank(value)):
        return column.default
    if column.columns is not None:
        return (
            [write(column.columns, one) for one in value] if isinstance(value, list) else write(column.columns, value)
        )
    return _of_each(column, value, lambda one: _written_one(column, one))


def _written_one(column: MappedColumn, value: Any) -> Any:
    if column.table is not None:
        return _of_table(column, value)
    if column.factor is not None:
        number = _multiplied(value, column.factor)
        return int(number) if float(number).is_integer() else round(number, 6)
    if column.is_time:
        at = times.read(value, None, None)
        if not isinstance(at, datetime):
            raise ValueError(f"“{str(value)[:60]}” is not a time")
        return times.write(at, column.format, column.zone)
    return value
