"""The database's rules about a row, told by the columns they speak of: the names of the rules state the truth."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import BaseConstraint, CheckConstraint, Q, UniqueConstraint


def broken_by(row: Any, *, besides: Collection[str]) -> dict[str, str]:
    """A sentence for each broken rule, by its columns; rules about columns that are refused already are left out."""
    told = {}
    for constraint in row._meta.constraints:
        columns = columns_of(constraint)
        if columns & set(besides):
            continue
        try:
            constraint.validate(type(row), row)
        except ValidationError:
            told[", ".join(sorted(columns))] = _sentence(constraint)
    return told


def columns_of(constraint: BaseConstraint) -> set[str]:
    if isinstance(constraint, CheckConstraint) and isinstance(constraint.condition, Q):
        return set(constraint.condition.referenced_base_fields)
    return set(constraint.fields) if isinstance(constraint, UniqueConstraint) else set()


def _sentence(constraint: BaseConstraint) -> str:
    if isinstance(constraint, UniqueConstraint):
        return "Another row says the same."
    return f"It must hold that: {constraint.name.replace('_', ' ')}."
