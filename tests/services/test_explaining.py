from __future__ import annotations

import pytest

from assignments.services import explaining
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
    assert answer.fix == ""  # no single change helps


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
