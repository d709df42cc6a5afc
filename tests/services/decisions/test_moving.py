from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from assignments.services.decisions import approving, guards, moving, pinning
from assignments.services.records import refusals
from assignments.services.writebacks import writing_back
from notifications.models import Event, Notification
from tests import factories, teams
from tests.factories import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def assignment(suggestion, targets, mara, now) -> models.Assignment:
    """WO-1 by Line 1 at 08:00."""
    return approving.approve(suggestion=suggestion, by=mara, now=now)


@pytest.fixture
def other(district) -> models.Crew:
    """Line 2 has the same shift and may do the same."""
    return crew_on_shift(district, "Line 2")


def crew_on_shift(district, name, **staff) -> models.Crew:
    crew = factories.CrewFactory(district=district, name=name, **staff)
    factories.ShiftFactory(crew=crew)
    return crew


def moved(assignment, crew, clock, by, now, **more) -> models.Assignment:
    assignment.order.refresh_from_db(fields=["version"])
    version = more.pop("version", assignment.order.version)
    return moving.move(assignment=assignment, crew=crew, starts_at=at(clock), version=version, by=by, now=now, **more)


class TestMoved:
    def test_goes_to_the_other_crew_and_the_old_decision_is_kept(self, assignment, other, jonas, now):
        new = moved(assignment, other, "10:00", jonas, now)

        assignment.refresh_from_db()
        assert (assignment.status, assignment.revoked_by) == ("REASSIGNED", jonas)
        assert (new.crew, new.starts_at, new.ends_at, new.status) == (other, at("10:00"), at("11:00"), "APPROVED")
        assert new.shift.crew == other
        assert new.departs_at < new.starts_at
        new.order.refresh_from_db()
        assert new.order.status == "SCHEDULED"

    def test_goes_to_another_time_of_the_same_crew(self, assignment, mara, now):
        new = moved(assignment, assignment.crew, "08:30", mara, now)

        assert (new.crew, new.starts_at) == (assignment.crew, at("08:30"))

    def test_is_told_to_every_target_and_taken_back_where_it_was_heard(self, assignment, other, mara, now):
        heard = assignment.write_backs.get(target__code="work")
        models.WriteBack.objects.filter(pk=heard.pk).update(status="ACKNOWLEDGED", attempts=1, acknowledged_at=now)

        new = moved(assignment, other, "10:00", mara, now)

        assert {row.target.code for row in new.write_backs.filter(action="ASSIGN")} == {"work", "workforce", "permits"}
        [taken_back] = assignment.write_backs.filter(action="REVOKE")
        assert (taken_back.target.code, taken_back.status) == ("work", "PENDING")
        assert assignment.write_backs.filter(action="ASSIGN", status="COMPENSATED").count() == 2

    def test_is_recorded_with_where_it_was(self, assignment, other, mara, now, events_of):
        moved(assignment, other, "10:00", mara, now)

        entry = models.AuditEntry.objects.get(verb="assignment.reassigned")
        assert (entry.before["crew"], entry.after["crew"]) == ("Line 1", "Line 2")
        assert entry.reason == "Moved to Line 2, Mon 15 Jun 10:00"
        assert events_of(assignment.order)[-1] == "assignment.reassigned"

    def test_tells_the_other_managers(self, assignment, other, mara, jonas, now):
        moved(assignment, other, "10:00", mara, now)

        entry = Notification.objects.get(kind="assignment.reassigned")
        assert (entry.user, entry.title) == (jonas, "Mara Lindqvist moved WO-1 to Line 2, Mon 10:00")
        assert "Before: Line 1, Mon 08:00" in entry.body

    def test_suggestions_that_want_the_crew_then_are_displaced(self, assignment, other, mara, now):
        rival = factories.SuggestionFactory(
            order=factories.OrderFactory(district=other.district), shift=other.shifts.get(), starts_at=at("10:30")
        )

        moved(assignment, other, "10:00", mara, now)

        rival.refresh_from_db()
        assert rival.status == "STALE"

    def test_the_work_after_it_is_reached_from_elsewhere(self, assignment, other, mara, now):
        left = work_of(assignment.shift, "11:00")
        follows = work_of(other.shifts.get(), "12:00")

        moved(assignment, other, "10:00", mara, now)

        left.refresh_from_db()
        follows.refresh_from_db()
        # Both lie where the moved work lies: no drive from there, but one from the base.
        assert left.departs_at < at("11:00")
        assert follows.departs_at == at("12:00")

    def test_a_pending_permit_makes_it_tentative(self, assignment, other, mara, now):
        pending_permit(assignment.order)

        new = moved(assignment, other, "10:00", mara, now, tentative=True)

        assert new.status == "TENTATIVE"


def work_of(shift, clock) -> models.Assignment:
    order = factories.OrderFactory(district=shift.crew.district, status="SCHEDULED")
    return factories.AssignmentFactory(order=order, shift=shift, starts_at=at(clock), departs_at=at(clock))


def pending_permit(order) -> None:
    order.required_permits = ["EXCAVATION"]
    order.save()
    factories.PermitFactory(order=order, status="REQUESTED")


class TestChecked:
    def test_says_yes(self, assignment, other, now):
        answer = moving.check(assignment=assignment, crew=other, starts_at=at("10:00"), now=now)

        assert (answer.is_legal, answer.tentative, answer.broken) == (True, False, ())
        assert answer.departs_at is not None
        assert answer.departs_at < at("10:00")

    def test_its_own_place_is_free(self, assignment, now):
        answer = moving.check(assignment=assignment, crew=assignment.crew, starts_at=at("08:15"), now=now)

        assert answer.is_legal

    def test_names_the_rule_and_the_cheapest_fix(self, assignment, district, now):
        alone = crew_on_shift(district, "Meter 3", staff__members=1)

        answer = moving.check(assignment=assignment, crew=alone, starts_at=at("10:00"), now=now)

        assert not answer.is_legal
        assert "Meter 3" in answer.broken[0]
        assert answer.fix == "Add one person to Meter 3."

    def test_a_crew_without_a_shift_that_day(self, assignment, district, now):
        idle = factories.CrewFactory(district=district, name="Line 9")

        answer = moving.check(assignment=assignment, crew=idle, starts_at=at("10:00"), now=now)

        assert answer.broken == ("Line 9 has no shift on Monday 15 June.",)

    def test_only_a_pending_permit_is_tentative(self, assignment, other, now):
        pending_permit(assignment.order)

        answer = moving.check(assignment=assignment, crew=other, starts_at=at("10:00"), now=now)

        assert (answer.tentative, answer.is_legal) == (True, False)

    @pytest.mark.parametrize(("clock", "legal"), [("09:00", True), ("09:01", False)])
    def test_work_that_waits_for_it_is_not_overtaken(self, assignment, other, now, clock, legal):
        waiting = work_of(crew_on_shift(other.district, "Line 3").shifts.get(), "10:00")
        waiting.order.prerequisites.add(assignment.order)

        answer = moving.check(assignment=assignment, crew=other, starts_at=at(clock), now=now)

        assert answer.is_legal is legal
        assert legal or f"{waiting.order.number} waits for this work" in answer.broken[0]

    def test_writes_nothing(self, assignment, other, now):
        before = Event.objects.count()

        moving.check(assignment=assignment, crew=other, starts_at=at("10:00"), now=now)

        assignment.refresh_from_db()
        assert (assignment.status, Event.objects.count()) == ("APPROVED", before)


class TestRefused:
    def test_when_rules_are_broken_with_the_fix(self, assignment, district, mara, now):
        alone = crew_on_shift(district, "Meter 3", staff__members=1)

        with pytest.raises(guards.RulesBroken, match="Meter 3") as refused:
            moved(assignment, alone, "10:00", mara, now)

        assert refused.value.next_step == "Add one person to Meter 3."
        nothing_was_done(assignment)

    def test_when_a_permit_is_pending_unless_tentatively(self, assignment, other, mara, now):
        pending_permit(assignment.order)

        with pytest.raises(guards.OnlyTentative):
            moved(assignment, other, "10:00", mara, now)

        nothing_was_done(assignment)

    def test_when_pinned(self, assignment, other, mara, now):
        pinning.pin(assignment=assignment, by=mara, now=now)

        with pytest.raises(guards.Pinned, match="WO-1 is pinned to Line 1 at 08:00"):
            moved(assignment, other, "10:00", mara, now)

    @pytest.mark.parametrize("status", ["DISPATCHED", "IN_PROGRESS"])
    def test_when_the_crew_is_on_its_way(self, assignment, other, mara, now, status):
        models.WorkOrder.objects.filter(pk=assignment.order_id).update(status=status)

        with pytest.raises(guards.CrewDispatched):
            moved(assignment, other, "10:00", mara, now)

    def test_when_completed(self, assignment, other, mara, now):
        models.Assignment.objects.filter(pk=assignment.pk).update(status="COMPLETED")

        with pytest.raises(guards.AssignmentNotLive, match="is completed"):
            moved(assignment, other, "10:00", mara, now)

    def test_when_the_order_has_changed_since_it_was_shown(self, assignment, other, mara, now):
        with pytest.raises(guards.ChangedMeanwhile, match="It is with Line 1 at 08:00"):
            moved(assignment, other, "10:00", mara, now, version=1)

        nothing_was_done(assignment)

    def test_when_a_colleague_moved_it_first(self, assignment, other, mara, jonas, now):
        moved(assignment, other, "10:00", jonas, now)

        with pytest.raises(guards.AssignmentNotLive, match="Jonas Okafor moved this assignment of WO-1 at 05:45:00"):
            moved(assignment, other, "12:00", mara, now)

    def test_when_several_crews_do_it_together(self, district, line, traffic, other, mara, now):
        order = teams.team_order(district, "WO-7")
        team = teams.suggested_team(order=order, shift=line, beside=[traffic])
        lead, beside = approving.approve(suggestion=team, by=mara, now=now).team

        for row in (lead, beside):
            with pytest.raises(guards.SeveralCrews, match="WO-7 is done by several crews together"):
                moved(row, other, "10:00", mara, now)

    def test_for_anybody_but_a_manager_of_the_district(self, assignment, other, vic, stella, now):
        for person in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                moved(assignment, other, "10:00", person, now)

    def test_when_the_start_has_gone_by(self, assignment, other, mara, now):
        with pytest.raises(guards.RulesBroken):
            moved(assignment, other, "10:00", mara, now + timedelta(hours=6))


def nothing_was_done(assignment) -> None:
    assignment.refresh_from_db()
    assert assignment.status == "APPROVED"
    assert models.Assignment.objects.count() == 1
    assert not models.WriteBack.objects.exclude(status="PENDING").exists()


class TestRolledBack:
    def test_everything_when_the_database_refuses_the_new_place(self, assignment, other, mara, now, monkeypatch):
        def taken_past_the_locks(**_):
            work_of(other.shifts.get(), "10:30")

        # A rival that takes no lock, after the checks and before the insert.
        monkeypatch.setattr(writing_back, "revoke", taken_past_the_locks)

        with pytest.raises(guards.RulesBroken, match="Line 2 is taken at that time"):
            moved(assignment, other, "10:00", mara, now)

        nothing_was_done(assignment)
