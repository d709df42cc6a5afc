"""Rows that live only as part of another."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Any

from django.db import models as orm

from assignments.queries.chunks import among
from assignments.services.upserting.making import new_row
from assignments.services.upserting.rows import chunks


@dataclass(frozen=True, slots=True)
class Children:
    """Rows that live only as part of their parent and are replaced together."""

    model: type[orm.Model]
    parent: str
    columns: tuple[str, ...]

    def replace(self, wanted: Mapping[int, set[tuple[Any, ...]]], new: Set[int] = frozenset()) -> set[int]:
        """The ids of the parents whose children differed, now replaced by `wanted`'s tuples of `columns`.

        Those of them that are `new` have no children yet.
        """
        changed = set()
        for part in chunks(wanted):
            current = self._current([parent for parent in part if parent not in new])
            differing = [parent for parent in part if current[parent] != wanted[parent]]
            if not differing:
                continue
            if old := [parent for parent in differing if current[parent]]:
                self.model._default_manager.filter(**{f"{self.parent}__in": old}).delete()
            self.model._default_manager.bulk_create(
                new_row(self.model, {self.parent: parent, **dict(zip(self.columns, columns, strict=True))})
                for parent in differing
                for columns in sorted(wanted[parent], key=repr)
            )
            changed.update(differing)
        return changed

    def _current(self, parents: list[int]) -> dict[int, set[tuple[Any, ...]]]:
        current: dict[int, set[tuple[Any, ...]]] = defaultdict(set)
        rows = self.model._default_manager.filter(**{f"{self.parent}__in": among(parents)}).order_by()
        for parent, *columns in rows.values_list(self.parent, *self.columns) if parents else ():
            current[parent].add(tuple(tuple(cell) if isinstance(cell, list) else cell for cell in columns))
        return current
