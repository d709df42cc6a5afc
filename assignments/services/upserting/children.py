"""Rows that live only as part of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import models as orm

from assignments.services.upserting.rows import chunks


@dataclass(frozen=True, slots=True)
class Children:
    """Rows that live only as part of their parent and are replaced together."""

    model: type[orm.Model]
    parent: str
    columns: tuple[str, ...]

    def replace(self, wanted: Mapping[int, set[tuple[Any, ...]]]) -> set[int]:
        """The ids of the parents whose children differed, now replaced by `wanted`'s tuples of `columns`."""
        changed = set()
        for part in chunks(wanted):
            current: dict[int, set[tuple[Any, ...]]] = defaultdict(set)
            rows = self.model._default_manager.filter(**{f"{self.parent}__in": part})
            for parent, *columns in rows.values_list(self.parent, *self.columns):
                current[parent].add(tuple(tuple(cell) if isinstance(cell, list) else cell for cell in columns))
            differing = [parent for parent in part if current[parent] != wanted[parent]]
            if not differing:
                continue
            self.model._default_manager.filter(**{f"{self.parent}__in": differing}).delete()
            self.model._default_manager.bulk_create(
                self.model(**{self.parent: parent}, **dict(zip(self.columns, columns, strict=True)))
                for parent in differing
                for columns in sorted(wanted[parent], key=repr)
            )
            changed.update(differing)
        return changed
