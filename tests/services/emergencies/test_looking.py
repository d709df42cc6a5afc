from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from assignments.services import emergencies
from assignments.services.decisions import guards
from tests import factories, teams
from tests.factories import at
from tests.services.emergencies.conftest import give

pytestmark = pytest.mark.django_db


def told(found):
    """Each choice as crew, start on the clock of the district, and the jobs that give way."""
    snapshot = found.snapshot
    return [
        (
            snapshot.shifts[one.choice.shift_id].crew.name,
            snapshot.clock(one.choice.start),
            [move.number for move in one.choice.moves],
        )
        for one in found.offers
    ]


class TestChoices:
    def test_a_crew_is_there_when_its_shift_begins_or_five_minutes_from_now(self, shift, order, now):
        before_the_shift = emergencies.choices(order=order, now=now)
        within_it = emergencies.choices(order=order, now=at("09:00") + timedelta(seconds=40))

        assert told(before_the_shift) == [("Line 1", "06:00", [])]
        assert told(within_it) == [("Line 1", "09:05", [])]

    def test_approved_work_gives_way(self, planned, order, now):
        assert told(emergencies.choices(order=order, now=now)) == [
            ("Line 1", "06:00", ["WO-1"]),
            ("Line 1", "08:00", []),
        ]

    @pytest.mark.parametrize(
        "fields",
        [{"pinned": True}, {"status": "DISPATCHED"}, {"override_rules": ["shift"], "override_reason": "Storm"}],
    )
    def test_what_is_pinned_dispatched_or_answered_for_stays(self, shift, order, now, fields):
        give(shift, "WO-1", "07:00", **fields)

        assert told(emergencies.choices(order=order, now=now)) == [("Line 1", "08:00", [])]

    def test_what_has_begun_stays(self, planned, order):
        assert told(emergencies.choices(order=order, now=at("07:10"))) == [("Line 1", "08:00", [])]

    def test_what_planned_work_waits_for_stays(self, planned, shift, order, now):
        give(shift, "WO-2", "10:00").order.prerequisites.add(planned.order)

        found = emergencies.choices(order=order, now=now)

        assert ("Line 1", "08:00", []) in told(found)
        assert "WO-1" not in {name for _, _, names in told(found) for name in names}

    def test_what_the_emergency_waits_for_stays(self, planned, order, now):
        order.prerequisites.add(planned.order)

        assert told(emergencies.choices(order=order, now=now)) == [("Line 1", "08:00", [])]

    def test_a_night_crew_is_found_late_in_the_evening(self, district, order):
        night = factories.CrewFactory(district=district, name="Night 1")
        factories.ShiftFactory(crew=night, starts_at=at("06:00", days=1))

        assert told(emergencies.choices(order=order, now=at("23:00"))) == [("Night 1", "Tue 16 Jun 06:00", [])]

    def test_the_number_of_queries_does_not_grow_with_the_crews(
        self, planned, order, now, district, django_assert_max_num_queries
    ):
        for number in range(2, 10):
            crew = factories.CrewFactory(district=district, name=f"Line {number}")
            give(factories.ShiftFactory(crew=crew), f"WO-{100 + number}", "07:00")

        with django_assert_max_num_queries(22):
            assert len(emergencies.choices(order=order, now=now).offers) == 18


class TestInAStorm:
    @pytest.fixture
    def many_out(self, order, district):
        """Ordinary work, but for the storm's rules, by which so many customers make it an emergency."""
        factories.StormFactory(district=district, rule_set__emergency_customers=500)
        models.WorkOrder.objects.filter(pk=order.pk).update(priority=3, customers_out=800)
        return models.WorkOrder.objects.get(pk=order.pk)

    def test_what_the_storm_makes_an_emergency_has_room_made(self, planned, many_out, now):
        assert told(emergencies.choices(order=many_out, now=now))[0] == ("Line 1", "06:00", ["WO-1"])

    def test_what_the_storm_makes_as_urgent_stays(self, planned, many_out, now):
        models.WorkOrder.objects.filter(pk=planned.order_id).update(customers_out=900)

        assert told(emergencies.choices(order=many_out, now=now)) == [("Line 1", "08:00", [])]


class TestRefused:
    def test_work_for_several_crews_is_left_to_the_suggestions(self, order, now):
        teams.OrderPartFactory(order=order)

        with pytest.raises(emergencies.NeedsSeveralCrews, match="WO-9 needs a traffic crew beside its own crew"):
            emergencies.choices(order=order, now=now)

    @pytest.mark.parametrize("priority", [2, 3, 4])
    def test_for_work_that_can_wait(self, order, now, priority):
        order.priority = priority

        with pytest.raises(emergencies.NotAnEmergency, match="WO-9 is of"):
            emergencies.choices(order=order, now=now)

    def test_once_a_crew_was_found(self, shift, order, now):
        give(shift, "", "07:00", order=order)

        with pytest.raises(guards.OrderTaken):
            emergencies.choices(order=order, now=now)

    def test_once_the_order_is_cancelled(self, order, now):
        models.WorkOrder.objects.transition("CANCELLED")
        order.refresh_from_db()

        with pytest.raises(guards.OrderNotAssignable, match="WO-9 is cancelled"):
            emergencies.choices(order=order, now=now)
