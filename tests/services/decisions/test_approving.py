from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from assignments.services.decisions import approving, guards, rejecting
from assignments.services.records import auditing, refusals
from notifications.models import Notification
from tests import factories
from tests.factories import at
from tests.racing import at_once

pytestmark = pytest.mark.django_db
Status = models.Suggestion.Status


class TestApprove:
    def test_assigns_the_crew(self, suggestion, mara, now):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)

        assert (assignment.crew.name, assignment.starts_at) == ("Line 1", at("08:00"))
        assert assignment.status == "APPROVED"
        assert assignment.order.status == "READY"  # as it was read; the row has moved on
        suggestion.order.refresh_from_db()
        assert suggestion.order.status == "SCHEDULED"

    def test_writes_one_write_back_for_each_target(self, suggestion, targets, mara, now):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)

        rows = assignment.write_backs.all()
        assert {row.target for row in rows} == set(targets)
        assert {row.status for row in rows} == {"PENDING"}
        assert rows[0].payload["order"] == "WO-1"

    def test_disabled_targets_will_be_told_when_they_are_enabled(self, suggestion, targets, mara, now):
        models.DownstreamSystem.objects.filter(code="permits").update(enabled=False)

        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)

        assert {row.target.code for row in assignment.write_backs.all()} == {"work", "workforce", "permits"}

    def test_records_who_did_it(self, suggestion, mara, now):
        approving.approve(suggestion=suggestion, by=mara, now=now)

        entry = models.AuditEntry.objects.get(verb="assignment.approved")
        assert (entry.actor, entry.actor_name, entry.order) == (mara, "Mara Lindqvist", suggestion.order)

    def test_tells_the_other_managers_and_nobody_else(self, suggestion, mara, jonas, vic, stella, now):
        approving.approve(suggestion=suggestion, by=mara, now=now)

        assert [row.user for row in Notification.objects.all()] == [jonas]
        assert Notification.objects.get().title == "Mara Lindqvist assigned Line 1 to WO-1"

    def test_publishes_the_change_to_the_district(self, suggestion, mara, now, events_of):
        approving.approve(suggestion=suggestion, by=mara, now=now)

        assert events_of(suggestion.order) == ["assignment.approved"]

    def test_sets_out_from_the_work_before(self, suggestion, mara, now):
        # The order lies beside the crew's earlier work, so it takes no drive from the base.
        factories.AssignmentFactory(
            shift=suggestion.shift, starts_at=at("06:30"),
            order=factories.OrderFactory(district=suggestion.order.district, status="SCHEDULED"),
        )  # fmt: skip

        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)

        assert assignment.departs_at == assignment.starts_at

    def test_lets_the_next_work_be_reached_from_here(self, suggestion, mara, now):
        later = factories.AssignmentFactory(
            shift=suggestion.shift, starts_at=at("09:30"),
            order=factories.OrderFactory(district=suggestion.order.district, status="SCHEDULED"),
        )  # fmt: skip

        approving.approve(suggestion=suggestion, by=mara, now=now)

        later.refresh_from_db()
        assert later.departs_at == later.starts_at

    def test_lets_the_rest_of_a_crews_plan_stand_though_it_was_planned_to_come_from_there(self, district, mara, now):
        # Both far from the base, next to each other: the crew would set out for the second alone during the first.
        far = {"district": district, "latitude": 42.25}
        first = factories.SuggestionFactory(order=factories.OrderFactory(**far), starts_at=at("08:00"))
        second = factories.SuggestionFactory(
            order=factories.OrderFactory(**far), shift=first.shift, run=first.run, starts_at=at("09:10"),
            travel_minutes=1,
        )  # fmt: skip

        later = approving.approve(suggestion=second, by=mara, now=now)
        assert later.departs_at < first.ends_at

        approving.approve(suggestion=first, by=mara, now=now)
        later.refresh_from_db()
        assert later.departs_at == later.starts_at

    def test_makes_what_wanted_the_crew_at_that_time_stale(self, suggestion, mara, now, events_of):
        rival = factories.SuggestionFactory(
            order=factories.OrderFactory(district=suggestion.order.district), shift=suggestion.shift,
            run=suggestion.run, starts_at=at("08:30"),
        )  # fmt: skip

        approving.approve(suggestion=suggestion, by=mara, now=now)

        rival.refresh_from_db()
        assert rival.status == "STALE"
        assert "Line 1 is taken" in rival.stale_cause
        assert events_of(rival.order) == ["suggestion.stale"]

    def test_keeps_other_suggestions_of_the_crew_open(self, suggestion, mara, now):
        later = factories.SuggestionFactory(
            order=factories.OrderFactory(district=suggestion.order.district), shift=suggestion.shift,
            run=suggestion.run, starts_at=at("12:00"),
        )  # fmt: skip

        approving.approve(suggestion=suggestion, by=mara, now=now)
        second = approving.approve(suggestion=later, by=mara, now=now)

        assert second.status == "APPROVED"

    def test_takes_a_constant_number_of_queries(self, suggestion, mara, now, django_assert_max_num_queries):
        for hour in range(4):
            factories.AssignmentFactory(
                shift=suggestion.shift, starts_at=at(f"{10 + hour}:00"), departs_at=at(f"{10 + hour}:00"),
                order=factories.OrderFactory(district=suggestion.order.district, status="SCHEDULED"),
            )  # fmt: skip

        with django_assert_max_num_queries(50):
            approving.approve(suggestion=suggestion, by=mara, now=now)


class TestRefused:
    def test_for_a_viewer(self, suggestion, vic, now):
        with pytest.raises(refusals.NotAManager, match="Vic Moreau"):
            approving.approve(suggestion=suggestion, by=vic, now=now)

    def test_for_a_manager_of_another_district(self, suggestion, stella, now):
        with pytest.raises(refusals.NotAManager):
            approving.approve(suggestion=suggestion, by=stella, now=now)

    def test_when_a_colleague_was_first(self, suggestion, mara, jonas, now):
        approving.approve(suggestion=suggestion, by=mara, now=now)

        with pytest.raises(guards.OrderTaken, match=r"Mara Lindqvist assigned Line 1 to WO-1 at 05:45:00\."):
            approving.approve(suggestion=suggestion, by=jonas, now=now + timedelta(seconds=1))

    def test_when_a_member_fell_ill_since(self, suggestion, mara, now):
        factories.AbsenceFactory(employee=suggestion.crew.foreman)

        with pytest.raises(approving.SuggestionStale, match="has changed since"):
            approving.approve(suggestion=suggestion, by=mara, now=now)

        suggestion.refresh_from_db()
        assert suggestion.status == "STALE"

    def test_when_the_permit_was_suspended_since(self, district, mara, now):
        order = factories.OrderFactory(district=district, required_permits=["EXCAVATION"])
        permit = factories.PermitFactory(order=order)
        suggestion = factories.SuggestionFactory(
            order=order, shift=factories.ShiftFactory(crew=factories.CrewFactory(district=district))
        )
        models.Permit.objects.filter(pk=permit.pk).transition("SUSPENDED")

        with pytest.raises(approving.SuggestionStale):
            approving.approve(suggestion=suggestion, by=mara, now=now)

    def test_when_the_shift_was_cancelled_since(self, suggestion, mara, now):
        models.Shift.objects.filter(pk=suggestion.shift_id).update(cancelled=True)

        with pytest.raises(approving.SuggestionStale, match="not on the roster"):
            approving.approve(suggestion=suggestion, by=mara, now=now)

    def test_when_the_crew_was_given_other_work_at_that_time(self, suggestion, mara, now):
        factories.AssignmentFactory(shift=suggestion.shift, starts_at=at("08:30"))

        with pytest.raises(guards.RulesBroken):
            approving.approve(suggestion=suggestion, by=mara, now=now)

    def test_when_the_order_was_cancelled(self, suggestion, mara, now):
        models.WorkOrder.objects.filter(pk=suggestion.order_id).transition("CANCELLED")

        with pytest.raises(guards.OrderNotAssignable, match="WO-1 is cancelled"):
            approving.approve(suggestion=suggestion, by=mara, now=now)

    @pytest.mark.parametrize("status", ["REJECTED", "SUPERSEDED", "EXPIRED"])
    def test_when_the_suggestion_is_not_open(self, suggestion, mara, now, status):
        models.Suggestion.objects.filter(pk=suggestion.pk).update(status=status)

        with pytest.raises(approving.SuggestionGone):
            approving.approve(suggestion=suggestion, by=mara, now=now)

    def test_while_a_permit_is_pending_unless_tentatively(self, district, mara, now):
        order = factories.OrderFactory(district=district, required_permits=["TRAFFIC"])
        factories.PermitFactory(order=order, kind="TRAFFIC", status="REQUESTED")
        suggestion = factories.SuggestionFactory(
            order=order, tentative=True, shift=factories.ShiftFactory(crew=factories.CrewFactory(district=district))
        )

        with pytest.raises(guards.OnlyTentative):
            approving.approve(suggestion=suggestion, by=mara, now=now)
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now, tentative=True)

        assert assignment.status == "TENTATIVE"


class TestRolledBack:
    def test_when_the_audit_cannot_be_written(self, suggestion, targets, mara, now, monkeypatch):
        def broken(**_: object) -> None:
            raise OSError("disk full")

        monkeypatch.setattr(auditing, "record", broken)

        with pytest.raises(OSError, match="disk full"):
            approving.approve(suggestion=suggestion, by=mara, now=now)

        suggestion.refresh_from_db()
        suggestion.order.refresh_from_db()
        assert (suggestion.status, suggestion.order.status) == ("PROPOSED", "READY")
        assert not models.Assignment.objects.exists()
        assert not models.WriteBack.objects.exists()
        assert not Notification.objects.exists()


class TestReject:
    def test_takes_the_suggestion_off_the_list(self, suggestion, mara, now, events_of):
        rejecting.reject(suggestion=suggestion, reason="Crew is needed in town", by=mara, now=now)

        assert (suggestion.status, suggestion.reject_reason) == ("REJECTED", "Crew is needed in town")
        assert events_of(suggestion.order) == ["suggestion.rejected"]

    def test_needs_a_reason(self, suggestion, mara, now):
        with pytest.raises(refusals.ReasonMissing):
            rejecting.reject(suggestion=suggestion, reason="  ", by=mara, now=now)

    def test_refuses_a_viewer(self, suggestion, vic, now):
        with pytest.raises(refusals.NotAManager):
            rejecting.reject(suggestion=suggestion, reason="No", by=vic, now=now)

    def test_refuses_what_was_decided(self, suggestion, mara, now):
        approving.approve(suggestion=suggestion, by=mara, now=now)

        with pytest.raises(approving.SuggestionGone):
            rejecting.reject(suggestion=suggestion, reason="Too late", by=mara, now=now)


@pytest.mark.django_db(transaction=True)
class TestRaced:
    def test_one_of_two_managers_wins_and_the_other_is_told_who(self, suggestion, mara, jonas, now):
        rival = factories.SuggestionFactory(
            order=suggestion.order, run=suggestion.run, rank=2, in_plan=False,
            shift=factories.ShiftFactory(crew=factories.CrewFactory(district=suggestion.order.district)),
        )  # fmt: skip

        outcomes = at_once(
            lambda: approving.approve(suggestion=suggestion, by=mara, now=now),
            lambda: approving.approve(suggestion=rival, by=jonas, now=now),
        )

        winners = [one for one in outcomes if isinstance(one, models.Assignment)]
        losers = [one for one in outcomes if isinstance(one, guards.OrderTaken)]
        assert (len(winners), len(losers)) == (1, 1)
        assert winners[0].approved_by.get_full_name() in losers[0].sentence

    def test_a_crew_is_given_to_one_of_two_orders(self, suggestion, mara, jonas, now):
        rival = factories.SuggestionFactory(
            order=factories.OrderFactory(district=suggestion.order.district), run=suggestion.run,
            shift=suggestion.shift, starts_at=at("08:30"),
        )  # fmt: skip

        outcomes = at_once(
            lambda: approving.approve(suggestion=suggestion, by=mara, now=now),
            lambda: approving.approve(suggestion=rival, by=jonas, now=now),
        )

        assert sum(isinstance(one, models.Assignment) for one in outcomes) == 1
        assert sum(isinstance(one, refusals.Refusal) for one in outcomes) == 1
