"""Orders that wait for each other in a ring, so that none of them can ever begin."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping

from assignments import models
from assignments.engine.domain import rings


class Waiting:
    """Which open orders wait for which, by one query."""

    def __init__(self) -> None:
        self.after: dict[int, set[int]] = defaultdict(set)
        self._numbers: dict[int, str] = {}
        over = models.WorkOrder.FINISHED
        links = models.WorkOrder.prerequisites.through.objects.exclude(from_workorder__status__in=over)
        links = links.exclude(to_workorder__status__in=over)
        columns = "from_workorder", "from_workorder__number", "to_workorder", "to_workorder__number"
        for one, number, other, its_number in links.values_list(*columns):
            self.after[one].add(other)
            self._numbers |= {one: number, other: its_number}

    @property
    def by_number(self) -> dict[str, set[str]]:
        """The numbers of the orders that each waits for, by its own number."""
        return {self._numbers[one]: {self._numbers[other] for other in others} for one, others in self.after.items()}

    def ring(self, order_id: int) -> tuple[str, ...]:
        """Numbers of the orders of the ring that the order is in, its own first; empty for none."""
        return tuple(self._numbers[pk] for pk in rings.ring(order_id, self.after))

    def ring_with(self, order: models.WorkOrder, prerequisites: Collection[models.WorkOrder]) -> tuple[str, ...]:
        """The same, if the order waited for these instead."""
        self._numbers |= {one.pk: one.number for one in (order, *prerequisites)}
        return self._with(order.pk, {one.pk for one in prerequisites if one.status not in models.WorkOrder.FINISHED})

    def _with(self, order_id: int, after: set[int]) -> tuple[str, ...]:
        changed = {**self.after, order_id: after}
        return tuple(self._numbers[pk] for pk in rings.ring(order_id, changed))


def rings_of(order_ids: Collection[int]) -> Mapping[int, tuple[str, ...]]:
    """By id those of the orders that are in a ring, with its numbers, the order's own first."""
    waiting = Waiting() if order_ids else None
    found = {pk: waiting.ring(pk) for pk in order_ids if pk in waiting.after} if waiting else {}
    return {pk: ring for pk, ring in found.items() if ring}


def everybody() -> set[int]:
    """The ids of all open orders that are in a ring."""
    waiting = Waiting()
    return {pk for pk in list(waiting.after) if waiting.ring(pk)}
