"""Work that needs several crews at once: suggested, approved, undone and written back together or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import approving, guards, revoking
from assignments.services.inputs import consequences
from assignments.services.runs import explaining
from assignments.services.writebacks import delivering, exchanging
from notifications.models import Notification
from tests import factories, teams
from tests.factories import DAY, at

pytestmark = pytest.mark.django_db
Status = models.Suggestion.Status


@pytest.fixture
def suggestion(district, line, traffic) -> models.Suggestion:
    return teams.suggested_team(order=teams.team_order(district, "WO-1"), shift=line, beside=[traffic])


@pytest.fixture
def approved(suggestion, targets, mara, now) -> models.Assignment:
    return approving.approve(suggestion=suggestion, by=mara, now=now)


def crews_of(order: models.WorkOrder) -> list[tuple[str, str]]:
    return [(row.crew.name, row.status) for row in order.assignments.order_by("part")]


class TestApproving:
    def test_books_all_crews_for_the_same_time(self, approved, suggestion):
        lead, beside = approved.team

        assert [row.crew.name for row in (lead, beside)] == ["Line 1", "Traffic 1"]
        assert (beside.starts_at, beside.ends_at, beside.status) == (lead.starts_at, lead.ends_at, "APPROVED")
        assert (beside.lead, beside.part) == (lead, 1)
        suggestion.refresh_from_db()
        assert suggestion.status == "APPROVED"

    def test_writes_one_write_back_for_each_target_that_names_all_crews(self, approved, targets, line, traffic):
        rows = models.WriteBack.objects.all()

        assert {row.target for row in rows} == set(targets)
        assert len(rows) == len(targets)
        assert {row.assignment for row in rows} == {approved}
        for row in rows:
            assert row.payload["crew"] == str(line.crew_id)
            assert row.payload["further_crews"] == [str(traffic.crew_id)]

    def test_tells_the_other_managers_once(self, jonas, approved):
        assert Notification.objects.get().title == "Mara Lindqvist assigned Line 1 + Traffic 1 to WO-1"

    def test_displaces_what_wants_any_of_its_crews(self, district, traffic, suggestion, mara, now):
        other = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 2"))
        rival = teams.suggested_team(
            order=teams.team_order(district, "WO-2"), shift=other, beside=[traffic], run=suggestion.run
        )

        approving.approve(suggestion=suggestion, by=mara, now=now)

        rival.refresh_from_db()
        assert (rival.status, rival.stale_cause[:17]) == ("STALE", "Traffic 1 is take")

    @pytest.mark.parametrize("crew", ["Line 1", "Traffic 1"])
    def test_is_refused_when_one_crew_was_taken_meanwhile(self, district, suggestion, crew, mara, now):
        shift = models.Shift.objects.get(crew__name=crew)
        factories.AssignmentFactory(
            shift=shift, starts_at=at("08:30"), order=factories.OrderFactory(district=district, status="SCHEDULED")
        )

        with pytest.raises(guards.RulesBroken, match=f"{crew} works on WO-"):
            approving.approve(suggestion=suggestion, by=mara, now=now)

        assert not models.Assignment.objects.filter(order=suggestion.order).exists()
        suggestion.refresh_from_db()
        assert suggestion.status == "PROPOSED"

    @pytest.mark.parametrize("crew", ["Line 1", "Traffic 1"])
    def test_is_refused_when_one_crew_has_changed(self, suggestion, crew, mara, now):
        member = models.CrewMembership.objects.filter(crew__name=crew).first()
        factories.AbsenceFactory(employee=member.employee)

        with pytest.raises(approving.SuggestionStale, match="Line 1 or of Traffic 1 has changed"):
            approving.approve(suggestion=suggestion, by=mara, now=now)

        assert not models.Assignment.objects.exists()

    def test_is_refused_when_the_order_needs_other_crews_now(self, suggestion, mara, now):
        teams.OrderPartFactory(order=suggestion.order, number=2, title="second line crew")

        with pytest.raises(approving.SuggestionStale):
            approving.approve(suggestion=suggestion, by=mara, now=now)

    def test_waits_as_a_whole_for_a_pending_permit(self, district, line, traffic, mara, now):
        order = teams.team_order(district, "WO-1", required_permits=["EXCAVATION"])
        permit = factories.PermitFactory(order=order, status="REQUESTED")
        waiting = teams.suggested_team(order=order, shift=line, beside=[traffic], tentative=True)

        approving.approve(suggestion=waiting, by=mara, now=now, tentative=True)
        assert {status for _, status in crews_of(order)} == {"TENTATIVE"}

        models.Permit.objects.filter(pk=permit.pk).update(status="ISSUED")
        consequences.follow(order_ids=[order.pk], crew_ids=[], now=now)
        assert {status for _, status in crews_of(order)} == {"APPROVED"}

    def test_rolls_back_as_a_whole(self, suggestion, traffic, mara, now):
        # A writer that takes no lock: the traffic crew's booking fails in the database, after the line crew's.
        def slips_in(sender: Any, instance: models.Assignment, **_: Any) -> None:
            if instance.part == 1:
                factories.AssignmentFactory(shift=traffic, starts_at=at("08:30"))

        from django.db.models.signals import pre_save

        pre_save.connect(slips_in, sender=models.Assignment)
        try:
            with pytest.raises(guards.RulesBroken):
                approving.approve(suggestion=suggestion, by=mara, now=now)
        finally:
            pre_save.disconnect(slips_in, sender=models.Assignment)

        assert not models.Assignment.objects.exists()
        assert not models.AuditEntry.objects.exists()


class TestUndoing:
    @pytest.mark.parametrize("part", [0, 1])
    def test_takes_the_whole_team_back(self, approved, suggestion, part, mara, now):
        row = models.Assignment.objects.get(part=part)

        revoking.revoke(assignment=row, reason="Storm", by=mara, now=now)

        assert {status for _, status in crews_of(suggestion.order)} == {"REVOKED"}
        suggestion.refresh_from_db()
        assert suggestion.status == "PROPOSED"
        assert not models.Assignment.objects.live().exists()

    def test_compensates_the_team_at_each_target_once(self, approved, targets, mara, now):
        models.WriteBack.objects.update(attempts=1, status="ACKNOWLEDGED", acknowledged_at=now)

        revoking.revoke(assignment=approved, reason="Storm", by=mara, now=now)

        undone = models.WriteBack.objects.filter(action="REVOKE")
        assert {row.target for row in undone} == set(targets)
        assert len(undone) == len(targets)
        assert all(len(row.payload["further_crews"]) == 1 for row in undone)

    def test_can_be_approved_again(self, approved, suggestion, mara, now):
        revoking.revoke(assignment=approved, reason="Storm", by=mara, now=now)

        again = approving.approve(suggestion=suggestion, by=mara, now=now)

        assert again.crew_names == "Line 1 + Traffic 1"
        assert models.Assignment.objects.live().count() == 2


class TestConsequences:
    @pytest.mark.parametrize("crew", ["Line 1", "Traffic 1"])
    def test_the_team_turns_red_when_one_crew_cannot_come(self, approved, crew, jonas, now):
        for member in models.CrewMembership.objects.filter(crew__name=crew):
            factories.AbsenceFactory(employee=member.employee)

        consequences.follow(order_ids=[], crew_ids=[models.Crew.objects.get(name=crew).pk], now=now)

        approved.refresh_from_db()
        assert "will be away" in approved.red_cause
        told = Notification.objects.filter(kind="assignment.red")
        assert {one.title for one in told} == {"WO-1 by Line 1 + Traffic 1 is no longer valid"}
        assert models.Assignment.objects.exclude(red_cause="").count() == 1

    def test_the_team_turns_red_when_the_order_needs_another_crew(self, approved, now):
        teams.OrderPartFactory(order=approved.order, number=2, title="second line crew")

        consequences.follow(order_ids=[approved.order_id], crew_ids=[], now=now)

        approved.refresh_from_db()
        assert approved.red_cause == "WO-1 needs other crews now than it was given: 3 in all."

    def test_the_suggestion_goes_stale_with_its_further_crew(self, suggestion, traffic, now):
        member = models.CrewMembership.objects.get(crew=traffic.crew)
        factories.AbsenceFactory(employee=member.employee)

        changed = consequences.follow(order_ids=[], crew_ids=[traffic.crew_id], now=now)

        suggestion.refresh_from_db()
        assert (suggestion.status, suggestion.order_id in changed) == ("STALE", True)
        assert "will be away" in suggestion.stale_cause

    def test_the_last_acknowledgement_confirms_all_crews(self, approved, targets, now):
        first, *others = models.WriteBack.objects.all()
        for row in others:
            models.WriteBack.objects.filter(pk=row.pk).update(status="ACKNOWLEDGED", acknowledged_at=now)
        models.WriteBack.objects.filter(pk=first.pk).update(status="SENDING", lease_owner="w", lease_until=now)
        first.refresh_from_db()

        done = exchanging.Exchange(first, exchanging.Came.DONE, reference="R-1")
        delivering.settle(target=first.target, exchanges=[done], owner="w", now=now)

        assert {status for _, status in crews_of(approved.order)} == {"CONFIRMED"}


def test_why_not_is_answered_for_each_part(district, line, traffic, now):
    order = teams.team_order(district, "WO-1")
    factories.OrderNeedFactory(order=order)

    answers = explaining.why_not(order=order, day=DAY, now=now)

    said = {(one.part, one.shift.crew.name): one.is_legal for one in answers}
    assert said == {
        ("lead crew", "Line 1"): True,
        ("lead crew", "Traffic 1"): False,
        ("traffic crew", "Line 1"): False,
        ("traffic crew", "Traffic 1"): True,
    }
