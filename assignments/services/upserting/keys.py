"""Keys that one row alone may have, such as a crew's name in its district, where rows of one call exchange them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models as orm
from django.db.models.functions import Cast, Concat

from assignments.queries.chunks import among

Key = tuple[Any, ...]
Claim = tuple[Key, int | None]
"""A key that a row is to have, and the row's id; None of a new one."""


def held(model: type[orm.Model], unique: tuple[str, ...], claims: Sequence[Claim]) -> dict[Key, int]:
    """The rows that have any of the claimed keys now."""
    if not unique:
        return {}
    rows = model._default_manager.order_by().filter(**{f"{unique[-1]}__in": among({key[-1] for key, _ in claims})})
    return {tuple(key): pk for pk, *key in rows.values_list("pk", *unique)}


def contested(holders: Mapping[Key, int], claims: Sequence[Claim]) -> set[int]:
    """Positions of the claims that cannot be met: the key stays with another row, or an earlier claim has it."""
    refused: set[int] = set()
    while True:
        asking = {at: claim for at, claim in enumerate(claims) if at not in refused}
        moving = {pk for _, pk in asking.values() if pk is not None}
        taken = {key: pk for key, pk in holders.items() if pk not in moving}
        # A row that keeps its key goes before another that would like to have it.
        ordered = sorted(asking, key=lambda at: holders.get(claims[at][0], 0) != claims[at][1])
        found = set()
        for at in ordered:
            key = claims[at][0]
            if key in taken:
                found.add(at)
            taken.setdefault(key, 0)
        if not found:
            return refused
        # Whoever is refused keeps the key that it has, which another may have counted on.
        refused |= found


def let_go(model: type[orm.Model], column: str, holders: Mapping[Key, int], claims: Sequence[Claim]) -> None:
    """Takes the key away from the rows that another row is to have it from, for the moment between two statements."""
    wanted = dict(claims)
    giving = [pk for key, pk in holders.items() if key in wanted and wanted[key] != pk]
    if giving:
        nobody_has = Concat(orm.Value("\x1f"), Cast("pk", orm.CharField()), output_field=orm.CharField())
        model._default_manager.filter(pk__in=giving).update(**{column: nobody_has})
