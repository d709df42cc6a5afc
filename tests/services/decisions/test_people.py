"""One person in two crews on duty: given out with one of them at a time, whoever decides, and however."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from assignments import models
from assignments.services import emergencies
from assignments.services.decisions import approving, guards, moving, overriding, revoking
from assignments.services.inputs import consequences
from assignments.services.runs import explaining
from assignments.services.snapshots import snapshotting
from tests import factories
from tests.factories import DAY, NOW, at
from tests.racing import at_once

pytestmark = pytest.mark.django_db
Assignment = models.Assignment


@pytest.fixture
def line(district: models.District) -> models.Shift:
    """Line 1 on the day shift: Ada and two more."""
    crew = factories.CrewFactory(district=district, name="Line 1", staff__members=3)
    models.Employee.objects.filter(pk=crew.foreman_id).update(name="Ada")
    return factories.ShiftFactory(crew=crew)


@pytest.fixture
def ada(line: models.Shift) -> models.Employee:
    return models.Employee.objects.get(name="Ada")


@pytest.fixture
def other(line: models.Shift, ada: models.Employee) -> models.Shift:
    """Line 2 on the day shift: Ada and two people of its own."""
    crew = factories.CrewFactory(district=line.crew.district, name="Line 2")
    factories.CrewMembershipFactory(crew=crew, employee=ada)
    return factories.ShiftFactory(crew=crew)


@pytest.fixture
def make(line: models.Shift, other: models.Shift) -> Callable[..., models.Suggestion]:
    """An hour of work for one of the two crews."""
    run = factories.SuggestionRunFactory(district=line.crew.district)

    def make(shift: models.Shift, clock: str, number: str) -> models.Suggestion:
        order = factories.OrderFactory(district=run.district, number=number)
        return factories.SuggestionFactory(order=order, shift=shift, run=run, starts_at=at(clock))

    return make


@pytest.fixture
def suggestion(make: Callable[..., models.Suggestion], line: models.Shift) -> models.Suggestion:
    """WO-1 for Line 1 at 08:00."""
    return make(line, "08:00", "WO-1")


@pytest.fixture
def rival(make: Callable[..., models.Suggestion], other: models.Shift) -> models.Suggestion:
    """WO-2 for Line 2 at 08:30."""
    return make(other, "08:30", "WO-2")


def offered_again(suggestion: models.Suggestion) -> None:
    """As if nobody had noticed that it went stale."""
    models.Suggestion.objects.filter(pk=suggestion.pk).update(status="PROPOSED", stale_cause="")


def nobody_is_in_two_places() -> None:
    live = list(Assignment.objects.live())
    people = {row.pk: set(row.crew.memberships.values_list("employee", flat=True)) for row in live}
    assert not [
        (one, two)
        for one in live
        for two in live
        if one.pk != two.pk
        and people[one.pk] & people[two.pk]
        and one.starts_at < two.ends_at
        and two.starts_at < one.ends_at
    ]


class TestApproval:
    def test_is_refused_while_somebody_works_with_another_crew(self, suggestion, rival, mara, now):
        approving.approve(suggestion=suggestion, by=mara, now=now)
        offered_again(rival)

        with pytest.raises(guards.RulesBroken, match="Ada works with Line 1 on WO-1 from 08:00 to 09:00"):
            approving.approve(suggestion=rival, by=mara, now=now)

        assert Assignment.objects.count() == 1
        rival.refresh_from_db()
        assert rival.status == "PROPOSED"

    def test_is_done_when_the_other_work_is_over(self, suggestion, other, make, mara, now):
        later = make(other, "09:30", "WO-2")
        approving.approve(suggestion=suggestion, by=mara, now=now)

        assert approving.approve(suggestion=later, by=mara, now=now).crew.name == "Line 2"

    def test_is_done_while_the_person_is_away_and_the_others_are_enough(self, ada, line, other, make, mara, now):
        factories.AbsenceFactory(employee=ada)
        here, there = make(line, "08:00", "WO-1"), make(other, "08:30", "WO-2")
        approving.approve(suggestion=here, by=mara, now=now)

        assert approving.approve(suggestion=there, by=mara, now=now).crew.name == "Line 2"

    def test_is_done_by_the_crew_that_the_person_has_left(self, ada, line, other, make, mara, now):
        models.CrewMembership.objects.filter(employee=ada, crew=line.crew).update(ends_at=at("07:00"))
        here, there = make(line, "08:00", "WO-1"), make(other, "08:30", "WO-2")
        approving.approve(suggestion=here, by=mara, now=now)

        assert approving.approve(suggestion=there, by=mara, now=now).crew.name == "Line 2"

    def test_makes_what_wants_the_person_then_stale_with_the_cause(self, suggestion, rival, other, make, mara, now):
        later = make(other, "12:00", "WO-3")

        approving.approve(suggestion=suggestion, by=mara, now=now)

        rival.refresh_from_db()
        later.refresh_from_db()
        assert (rival.status, later.status) == ("STALE", "PROPOSED")
        assert rival.stale_cause == "Ada is with Line 1, taken 07:48-09:00 by WO-1"

    def test_changes_nothing_of_what_other_suggestions_rest_on(self, suggestion, other, make, mara, now):
        later = make(other, "12:00", "WO-3")

        approving.approve(suggestion=suggestion, by=mara, now=now)

        assert later.fingerprint == snapshotting.fingerprint_of(order=later.order, shift=later.shift, now=NOW)

    def test_is_offered_again_once_the_other_was_taken_back(self, suggestion, rival, mara, now):
        first = approving.approve(suggestion=suggestion, by=mara, now=now)
        revoking.revoke(assignment=first, reason="Storm", by=mara, now=now)

        rival.refresh_from_db()
        assert (rival.status, rival.stale_cause) == ("PROPOSED", "")
        assert approving.approve(suggestion=rival, by=mara, now=now).crew.name == "Line 2"


class TestOtherWays:
    @pytest.fixture
    def assignment(self, suggestion: models.Suggestion, mara: Any, now: Any) -> Assignment:
        """WO-1 by Line 1 at 08:00."""
        return approving.approve(suggestion=suggestion, by=mara, now=now)

    def test_nobody_may_override_it(self, assignment, other, now):
        order = factories.OrderFactory(district=other.crew.district, number="WO-2")

        answer = overriding.look(order=order, shift=other, starts_at=at("08:30"), now=now)

        assert [one.rule for one in answer.forbidden] == ["elsewhere"]
        assert "Ada works with Line 1" in answer.forbidden[0].text

    def test_work_moves_to_no_crew_of_the_person_at_the_time(self, assignment, other, mara, now):
        beside = factories.AssignmentFactory(
            order=factories.OrderFactory(district=other.crew.district, number="WO-5", status="SCHEDULED"),
            shift=other, starts_at=at("12:00"),
        )  # fmt: skip

        with pytest.raises(guards.RulesBroken, match="works with Line 1 on WO-1"):
            moving.move(
                assignment=beside, crew=other.crew, starts_at=at("08:15"), version=beside.order.version, by=mara,
                now=now,
            )  # fmt: skip

        beside.refresh_from_db()
        assert (beside.status, beside.starts_at) == ("APPROVED", at("12:00"))

    def test_work_moves_from_one_crew_of_the_person_to_the_other(self, assignment, other, mara, now):
        order = models.WorkOrder.objects.get(pk=assignment.order_id)

        moved = moving.move(
            assignment=assignment, crew=other.crew, starts_at=at("08:00"), version=order.version, by=mara, now=now
        )

        assert (moved.crew.name, moved.starts_at) == ("Line 2", at("08:00"))

    def test_why_not_names_what_helps(self, assignment, other, now):
        until_nine = at("09:00") - timedelta(minutes=1)
        order = factories.OrderFactory(
            district=other.crew.district, number="WO-2",
            appointment_starts_at=at("08:00"), appointment_ends_at=until_nine,
        )  # fmt: skip

        answers = {one.shift.crew.name: one for one in explaining.why_not(order=order, day=DAY, now=now)}

        assert answers["Line 2"].fix == "Let Line 2 go without Ada."

    def test_an_emergency_takes_no_crew_of_somebody_who_is_at_work(self, assignment, other, now):
        Assignment.objects.filter(pk=assignment.pk).update(pinned=True)
        fire = factories.OrderFactory(
            district=other.crew.district, number="WO-9", priority=models.WorkOrder.Priority.EMERGENCY,
            duration_minutes=180,
        )  # fmt: skip

        offers = emergencies.choices(order=fire, now=now)

        offer = offers.of_shift(other.pk)
        assert offer is not None
        assert offers.snapshot.at(offer.choice.start) >= at("09:00")

    def test_taking_one_back_lets_the_other_stand_again(self, assignment, ada, mara, now):
        crew = factories.CrewFactory(district=assignment.order.district, name="Line 3")
        beside = factories.AssignmentFactory(
            order=factories.OrderFactory(district=crew.district, number="WO-5", status="SCHEDULED"),
            shift=factories.ShiftFactory(crew=crew), starts_at=at("08:30"),
        )  # fmt: skip
        factories.CrewMembershipFactory(crew=crew, employee=ada)
        consequences.follow(order_ids=[], crew_ids=[crew.pk], now=now)

        revoking.revoke(assignment=assignment, reason="Storm", by=mara, now=now)

        beside.refresh_from_db()
        assert beside.red_cause == ""

    def test_who_joins_another_crew_makes_both_decisions_red(self, assignment, ada, now):
        crew = factories.CrewFactory(district=assignment.order.district, name="Line 3")
        beside = factories.AssignmentFactory(
            order=factories.OrderFactory(district=crew.district, number="WO-5", status="SCHEDULED"),
            shift=factories.ShiftFactory(crew=crew), starts_at=at("08:30"),
        )  # fmt: skip
        factories.CrewMembershipFactory(crew=crew, employee=ada)

        consequences.follow(order_ids=[], crew_ids=[crew.pk], now=now)

        causes = dict(Assignment.objects.values_list("order__number", "red_cause"))
        assert "Ada works with Line 3 on WO-5" in causes["WO-1"]
        assert "Ada works with Line 1 on WO-1" in causes["WO-5"]
        # Still, both can go on as they are.
        assert Assignment.objects.filter(pk=beside.pk).update(status="DISPATCHED") == 1


@pytest.mark.django_db(transaction=True)
class TestRaced:
    def test_two_managers_give_out_the_same_person(self, suggestion, rival, mara, jonas, now):
        outcomes = at_once(
            lambda: approving.approve(suggestion=suggestion, by=mara, now=now),
            lambda: approving.approve(suggestion=rival, by=jonas, now=now),
        )

        assert sum(isinstance(outcome, Assignment) for outcome in outcomes) == 1, outcomes
        assert sum(isinstance(outcome, (guards.RulesBroken, approving.SuggestionStale)) for outcome in outcomes) == 1
        nobody_is_in_two_places()

    def test_writers_that_take_no_lock(self, suggestion, rival):
        def past_the_services(one: models.Suggestion) -> Callable[[], Any]:
            row = factories.AssignmentFactory.build(
                order=one.order, shift=one.shift, crew=one.crew, starts_at=one.starts_at, ends_at=one.ends_at,
                departs_at=one.departs_at, approved_by=factories.UserFactory(),
            )  # fmt: skip

            def write() -> Any:
                with transaction.atomic():
                    row.save(force_insert=True)
                return row

            return write

        outcomes = at_once(past_the_services(suggestion), past_the_services(rival))

        assert sum(isinstance(outcome, Assignment) for outcome in outcomes) == 1, outcomes
        [refusal] = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert isinstance(refusal, IntegrityError), refusal
        assert "nobody_in_two_crews" in str(refusal)
        nobody_is_in_two_places()
