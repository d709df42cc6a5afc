from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.decisions import approving, guards, overriding, revoking
from assignments.services.inputs import consequences
from assignments.services.records import events, refusals
from notifications.models import Notification
from tests import factories, teams
from tests.factories import NOW, at
from tests.racing import at_once

pytestmark = pytest.mark.django_db

Code = models.Assignment.OverrideCode


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    """An hour of line work for three people, whose materials nobody has seen."""
    order = factories.OrderFactory(
        district=district, number="WO-1", crew_size=3, materials_ready=False, status="WAITING"
    )
    factories.OrderNeedFactory(order=order)
    return order


@pytest.fixture
def shift(district: models.District) -> models.Shift:
    """Line 1: two people."""
    return factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))


def override(order: models.WorkOrder, shift: models.Shift, by: Any, **changed: Any) -> models.Assignment:
    """As somebody does who has looked at the page."""
    starts_at = changed.pop("starts_at", at("08:00"))
    seen = overriding.look(order=order, shift=shift, starts_at=starts_at, now=NOW)
    asked: dict[str, Any] = {
        "rules": seen.rules, "fingerprint": seen.fingerprint, "code": Code.HELP_ON_SITE,
        "reason": "Ben brings the cross-arm", "now": NOW,
    }  # fmt: skip
    return overriding.override(order=order, shift=shift, starts_at=starts_at, by=by, **(asked | changed))


class TestLook:
    def test_says_what_a_person_may_answer_for(self, order, shift):
        seen = overriding.look(order=order, shift=shift, starts_at=at("08:00"), now=NOW)

        assert (seen.rules, seen.forbidden, seen.is_possible) == (("crew-size", "materials"), (), True)
        assert (seen.starts_at, seen.ends_at) == (at("08:00"), at("09:00"))
        assert {one.authority for one in seen.overridable} == {"manager"}

    def test_says_what_nobody_may_override(self, order, shift):
        models.HeldQualification.objects.all().delete()

        seen = overriding.look(order=order, shift=shift, starts_at=at("08:00"), now=NOW)

        assert ([one.rule for one in seen.forbidden], seen.is_possible) == (["qualification"], False)

    def test_proposes_a_start_that_keeps_the_law(self, order, shift):
        models.WorkOrder.objects.update(required_permits=["EXCAVATION"])
        factories.PermitFactory(order=order, valid_from=at("10:00"), valid_until=at("15:00"))

        seen = overriding.look(order=order, shift=shift, starts_at=None, now=NOW)

        assert (seen.starts_at, seen.is_possible) == (at("10:00"), True)

    def test_proposes_a_start_of_the_day_that_is_looked_at(self, order, district):
        night = factories.ShiftFactory(
            crew=factories.CrewFactory(district=district), starts_at=at("20:00"), ends_at=at("06:00", days=1)
        )

        seen = [
            overriding.look(order=order, shift=night, starts_at=None, day=day, now=NOW).starts_at
            for day in (factories.DAY, factories.DAY + timedelta(days=1))
        ]

        assert seen[0] < at("00:00", days=1) <= seen[1]

    def test_asks_as_few_queries_of_busy_crews(self, order, shift, django_assert_max_num_queries):
        for hour in range(4):
            factories.AssignmentFactory(
                shift=shift, starts_at=at(f"{10 + hour}:00"), departs_at=at(f"{10 + hour}:00"),
                order=factories.OrderFactory(district=order.district, status="SCHEDULED"),
            )  # fmt: skip

        with django_assert_max_num_queries(20):
            overriding.look(order=order, shift=shift, starts_at=None, now=NOW)


class TestDone:
    def test_assigns_the_crew_with_the_rules_it_breaks_and_why(self, order, shift, mara):
        assignment = override(order, shift, mara)

        order.refresh_from_db()
        assert (assignment.crew, assignment.status, order.status) == (shift.crew, "APPROVED", "SCHEDULED")
        assert assignment.override_rules == ["crew-size", "materials"]
        assert (assignment.override_code, assignment.override_reason) == (
            "HELP_ON_SITE", "Help or materials meet the crew on site: Ben brings the cross-arm",
        )  # fmt: skip

    def test_tells_every_target_why(self, order, shift, targets, mara):
        assignment = override(order, shift, mara)

        rows = assignment.write_backs.all()
        assert {row.target for row in rows} == set(targets)
        assert {row.payload["reason"] for row in rows} == {assignment.override_reason}

    def test_records_and_tells_who_answers_for_what(self, order, shift, mara, jonas, vic, events_of):
        override(order, shift, mara)

        entry = models.AuditEntry.objects.get(verb="assignment.overridden")
        assert (entry.actor, entry.after["rules"]) == (mara, ["crew-size", "materials"])
        assert "The job needs 3 people; Line 1 has 2." in entry.after["broken"]
        assert events_of(order) == ["assignment.overridden"]
        told = Notification.objects.get()
        assert (told.user, told.title) == (jonas, "Mara Lindqvist assigned Line 1 to WO-1 against a rule")
        assert "Ben brings the cross-arm" in told.body

    def test_makes_what_wanted_the_crew_at_that_time_stale(self, order, shift, mara):
        rival = factories.SuggestionFactory(order=factories.OrderFactory(district=order.district), shift=shift)

        override(order, shift, mara)

        rival.refresh_from_db()
        assert rival.status == "STALE"

    def test_lets_the_next_work_be_reached_from_here(self, order, shift, mara):
        later = factories.AssignmentFactory(
            shift=shift,
            starts_at=at("09:30"),
            order=factories.OrderFactory(district=order.district, status="SCHEDULED"),
        )

        override(order, shift, mara)

        later.refresh_from_db()
        assert later.departs_at == later.starts_at

    def test_waits_tentatively_for_a_pending_permit(self, order, shift, mara):
        models.WorkOrder.objects.update(required_permits=["EXCAVATION"])
        factories.PermitFactory(order=order, status="REQUESTED")

        with pytest.raises(guards.OnlyTentative):
            override(order, shift, mara)
        assignment = override(order, shift, mara, tentative=True)

        assert (assignment.status, assignment.override_rules) == ("TENTATIVE", ["crew-size", "materials"])

    def test_can_be_undone(self, order, shift, mara):
        assignment = override(order, shift, mara)

        revoking.revoke(assignment=assignment, reason="Ben is ill", by=mara, now=NOW)

        assignment.refresh_from_db()
        assert assignment.status == "REVOKED"


class TestAfterwards:
    def follow(self, assignment: models.Assignment) -> str:
        consequences.follow(order_ids={assignment.order_id}, crew_ids={assignment.crew_id}, now=NOW)
        assignment.refresh_from_db()
        return assignment.red_cause

    def test_what_was_overridden_turns_nothing_red(self, order, shift, mara):
        assert self.follow(override(order, shift, mara)) == ""

    def test_any_other_rule_does(self, order, shift, mara):
        assignment = override(order, shift, mara)
        for member in shift.crew.memberships.all():
            factories.AbsenceFactory(employee=member.employee)

        assert "will be away" in self.follow(assignment)

    def test_a_permit_that_lapses_does(self, order, shift, mara):
        models.WorkOrder.objects.update(required_permits=["EXCAVATION"])
        permit = factories.PermitFactory(order=order, number="P-7")
        assignment = override(order, shift, mara)
        models.Permit.objects.filter(pk=permit.pk).update(status="SUSPENDED")

        assert self.follow(assignment) == "The excavation permit P-7 is suspended."


class TestRefused:
    def test_for_a_viewer_and_for_a_manager_of_another_district(self, order, shift, vic, stella):
        for person in (vic, stella):
            with pytest.raises(refusals.NotAManager):
                override(order, shift, person)

    def test_when_the_law_forbids_it(self, order, shift, mara):
        models.HeldQualification.objects.all().delete()

        with pytest.raises(overriding.LawForbids, match="Nobody in Line 1 holds LINE"):
            override(order, shift, mara)

        assert not models.Assignment.objects.exists()

    def test_when_the_crew_would_have_had_to_leave_before_now(self, order, shift, mara):
        with pytest.raises(overriding.LawForbids, match="would have had to leave"):
            override(order, shift, mara, now=at("08:30"))

    @pytest.mark.parametrize(("code", "reason"), [("", "Why not"), ("NONSENSE", "Why not"), ("OTHER", "  ")])
    def test_without_a_reason(self, order, shift, mara, code, reason):
        with pytest.raises(refusals.ReasonMissing):
            override(order, shift, mara, code=code, reason=reason)

    def test_when_it_would_break_a_rule_that_was_not_read(self, order, shift, mara):
        with pytest.raises(overriding.OtherRulesBroken, match="The job needs 3 people"):
            override(order, shift, mara, rules=["materials"])

    def test_when_the_order_has_changed_since(self, order, shift, mara):
        seen = overriding.look(order=order, shift=shift, starts_at=at("08:00"), now=NOW)
        models.WorkOrder.objects.update(duration_minutes=90)

        with pytest.raises(guards.ChangedMeanwhile, match="WO-1 or of Line 1 has changed"):
            override(order, shift, mara, fingerprint=seen.fingerprint)

    def test_when_the_shift_is_gone(self, order, shift, mara):
        models.Shift.objects.update(cancelled=True)

        with pytest.raises(guards.ChangedMeanwhile, match="not on the roster"):
            override(order, shift, mara)

    def test_when_the_crew_has_other_work_then(self, order, shift, mara):
        factories.AssignmentFactory(
            shift=shift, order=factories.OrderFactory(district=order.district, status="SCHEDULED")
        )

        with pytest.raises(overriding.LawForbids, match="Line 1 works on"):
            override(order, shift, mara)

    def test_when_nothing_is_broken(self, order, shift, mara):
        models.WorkOrder.objects.update(crew_size=2, materials_ready=True)

        with pytest.raises(overriding.NothingToOverride):
            override(order, shift, mara)

    def test_when_the_order_has_a_crew_or_has_moved_on(self, order, shift, mara):
        override(order, shift, mara)

        with pytest.raises(guards.OrderTaken, match="Mara Lindqvist assigned Line 1 to WO-1"):
            override(order, shift, mara)
        models.Assignment.objects.update(status="COMPLETED")
        models.WorkOrder.objects.update(status="COMPLETED")
        with pytest.raises(guards.OrderNotAssignable):
            override(order, shift, mara)

    def test_for_work_of_several_crews(self, district, shift, mara):
        with pytest.raises(guards.SeveralCrews):
            override(teams.team_order(district, "WO-2"), shift, mara)


def test_what_cannot_be_told_is_rolled_back(order, shift, mara, monkeypatch):
    def fail(**values: Any) -> None:
        raise RuntimeError("the machine stopped")

    monkeypatch.setattr(events, "order_changed", fail)
    with pytest.raises(RuntimeError):
        override(order, shift, mara)

    order.refresh_from_db()
    assert (order.status, models.Assignment.objects.count(), models.AuditEntry.objects.count()) == ("WAITING", 0, 0)


@pytest.mark.django_db(transaction=True)
class TestRaced:
    def test_one_of_two_managers_wins_and_the_other_is_told_who(self, order, shift, district, mara, jonas):
        other = factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 2"))

        outcomes = at_once(lambda: override(order, shift, mara), lambda: override(order, other, jonas))

        [winner] = [one for one in outcomes if isinstance(one, models.Assignment)]
        [loser] = [one for one in outcomes if isinstance(one, guards.OrderTaken)]
        assert winner.approved_by.get_full_name() in loser.sentence

    def test_a_crew_is_given_to_an_override_or_to_an_approval(self, order, shift, district, mara, jonas):
        rival = factories.SuggestionFactory(
            order=factories.OrderFactory(district=district), shift=shift, starts_at=at("08:00") + timedelta(minutes=30)
        )

        outcomes = at_once(
            lambda: override(order, shift, mara),
            lambda: approving.approve(suggestion=rival, by=jonas, now=NOW),
        )

        assert sum(isinstance(one, models.Assignment) for one in outcomes) == 1, outcomes
        assert sum(isinstance(one, refusals.Refusal) for one in outcomes) == 1, outcomes
