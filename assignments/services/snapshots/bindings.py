"""The crews to which decisions have bound parts of work that one crew has to do."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from assignments import models
from assignments.engine.domain.problem import Binding

RULE = "same-crew"
_HOLDING = (*models.Assignment.LIVE, models.Assignment.Status.COMPLETED)


class _Decided(NamedTuple):
    """A part that has a crew, or had it when it was done."""

    part: int
    number: str
    crew_id: int
    crew: str
    is_exception: bool
    """A manager let this crew take over."""


def whole_of(order: models.WorkOrder) -> int | None:
    """Id of the whole of a part that has to be done by the crew of the others."""
    return order.part_of_id if order.splitting == models.WorkOrder.Splitting.SAME_CREW else None


def bindings_of(orders: Iterable[models.WorkOrder]) -> Mapping[int, Binding]:
    """By id of the parts among these orders: the crew that another part binds it to; one query if there are parts."""
    parts = [order for order in orders if whole_of(order)]
    decided = _decided([order.part_of_id for order in parts]) if parts else {}
    found = {order.pk: _nearest(order, decided[order.part_of_id]) for order in parts}
    return {pk: Binding(one.crew_id, one.crew, one.number) for pk, one in found.items() if one}


def _decided(whole_ids: Sequence[int | None]) -> Mapping[int | None, list[_Decided]]:
    rows = models.Assignment.objects.leads().filter(order__part_of__in=whole_ids, status__in=_HOLDING)
    columns = ("order__part_of", "order__part", "order__number", "crew", "crew__name", "override_rules")
    found: dict[int | None, list[_Decided]] = defaultdict(list)
    for whole, part, number, crew_id, crew, rules in rows.order_by("approved_at").values_list(*columns):
        found[whole].append(_Decided(part, number, crew_id, crew, RULE in rules))
    return found


def _nearest(order: models.WorkOrder, decided: Sequence[_Decided]) -> _Decided | None:
    """The nearest part before it, whose crew goes on; where there is none the nearest after it, if its crew did not
    come in as an exception."""
    before = [one for one in decided if one.part < order.part]
    if before:
        return max(before, key=lambda one: one.part)
    after = min((one for one in decided if one.part > order.part), key=lambda one: one.part, default=None)
    return after if after and not after.is_exception else None
