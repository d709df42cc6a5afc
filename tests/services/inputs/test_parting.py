"""Work that is longer than a shift is cut into parts, which are kept like the whole."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.engine.search import solver
from assignments.services.decisions import approving
from assignments.services.inputs import parting, splitting
from tests import factories
from tests.factories import NOW, at
from tests.racing import at_once
from tests.services.inputs.parts import follow, parts_of, snapshot_of, works

pytestmark = pytest.mark.django_db


class TestLaying:
    def test_cuts_work_that_no_shift_has_time_for(self, week: Any, long_order: models.WorkOrder) -> None:
        follow(long_order)

        first, second = parts_of(long_order)
        assert (first.number, second.number, second.label) == ("WO-20.1", "WO-20.2", "WO-20 · part 2 of 2")
        assert (first.duration_minutes, second.duration_minutes) == (660, 540 + 30)
        assert long_order.is_split
        assert not long_order.is_assignable
        assert list(second.prerequisites.all()) == [first]
        assert (first.status, second.status) == ("READY", "WAITING")
        assert models.AuditEntry.objects.get(verb="order.split").after == {"parts": [660, 540]}

    @pytest.mark.parametrize(
        "fields", [{"duration_minutes": 660}, {"splitting": "NO"}, {"status": "IN_PROGRESS"}, {"kept_whole_at": 1200}]
    )
    def test_leaves_alone_what_is_short_forbidden_begun_or_kept_whole(
        self, week: Any, long_order: models.WorkOrder, fields: dict[str, Any]
    ) -> None:
        models.WorkOrder.objects.filter(pk=long_order.pk).update(**fields)

        follow(long_order)

        assert not long_order.is_split

    def test_leaves_decided_work_alone(self, week: Any, long_order: models.WorkOrder) -> None:
        factories.AssignmentFactory(order=long_order, shift=week[0])

        follow(long_order)

        assert not long_order.is_split

    def test_knows_no_length_without_a_roster(self, long_order: models.WorkOrder) -> None:
        follow(long_order)

        assert not long_order.is_split

    def test_takes_the_length_that_the_rules_set(
        self, district: models.District, week: Any, long_order: models.WorkOrder
    ) -> None:
        district.rule_set.longest_part_minutes = 480
        district.rule_set.save()

        follow(long_order)

        assert works(long_order) == [480, 450, 270]

    def test_cuts_what_would_leave_no_room_for_a_break(
        self, district: models.District, week: Any, long_order: models.WorkOrder
    ) -> None:
        factories.RuleSetBreakFactory(rule_set=district.rule_set)

        follow(long_order)

        # From the end of the break, four hours into the shift at the soonest, until twelve; an hour is for driving.
        assert works(long_order) == [420, 390, 390]
        first, *_ = parts_of(long_order)
        problem = snapshot_of(long_order, first).problem
        assert {stop.job_id for route in solver.construct(problem).routes for stop in route.stops} == {first.pk}

    def test_again_changes_nothing(self, week: Any, long_order: models.WorkOrder) -> None:
        follow(long_order)
        before = list(models.WorkOrder.objects.order_by("pk").values())

        follow(long_order)

        assert list(models.WorkOrder.objects.order_by("pk").values()) == before
        assert models.AuditEntry.objects.filter(verb="order.split").count() == 1

    def test_lays_anew_when_the_work_takes_longer(self, week: Any, long_order: models.WorkOrder) -> None:
        follow(long_order)
        models.WorkOrder.objects.filter(pk=long_order.pk).update(duration_minutes=30 * 60)

        follow(long_order)

        assert works(long_order) == [660, 630, 510]
        assert [part.parts_in_all for part in parts_of(long_order)] == [3, 3, 3]

    def test_keeps_the_decided_part_when_the_work_takes_longer(self, week: Any, long_order: models.WorkOrder) -> None:
        follow(long_order)
        first, _ = parts_of(long_order)
        factories.AssignmentFactory(order=first, shift=week[0], starts_at=at("06:30"))
        models.WorkOrder.objects.filter(pk=long_order.pk).update(duration_minutes=40 * 60)

        follow(long_order)

        assert works(long_order) == [660, 630, 630, 480]
        assert parts_of(long_order)[0] == first

    def test_makes_it_whole_again_when_it_fits_into_a_shift(self, week: Any, long_order: models.WorkOrder) -> None:
        follow(long_order)
        models.WorkOrder.objects.filter(pk=long_order.pk).update(duration_minutes=8 * 60)

        follow(long_order)

        assert not long_order.is_split
        assert long_order.is_assignable
        assert set(long_order.split_parts.values_list("status", flat=True)) == {"CANCELLED"}

    def test_takes_withdrawn_parts_up_again(self, week: Any, long_order: models.WorkOrder) -> None:
        follow(long_order)
        for minutes in (8 * 60, 20 * 60):
            models.WorkOrder.objects.filter(pk=long_order.pk).update(duration_minutes=minutes)
            follow(long_order)

        assert works(long_order) == [660, 540]
        assert [part.status for part in parts_of(long_order)] == ["READY", "WAITING"]
        assert long_order.split_parts.count() == 2

    def test_parts_have_what_the_whole_has(self, week: Any, long_order: models.WorkOrder) -> None:
        follow(long_order)
        models.WorkOrder.objects.filter(pk=long_order.pk).update(
            title="Rebuild it", due_at=at("20:00"), latitude=41.99, appointment_starts_at=at("09:00"),
            appointment_ends_at=at("10:00"),
        )  # fmt: skip

        follow(long_order)

        first, second = parts_of(long_order)
        for part in (first, second):
            assert (part.title, part.due_at, part.latitude) == ("Rebuild it", at("20:00"), 41.99)
        assert first.appointment_starts_at == at("09:00")
        assert second.appointment_starts_at is None

    def test_a_number_that_another_system_uses_is_passed_over(
        self, district: models.District, week: Any, long_order: models.WorkOrder
    ) -> None:
        factories.OrderFactory(district=district, number="WO-20.2")

        follow(long_order)

        assert [part.number for part in parts_of(long_order)] == ["WO-20.1", "WO-20.p2"]


class TestWhatTheWholeHas:
    def test_its_permits_are_needed_in_the_time_of_each_part(self, week: Any, long_order: models.WorkOrder) -> None:
        models.WorkOrder.objects.filter(pk=long_order.pk).update(required_permits=["EXCAVATION"])
        factories.PermitFactory(order=long_order)

        follow(long_order)

        first, second = parts_of(long_order)
        snapshot = snapshot_of(long_order, first, second)
        assert first.status == "READY"
        assert [len(snapshot.job(part.pk).permits) for part in (first, second)] == [1, 1]

    def test_a_suspended_permit_turns_its_decided_part_red(self, week: Any, long_order: models.WorkOrder) -> None:
        models.WorkOrder.objects.filter(pk=long_order.pk).update(required_permits=["EXCAVATION"])
        permit = factories.PermitFactory(order=long_order)
        follow(long_order)
        decision = factories.AssignmentFactory(order=parts_of(long_order)[0], shift=week[0], starts_at=at("06:30"))
        permit.status = models.Permit.Status.SUSPENDED
        permit.save()

        follow(long_order)

        decision.refresh_from_db()
        assert "suspended" in decision.red_cause

    def test_its_needs_and_further_crews_are_those_of_each_part(self, week: Any, long_order: models.WorkOrder) -> None:
        models.OrderPart.objects.create(order=long_order, number=1, title="traffic crew")
        follow(long_order)

        _, second = parts_of(long_order)
        job = snapshot_of(long_order, second).job(second.pk)

        assert [need.code for need in job.needs] == ["LINE"]
        assert [crew.title for crew in job.further_crews] == ["traffic crew"]

    def test_the_first_part_waits_for_what_the_whole_waits_for(
        self, district: models.District, week: Any, long_order: models.WorkOrder
    ) -> None:
        before = factories.OrderFactory(district=district)
        long_order.prerequisites.add(before)

        follow(long_order)

        assert list(parts_of(long_order)[0].prerequisites.all()) == [before]

    def test_what_waits_for_the_whole_waits_for_its_last_part(
        self, district: models.District, week: Any, long_order: models.WorkOrder
    ) -> None:
        after = factories.OrderFactory(district=district)
        after.prerequisites.add(long_order)
        follow(long_order)
        _, second = parts_of(long_order)
        factories.AssignmentFactory(order=second, shift=week[2], starts_at=at("06:30", days=1))

        [prerequisite] = snapshot_of(long_order, after).job(after.pk).prerequisites

        assert (prerequisite.job_id, prerequisite.number) == (second.pk, "WO-20")
        assert prerequisite.done == 24 * 3600 + 6.5 * 3600 + 570 * 60

    def test_its_customers_are_back_when_the_last_part_ends(self, week: Any, long_order: models.WorkOrder) -> None:
        follow(long_order)
        first, second = parts_of(long_order)

        snapshot = snapshot_of(long_order, first, second)

        assert [snapshot.job(part.pk).customers_out for part in (first, second)] == [0, 40]
        assert [order.pk for order in models.WorkOrder.objects.counted_once()] == [second.pk]


class TestTheRoster:
    def test_a_run_cuts_what_came_before_the_roster_was_known(
        self, district: models.District, long_order: models.WorkOrder, week: Any
    ) -> None:
        assert parting.overlong(district, NOW) == {long_order.pk}

        follow(long_order)

        assert parting.overlong(district, NOW) == set()


class TestRaced:
    @pytest.mark.django_db(transaction=True)
    def test_two_layings_at_once_make_one_set_of_parts(self, week: Any, long_order: models.WorkOrder) -> None:
        at_once(*[lambda: follow(models.WorkOrder.objects.get(pk=long_order.pk))] * 2)

        long_order.refresh_from_db()
        assert [part.part for part in parts_of(long_order)] == [1, 2]
        assert long_order.split_parts.count() == 2

    @pytest.mark.django_db(transaction=True)
    def test_of_an_approval_and_a_cut_one_comes_first_and_the_other_obeys(
        self, week: Any, long_order: models.WorkOrder, mara: Any
    ) -> None:
        models.WorkOrder.objects.filter(pk=long_order.pk).update(duration_minutes=480)
        suggestion = factories.SuggestionFactory(order=long_order, shift=week[0])

        at_once(
            lambda: approving.approve(suggestion=suggestion, by=mara, now=NOW),
            lambda: splitting.split(order=long_order, longest_minutes=270, by=mara, now=NOW),
        )

        long_order.refresh_from_db()
        decided = models.Assignment.objects.live().filter(order=long_order).exists()
        assert decided is not long_order.is_split
