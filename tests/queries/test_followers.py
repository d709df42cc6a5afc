from __future__ import annotations

import itertools
from typing import Any

from assignments import models
from assignments.queries import followers
from tests import factories


def chain(district: models.District, *numbers: str) -> list[models.WorkOrder]:
    """Orders that wait for each other, the first for none."""
    made: list[models.WorkOrder] = [factories.OrderFactory(district=district, number=number) for number in numbers]
    for before, after in itertools.pairwise(made):
        after.prerequisites.add(before)
    return made


def told(order: models.WorkOrder) -> list[tuple[str, str, int]]:
    return [(one.order.number, one.after.number, one.depth) for one in followers.followers(order)]


def test_finds_what_waits_for_what_waits(district: models.District) -> None:
    first, *_ = chain(district, "WO-1", "WO-2", "WO-3")

    assert told(first) == [("WO-2", "WO-1", 1), ("WO-3", "WO-2", 2)]


def test_takes_the_shortest_way_to_each(district: models.District) -> None:
    first, _, third = chain(district, "WO-1", "WO-2", "WO-3")
    third.prerequisites.add(first)

    assert told(first) == [("WO-2", "WO-1", 1), ("WO-3", "WO-1", 1)]


def test_a_circle_ends_where_it_began(district: models.District) -> None:
    first, second = chain(district, "WO-1", "WO-2")
    first.prerequisites.add(second)

    assert told(first) == [("WO-2", "WO-1", 1)]


def test_leaves_out_what_is_finished(district: models.District) -> None:
    first, second = chain(district, "WO-1", "WO-2")
    models.WorkOrder.objects.filter(pk=second.pk).update(status="COMPLETED")

    assert told(first) == []


def test_asks_as_few_queries_of_a_long_chain(district: models.District, django_assert_num_queries: Any) -> None:
    first, *_ = chain(district, *(f"WO-{number}" for number in range(1, 9)))
    for order in models.WorkOrder.objects.exclude(pk=first.pk):
        crew = factories.CrewFactory(district=district)
        factories.AssignmentFactory(order=order, shift=factories.ShiftFactory(crew=crew))

    with django_assert_num_queries(4):  # the links, the orders, their assignments, the teams of these
        assert len(followers.followers(first)) == 7
