"""Inserting many rows by one statement, a column at a time: Django looks at each cell by itself.

Of a row as wide as an order that takes most of the time in which it is stored, and so of the time for which everybody
else waits to write.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from operator import itemgetter
from typing import Any

from django.db.models import DateField, Field, JSONField
from django.db.models.sql import compiler
from django.db.models.sql.compiler import (
    SQLAggregateCompiler,
    SQLCompiler,
    SQLDeleteCompiler,
    SQLUpdateCompiler,
)

__all__ = ["SQLAggregateCompiler", "SQLCompiler", "SQLDeleteCompiler", "SQLInsertCompiler", "SQLUpdateCompiler"]

FEW = 4
"""Rows that are not worth it."""
_STORED_AS_THEY_ARE: dict[str, type] = {
    "CharField": str, "TextField": str, "BooleanField": bool, "FloatField": float, "IntegerField": int,
    "BigIntegerField": int, "SmallIntegerField": int, "PositiveIntegerField": int, "PositiveBigIntegerField": int,
    "PositiveSmallIntegerField": int, "AutoField": int, "BigAutoField": int,
}  # fmt: skip
"""Types of Python for which a field has nothing to prepare."""


class SQLInsertCompiler(compiler.SQLInsertCompiler):
    """Django's own for few rows, expressions, and fields with placeholders of their own."""

    def as_sql(self, *args: Any, **options: Any) -> Any:
        query: Any = self.query
        fields, objs = query.fields, query.objs
        if not fields or len(objs) < FEW or any(hasattr(field, "get_placeholder") for field in fields):
            return super().as_sql(*args, **options)
        given = _given(fields, objs)
        columns = [self._values(field, objs, given.get(field)) for field in fields]
        if None in columns:
            return super().as_sql(*args, **options)
        return [self._statement(fields, columns, len(objs))]

    def _values(self, field: Any, objs: Sequence[Any], given: Sequence[Any] | None) -> Sequence[Any] | None:
        """The values as they are stored, of those that are `given`; None where one is an expression."""
        values = given if given is not None else [self.pre_save_val(field, obj) for obj in objs]
        if _are_plain(field, values):
            return values
        if any(hasattr(value, "resolve_expression") for value in values):
            return None
        if isinstance(field, DateField):
            # Most are the moment at which all rows were written.
            prepared = {value: self.prepare_value(field, value) for value in set(values)}
            return [prepared[value] for value in values]
        if type(field) is JSONField and field.encoder is None and set(map(type, values)) <= {list, dict}:
            return [json.dumps(value) for value in values]
        return [self.prepare_value(field, value) for value in values]

    def _statement(self, fields: Sequence[Any], columns: Sequence[Any], count: int) -> tuple[str, tuple[Any, ...]]:
        ops: Any = self.connection.ops
        query: Any = self.query
        names = [ops.quote_name(field.column) for field in fields]
        row = f"({', '.join(['%s'] * len(fields))})"
        sql = [
            f"{ops.insert_statement(on_conflict=query.on_conflict)} {ops.quote_name(query.get_meta().db_table)}",
            f"({', '.join(names)}) VALUES {', '.join([row] * count)}",
            ops.on_conflict_suffix_sql(
                fields, query.on_conflict, (one.column for one in query.update_fields),
                (one.column for one in query.unique_fields),
            ),
        ]  # fmt: skip
        if self.returning_fields:
            returning, self.returning_params = ops.return_insert_columns(self.returning_fields)
            sql.append(returning)
        return " ".join(part for part in sql if part), tuple(chain.from_iterable(zip(*columns, strict=True)))


def _given(fields: Sequence[Any], objs: Sequence[Any]) -> dict[Any, Sequence[Any]]:
    """The values of the fields that are saved as they are, read once for each row; none where rows lack some."""
    plain = [field for field in fields if _is_saved_as_it_is(field)]
    if not plain:
        return {}
    read = itemgetter(*(field.attname for field in plain))
    try:
        rows = [read(vars(obj)) for obj in objs]
    except KeyError:
        return {}
    return dict(zip(plain, zip(*rows, strict=True) if len(plain) > 1 else [rows], strict=True))


def _is_saved_as_it_is(field: Any) -> bool:
    if isinstance(field, DateField):
        return not (field.auto_now or field.auto_now_add)
    return type(field).pre_save is Field.pre_save


def _are_plain(field: Any, values: Sequence[Any]) -> bool:
    """Whether the values are stored as they are."""
    while field.is_relation:
        # A reference is stored as what it refers to.
        field = field.target_field
    if not type(field).__module__.startswith("django."):
        return False
    return set(map(type, values)) <= {_STORED_AS_THEY_ARE.get(field.get_internal_type()), type(None)}
