"""Offers that a decision took from others come back with it: reasons are true now or gone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services import emergencies
from assignments.services.batches import batching
from assignments.services.decisions import approving, moving, revoking
from assignments.services.inputs import consequences
from tests import factories
from tests.factories import at
from tests.racing import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def rival(suggestion: models.Suggestion) -> models.Suggestion:
    """WO-2 for Line 1 half an hour later, by the same run."""
    order = factories.OrderFactory(district=suggestion.order.district, number="WO-2")
    return factories.SuggestionFactory(order=order, shift=suggestion.shift, run=suggestion.run, starts_at=at("08:30"))


def standing(row: models.Suggestion) -> tuple[str, str]:
    row.refresh_from_db()
    return row.status, row.stale_cause


class TestWhatAnApprovalTook:
    @pytest.mark.parametrize("way", ["undo", "revoke"])
    def test_is_offered_again_when_it_is_taken_back(self, suggestion, rival, mara, now, events_of, way):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
        assert standing(rival)[0] == "STALE"

        if way == "undo":
            revoking.undo(assignment=assignment, by=mara, now=now)
        else:
            revoking.revoke(assignment=assignment, reason="Storm", by=mara, now=now)

        assert standing(rival) == ("PROPOSED", "")
        assert events_of(rival.order) == ["suggestion.stale", "suggestion.offered"]

    def test_is_offered_again_when_it_is_moved_away(self, suggestion, rival, mara, now):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
        version = models.WorkOrder.objects.get(pk=suggestion.order_id).version

        moving.move(
            assignment=assignment, crew=suggestion.crew, starts_at=at("13:00"), version=version, by=mara, now=now
        )

        assert standing(rival) == ("PROPOSED", "")

    def test_is_offered_again_when_its_batch_is_taken_back(self, suggestion, rival, district, mara, now):
        batch = batching.start(district=district, day=factories.DAY, suggestions=[suggestion], by=mara, now=now)
        batching.go_on(batch=batch, by=mara, now=now, seconds=60)
        assert standing(rival)[0] == "STALE"

        batching.take_back(batch=batch, by=mara, now=now)
        batching.go_on(batch=batch, by=mara, now=now, seconds=60)

        assert standing(rival) == ("PROPOSED", "")

    def test_is_offered_again_when_an_emergency_is_taken_back(self, suggestion, rival, district, mara, now):
        emergency = factories.OrderFactory(district=district, number="WO-9", priority=0, duration_minutes=360)
        offers = emergencies.choices(order=emergency, now=now)
        done = emergencies.accept(
            order=emergency, shift_id=suggestion.shift_id, by=mara, now=now,
            fingerprint=offers.of_shift(suggestion.shift_id).fingerprint,
        )  # fmt: skip
        assert standing(rival)[0] == "STALE"

        revoking.undo(assignment=done.assignment, by=mara, now=now)

        assert standing(rival) == ("PROPOSED", "")

    def test_is_offered_again_when_a_cancelled_orders_crew_is_freed(self, suggestion, rival, mara, now):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
        models.WorkOrder.objects.filter(pk=suggestion.order_id).transition("CANCELLED")
        consequences.follow(order_ids=[suggestion.order_id], crew_ids=[], now=now)
        assignment.refresh_from_db()
        assert (standing(rival)[0], assignment.red_cause) == ("STALE", "WO-1 is cancelled in work management.")

        revoking.revoke(assignment=assignment, reason=assignment.red_cause, by=mara, now=now)

        assert standing(rival) == ("PROPOSED", "")
        assert standing(suggestion) == ("STALE", "WO-1 is cancelled")

    def test_names_who_has_the_crew_now(self, suggestion, rival, mara, now):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
        factories.AssignmentFactory(
            shift=suggestion.shift, starts_at=at("09:10"), departs_at=at("09:05"),
            order=factories.OrderFactory(district=suggestion.order.district, number="WO-7", status="SCHEDULED"),
        )  # fmt: skip

        revoking.undo(assignment=assignment, by=mara, now=now)

        status, cause = standing(rival)
        assert status == "STALE"
        assert cause.startswith("Line 1 is taken")
        assert cause.endswith("by WO-7")

    def test_stays_out_of_date_when_its_own_facts_have_changed(self, suggestion, rival, mara, now):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
        models.WorkOrder.objects.filter(pk=rival.order_id).update(duration_minutes=90)

        revoking.undo(assignment=assignment, by=mara, now=now)

        status, cause = standing(rival)
        assert status == "STALE"
        assert "taken" not in cause

    def test_is_not_offered_by_a_run_that_was_replaced(self, suggestion, rival, mara, now):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
        models.Suggestion.objects.filter(pk=rival.pk).transition("SUPERSEDED")

        revoking.undo(assignment=assignment, by=mara, now=now)

        assert standing(rival)[0] == "SUPERSEDED"

    def test_is_offered_again_when_the_field_is_done_early(self, suggestion, rival, mara, now):
        approving.approve(suggestion=suggestion, by=mara, now=now)
        models.Assignment.objects.all().transition("COMPLETED")
        models.WorkOrder.objects.filter(pk=suggestion.order_id).transition("COMPLETED")

        consequences.follow(order_ids=[suggestion.order_id], crew_ids=[], now=now)

        assert standing(rival) == ("PROPOSED", "")

    def test_stays_taken_when_the_undo_fails(self, suggestion, rival, mara, now, monkeypatch):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)

        def fail(**_: Any) -> None:
            raise RuntimeError("the disk is full")

        monkeypatch.setattr(revoking, "announce", fail)
        with pytest.raises(RuntimeError):
            revoking.undo(assignment=assignment, by=mara, now=now)

        assert standing(rival)[0] == "STALE"

    @pytest.mark.django_db(transaction=True)
    def test_is_free_or_taken_when_an_undo_meets_an_approval(self, suggestion, rival, mara, jonas, now):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
        other = factories.SuggestionFactory(
            order=factories.OrderFactory(district=suggestion.order.district), shift=suggestion.shift,
            run=suggestion.run, starts_at=at("09:20"), travel_minutes=5,
        )  # fmt: skip

        outcomes = at_once(
            lambda: revoking.undo(assignment=assignment, by=mara, now=now),
            lambda: approving.approve(suggestion=other, by=jonas, now=now),
        )

        assert isinstance(outcomes[0], models.Assignment), outcomes
        taken = models.Assignment.objects.live().filter(crew=suggestion.crew).exists()
        assert standing(rival)[0] == ("STALE" if taken else "PROPOSED")


class TestTheSuggestionItself:
    def test_is_out_of_date_when_its_facts_changed_while_it_was_approved(self, suggestion, mara, now):
        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
        models.WorkOrder.objects.filter(pk=suggestion.order_id).update(duration_minutes=90)

        revoking.undo(assignment=assignment, by=mara, now=now)

        assert standing(suggestion) == ("STALE", "WO-1 has changed since this was suggested")

    def test_comes_back_when_the_facts_do(self, suggestion, now):
        for minutes, status in ((90, "STALE"), (60, "PROPOSED")):
            models.WorkOrder.objects.filter(pk=suggestion.order_id).update(duration_minutes=minutes)

            consequences.follow(order_ids=[suggestion.order_id], crew_ids=[], now=now)

            assert standing(suggestion)[0] == status

    def test_of_an_order_that_has_a_crew_is_kept_for_the_next_decision(self, suggestion, mara, now):
        line2 = factories.ShiftFactory(crew=factories.CrewFactory(district=suggestion.order.district, name="Line 2"))
        second = factories.SuggestionFactory(
            order=suggestion.order, shift=line2, run=suggestion.run, rank=2, in_plan=False
        )
        approving.approve(suggestion=suggestion, by=mara, now=now)

        consequences.follow(order_ids=[suggestion.order_id], crew_ids=[line2.crew_id], now=now)

        assert standing(second) == ("PROPOSED", "")


class TestAnOrderThatIsGivenBack:
    def test_waits_again_for_what_it_waited_for(self, suggestion, mara, now):
        models.WorkOrder.objects.filter(pk=suggestion.order_id).update(required_permits=["EXCAVATION"])
        assignment = factories.AssignmentFactory(
            order=suggestion.order, shift=suggestion.shift, status="TENTATIVE", approved_by=mara
        )
        models.WorkOrder.objects.filter(pk=suggestion.order_id).update(status="SCHEDULED")

        revoking.revoke(assignment=assignment, reason="No permit", by=mara, now=now)

        assert models.WorkOrder.objects.get(pk=suggestion.order_id).status == "WAITING"


class TestWorkThatWaitsForAnother:
    @pytest.fixture
    def follower(self, suggestion: models.Suggestion) -> models.Suggestion:
        order = factories.OrderFactory(district=suggestion.order.district, number="WO-3")
        order.prerequisites.add(suggestion.order)
        warnings = [
            {"code": "after", "text": "Approve WO-1 first; this waits for it."},
            {"code": "travel-estimated", "text": "Travel estimated: the routing server did not answer."},
        ]
        return factories.SuggestionFactory(
            order=order, shift=suggestion.shift, run=suggestion.run, starts_at=at("11:00"), warnings=warnings
        )

    def codes(self, row: models.Suggestion) -> list[str]:
        row.refresh_from_db()
        return [one["code"] for one in row.warnings]

    def test_warns_of_it_only_while_it_has_no_crew(self, suggestion, follower, mara, now, events_of):
        before = follower.warnings

        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
        assert self.codes(follower) == ["travel-estimated"]
        assert events_of(follower.order) == ["suggestion.offered"]

        revoking.undo(assignment=assignment, by=mara, now=now)
        follower.refresh_from_db()
        assert follower.warnings == before

    def test_no_longer_stands_when_the_other_is_taken_back(self, suggestion, follower, mara, now, events_of):
        first = approving.approve(suggestion=suggestion, by=mara, now=now)
        second = approving.approve(suggestion=follower, by=mara, now=now)

        revoking.undo(assignment=first, by=mara, now=now)

        second.refresh_from_db()
        assert "WO-1" in second.red_cause
        assert events_of(follower.order)[-1] == "assignment.judged"

    def test_stands_again_when_the_other_has_a_crew_again(self, suggestion, follower, mara, now):
        first = approving.approve(suggestion=suggestion, by=mara, now=now)
        second = approving.approve(suggestion=follower, by=mara, now=now)
        revoking.undo(assignment=first, by=mara, now=now)

        approving.approve(suggestion=suggestion, by=mara, now=now + timedelta(minutes=1))

        second.refresh_from_db()
        assert second.red_cause == ""
