"""Customers still out over time, in a district or a part of it, by the decisions and by the plan as well."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from assignments import models
from assignments.queries import restoring
from assignments.queries.restoring import RestorationEstimate


@dataclass(frozen=True, slots=True)
class Area:
    """A part of a district: a feeder, or the zone of a substation; the whole without a kind."""

    kind: str = ""
    name: str = ""

    @property
    def key(self) -> str:
        """As addresses have it: `feeder:F-101`, `zone:Cedar Hill`."""
        return f"{self.kind}:{self.name}" if self.kind else ""


@dataclass(frozen=True, slots=True)
class DarkOrder:
    """An outage, and when its customers are back."""

    number: str
    customers: int
    estimate: RestorationEstimate

    def is_ahead(self, now: datetime, certainties: Collection[str]) -> bool:
        """Whether they will be back at a time that is known and rests on one of these, or on a manager's word."""
        found = self.estimate
        rests = found.certainty in certainties or found.word is not None
        return bool(found.back_at and found.back_at > now and rests)


@dataclass(frozen=True, slots=True)
class RestorationCurve:
    """The outages of an area, the first to be back first, those without a time last."""

    area: Area
    areas: tuple[Area, ...]
    """Every part of the district that has customers out."""
    orders: tuple[DarkOrder, ...]

    @property
    def customers(self) -> int:
        return sum(order.customers for order in self.orders)

    def steps(self, now: datetime, certainties: Collection[str]) -> list[tuple[datetime, int]]:
        """The times at which customers are back, and how many are still out from then on."""
        back: dict[datetime, int] = {}
        for order in self.orders:
            if order.is_ahead(now, certainties) and order.estimate.back_at:
                back[order.estimate.back_at] = back.get(order.estimate.back_at, 0) + order.customers
        left, steps = self.customers, []
        for at in sorted(back):
            left -= back[at]
            steps.append((at, left))
        return steps


def whole(district: models.District, now: datetime) -> RestorationCurve:
    """That of the whole district, by a constant number of queries."""
    orders = _dark(district)
    return _of(orders, Area(), _areas(orders), now)


def curve(district: models.District, area: str, now: datetime) -> RestorationCurve | None:
    """That of the area with this key, likewise; None where nobody is out there, or the district has no such area."""
    orders = _dark(district)
    areas = _areas(orders)
    chosen = next((one for one in (Area(), *areas) if one.key == area), None)
    return None if chosen is None else _of(orders, chosen, areas, now)


def _dark(district: models.District) -> list[models.WorkOrder]:
    found = models.WorkOrder.objects.open().counted_once().filter(district=district, customers_out__gt=0)
    columns = ("number", "feeder", "substation", "customers_out", "status", "part", "parts_in_all")
    return list(found.order_by("number").only(*columns))


def _of(orders: Iterable[models.WorkOrder], chosen: Area, areas: tuple[Area, ...], now: datetime) -> RestorationCurve:
    inside = [order for order in orders if _lies_in(order, chosen)]
    estimates = restoring.estimates(inside, now)
    dark = [DarkOrder(one.number, one.customers_out, estimates[one.pk]) for one in inside]
    # The sort is stable: those without a time keep the sequence of their numbers.
    dark.sort(key=lambda one: (one.estimate.back_at is None, one.estimate.back_at or now))
    return RestorationCurve(chosen, areas, tuple(dark))


def _areas(orders: Iterable[models.WorkOrder]) -> tuple[Area, ...]:
    found = {Area("feeder", order.feeder) for order in orders if order.feeder}
    found |= {Area("zone", order.substation) for order in orders if order.substation}
    return tuple(sorted(found, key=lambda one: (one.kind, one.name)))


def _lies_in(order: models.WorkOrder, area: Area) -> bool:
    return {"": True, "feeder": order.feeder == area.name, "zone": order.substation == area.name}[area.kind]
