from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignments.services.runs import explaining
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(district):
    return factories.OrderNeedFactory(
        order__district=district, qualification=factories.QualificationFactory(code="CABLE", name="Cable")
    ).order


def test_names_every_rule_in_the_way_and_what_would_help(district, order, now):
    crew = factories.CrewFactory(district=district, name="Line 1")
    factories.ShiftFactory(crew=crew)
    factories.EquipmentFactory(crew=crew, code="BUCKET")
    order.equipment = ["DIGGER"]
    order.save()

    (answer,) = explaining.why_not(order=order, day=factories.DAY, now=now)

    assert {one.rule for one in answer.obstacles} == {"qualification", "equipment"}
    assert answer.changes == 2
    assert answer.fix == "Add one person who holds CABLE (standard) to Line 1. Lend Line 1 a DIGGER."


def test_proposes_the_cheapest_change(district, order, now):
    factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))

    (answer,) = explaining.why_not(order=order, day=factories.DAY, now=now)

    assert [one.rule for one in answer.obstacles] == ["qualification"]
    assert "CABLE" in answer.fix


def test_puts_who_may_do_it_first(district, order, now):
    factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))
    cable = factories.CrewFactory(district=district, name="Cable 1", staff__qualified=("CABLE",))
    factories.ShiftFactory(crew=cable)

    answers = explaining.why_not(order=order, day=factories.DAY, now=now)

    assert [(one.shift.crew.name, one.is_legal) for one in answers] == [("Cable 1", True), ("Line 1", False)]


def test_is_empty_where_nobody_is_on_shift(district, order, now):
    assert explaining.why_not(order=order, day=factories.DAY, now=now) == []


def test_asks_as_few_queries_of_many_crews_as_of_one(district, order, now):
    counts = []
    for crews in (1, 5):
        for _ in range(crews):
            shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district))
            factories.EquipmentFactory(crew=shift.crew)
            factories.AssignmentFactory(shift=shift, order__district=district)
        with CaptureQueriesContext(connection) as captured:
            answers = explaining.why_not(order=order, day=factories.DAY, now=now)
        counts.append((len(answers), len(captured)))

    assert [crews for crews, _ in counts] == [1, 6]
    assert counts[0][1] == counts[1][1]
