"""Approved work that a fix would take off a crew has a place before the fix is told."""

from __future__ import annotations

import pytest

from assignments.services.runs import explaining
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def order(district):
    """Work of eight hours for a cable crew."""
    cable = factories.QualificationFactory(code="CABLE", name="Cable")
    need = factories.OrderNeedFactory(
        order__district=district, order__number="WO-9", order__duration_minutes=480, qualification=cable
    )
    return need.order


@pytest.fixture
def busy(district, order):
    """The cable crew, with approved work at noon that any crew may do."""
    crew = factories.CrewFactory(district=district, name="Cable 1", staff__qualified=("CABLE",))
    taken = factories.OrderFactory(district=district, number="WO-2", status="SCHEDULED")
    return factories.AssignmentFactory(
        order=taken, shift=factories.ShiftFactory(crew=crew), starts_at=at("11:00"), departs_at=at("11:00")
    )


def fix_of(order, now, crew="Cable 1"):
    answers = explaining.why_not(order=order, day=factories.DAY, now=now)
    return next(one.fix for one in answers if one.shift.crew.name == crew)


def test_the_new_place_is_told(district, order, busy, now):
    factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))

    assert fix_of(order, now) == "Move WO-2 (Cable 1, 11:00 to 12:00). It has a place with Line 1 at 11:00."


def test_the_same_crew_may_do_it_at_another_time(order, busy, now):
    assert "It has a place with Cable 1 at " in fix_of(order, now)


def test_a_crew_that_shares_people_with_the_busy_one_is_no_place(district, order, busy, now):
    line = factories.CrewFactory(district=district, name="Line 1")
    factories.ShiftFactory(crew=line)
    factories.CrewMembershipFactory(crew=line, employee=busy.crew.memberships.first().employee)

    assert "It has a place with Cable 1 at " in fix_of(order, now)


def test_without_a_place_it_is_not_proposed(order, busy, now):
    order.duration_minutes = 570
    order.save()

    assert "WO-2" not in fix_of(order, now)


def test_pinned_work_is_not_proposed(district, order, busy, now):
    factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))
    busy.pinned = True
    busy.save()

    assert "WO-2" not in fix_of(order, now)


def test_work_that_other_work_waits_for_is_not_proposed(district, order, busy, now):
    line = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))
    later = factories.AssignmentFactory(
        order__district=district, order__status="SCHEDULED", shift=line, starts_at=at("14:00"), departs_at=at("14:00")
    )
    later.order.prerequisites.add(busy.order)

    assert "WO-2" not in fix_of(order, now)


def test_two_crews_that_would_move_work_cost_no_more_queries(district, order, busy, now, django_assert_max_num_queries):
    factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))
    for number in (3, 4):
        crew = factories.CrewFactory(district=district, name=f"Cable {number}", staff__qualified=("CABLE",))
        taken = factories.OrderFactory(district=district, number=f"WO-{number}", status="SCHEDULED")
        shift = factories.ShiftFactory(crew=crew)
        factories.AssignmentFactory(order=taken, shift=shift, starts_at=at("11:00"), departs_at=at("11:00"))

    with django_assert_max_num_queries(30):
        assert "WO-4" in fix_of(order, now, "Cable 4")
