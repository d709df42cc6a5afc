"""Which work orders and crews rest on a row of the set-up, so that a change by hand is followed like a gathered one."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import singledispatch

from django.db.models import Model, Q

from assignments import models


@dataclass(frozen=True, slots=True)
class Touched:
    """Ids of the orders and crews whose suggestions and assignments must be looked at again."""

    order_ids: frozenset[int] = frozenset()
    crew_ids: frozenset[int] = frozenset()

    def __or__(self, other: Touched) -> Touched:
        return Touched(self.order_ids | other.order_ids, self.crew_ids | other.crew_ids)

    def __bool__(self) -> bool:
        return bool(self.order_ids or self.crew_ids)


def touched_by_all(rows: Iterable[Model]) -> Touched:
    """The same of many rows; of orders, and of what says something of people, by one query."""
    together, orders, people = Touched(), set(), set()
    for row in rows:
        if isinstance(row, models.WorkOrder):
            orders.add(row.pk)
        elif isinstance(row, models.Employee):
            people.add(row.pk)
        elif isinstance(row, (models.HeldQualification, models.Absence)):
            people.add(row.employee_id)
        else:
            together |= touched_by(row)
    return together | _orders(orders) | _crews_of_employees(people)


def _orders(order_ids: Collection[int]) -> Touched:
    # Dependants are named here because nobody could find them once the order is deleted.
    found = (
        models.WorkOrder.objects.filter(prerequisites__in=order_ids) if order_ids else models.WorkOrder.objects.none()
    )
    return Touched(order_ids=frozenset({*order_ids, *found.values_list("pk", flat=True)}))


@singledispatch
def touched_by(row: Model) -> Touched:
    """Rows that depend on the stored row; empty for a kind of row that no rule reads."""
    return Touched()


@touched_by.register
def _order(row: models.WorkOrder) -> Touched:
    return _orders({row.pk})


@touched_by.register
def _need(row: models.OrderNeed) -> Touched:
    return Touched(order_ids=frozenset({row.order_id}))


@touched_by.register
def _part(row: models.OrderPart) -> Touched:
    return Touched(order_ids=frozenset({row.order_id}))


@touched_by.register
def _permit(row: models.Permit) -> Touched:
    return Touched(order_ids=frozenset({row.order_id}))


@touched_by.register
def _crew(row: models.Crew) -> Touched:
    return Touched(crew_ids=frozenset({row.pk}))


@touched_by.register
def _crew_membership(row: models.CrewMembership) -> Touched:
    return Touched(crew_ids=frozenset({row.crew_id}))


@touched_by.register
def _shift(row: models.Shift) -> Touched:
    return Touched(crew_ids=frozenset({row.crew_id}))


@touched_by.register
def _equipment(row: models.Equipment) -> Touched:
    return Touched(crew_ids=frozenset({row.crew_id} if row.crew_id else ()))


@touched_by.register
def _equipment_outage(row: models.EquipmentOutage) -> Touched:
    return touched_by(row.equipment)


@touched_by.register
def _employee(row: models.Employee) -> Touched:
    return _crews_of_employees({row.pk})


@touched_by.register
def _held_qualification(row: models.HeldQualification) -> Touched:
    return _crews_of_employees({row.employee_id})


@touched_by.register
def _absence(row: models.Absence) -> Touched:
    return _crews_of_employees({row.employee_id})


@touched_by.register
def _district(row: models.District) -> Touched:
    crews = models.Crew.objects.filter(district=row).values_list("pk", flat=True)
    return Touched(crew_ids=frozenset(crews), order_ids=_with_tickets(Q(district=row)))


@touched_by.register
def _rule_set(row: models.RuleSet) -> Touched:
    ruled = Q(district__rule_set=row) | Q(district__storm__rule_set=row)
    crews = models.Crew.objects.filter(ruled)
    return Touched(crew_ids=frozenset(crews.values_list("pk", flat=True)))


@touched_by.register
def _break(row: models.RuleSetBreak) -> Touched:
    return touched_by(row.rule_set)


@touched_by.register
def _state(row: models.State) -> Touched:
    return Touched(order_ids=_with_tickets(Q(district__state=row)))


def _with_tickets(orders: Q) -> frozenset[int]:
    """Open orders with an excavation ticket, whose end may lie elsewhere under another law or in another zone."""
    found = models.WorkOrder.objects.open().filter(orders, permits__kind=models.Permit.Kind.EXCAVATION)
    return frozenset(found.values_list("pk", flat=True))


def _crews_of_employees(employee_ids: Collection[int]) -> Touched:
    if not employee_ids:
        return Touched()
    memberships = models.CrewMembership.objects.filter(employee__in=employee_ids)
    return Touched(crew_ids=frozenset(memberships.values_list("crew", flat=True)))
