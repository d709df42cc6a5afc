"""Invariants that the database itself guards, on SQLite and PostgreSQL alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from assignments import models
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db
Status = models.Assignment.Status


class TestNoCrewInTwoPlaces:
    @pytest.fixture
    def held(self) -> models.Assignment:
        """A crew that leaves at 07:40 for work from 08:00 to 09:00."""
        return factories.AssignmentFactory(starts_at=at("08:00"))

    def test_refuses_a_second_work_at_the_same_time(self, held):
        with pytest.raises(IntegrityError, match="no_crew_in_two_places"), transaction.atomic():
            factories.AssignmentFactory(shift=held.shift, starts_at=at("08:30"))

    def test_refuses_a_departure_before_the_earlier_work_ends(self, held):
        with pytest.raises(IntegrityError, match="no_crew_in_two_places"), transaction.atomic():
            factories.AssignmentFactory(shift=held.shift, starts_at=at("09:15"), departs_at=at("08:59"))

    def test_refuses_a_move_onto_other_work(self, held):
        later = factories.AssignmentFactory(shift=held.shift, starts_at=at("12:00"))

        with pytest.raises(IntegrityError, match="no_crew_in_two_places"), transaction.atomic():
            models.Assignment.objects.filter(pk=later.pk).update(departs_at=at("08:59"))

    def test_refuses_a_revoked_one_coming_back_onto_other_work(self, held):
        past = factories.AssignmentFactory(
            shift=held.shift, status=Status.REVOKED, revoked_by=held.approved_by, revoked_at=factories.NOW
        )

        with pytest.raises(IntegrityError, match="no_crew_in_two_places"), transaction.atomic():
            models.Assignment.objects.filter(pk=past.pk).update(status=Status.APPROVED)

    def test_lets_work_begin_when_the_earlier_ends(self, held):
        factories.AssignmentFactory(shift=held.shift, starts_at=at("09:20"), departs_at=at("09:00"))

        assert models.Assignment.objects.live().filter(crew=held.crew).count() == 2

    def test_lets_revoked_work_lie_anywhere(self, held):
        factories.AssignmentFactory(
            shift=held.shift, status=Status.REVOKED, revoked_by=held.approved_by, revoked_at=factories.NOW
        )

        assert models.Assignment.objects.filter(crew=held.crew).count() == 2

    def test_lets_another_crew_work_at_the_same_time(self, held):
        factories.AssignmentFactory(starts_at=held.starts_at)

        assert models.Assignment.objects.live().count() == 2


class TestNobodyInTwoCrews:
    @pytest.fixture
    def held(self) -> models.Assignment:
        """Work from 08:00 to 09:00."""
        return factories.AssignmentFactory(starts_at=at("08:00"))

    @pytest.fixture
    def other(self, held) -> models.Shift:
        """Of another crew, which shares the foreman."""
        crew = factories.CrewFactory(district=held.crew.district)
        factories.CrewMembershipFactory(crew=crew, employee=held.crew.foreman)
        return factories.ShiftFactory(crew=crew)

    def test_refuses_work_at_the_same_time(self, other):
        with pytest.raises(IntegrityError, match="nobody_in_two_crews"), transaction.atomic():
            factories.AssignmentFactory(shift=other, starts_at=at("08:30"))

    def test_refuses_a_move_onto_it(self, other):
        later = factories.AssignmentFactory(shift=other, starts_at=at("12:00"))

        with pytest.raises(IntegrityError, match="nobody_in_two_crews"), transaction.atomic():
            models.Assignment.objects.filter(pk=later.pk).update(
                departs_at=at("08:00"), starts_at=at("08:30"), ends_at=at("09:30")
            )

    def test_refuses_a_revoked_one_coming_back_onto_it(self, held, other):
        past = factories.AssignmentFactory(
            shift=other, starts_at=at("08:30"), status=Status.REVOKED, revoked_by=held.approved_by,
            revoked_at=factories.NOW,
        )  # fmt: skip

        with pytest.raises(IntegrityError, match="nobody_in_two_crews"), transaction.atomic():
            models.Assignment.objects.filter(pk=past.pk).update(status=Status.APPROVED)

    def test_lets_work_begin_when_the_other_ends(self, other):
        factories.AssignmentFactory(shift=other, starts_at=at("09:00"))

        assert models.Assignment.objects.live().count() == 2

    def test_lets_the_others_work_while_the_person_is_away(self, held, other):
        factories.AbsenceFactory(employee=held.crew.foreman)
        factories.AssignmentFactory(shift=other, starts_at=at("08:30"))

        assert models.Assignment.objects.live().count() == 2

    def test_looks_at_nobody_who_has_left(self, held, other):
        models.Employee.objects.filter(pk=held.crew.foreman.pk).update(active=False)
        factories.AssignmentFactory(shift=other, starts_at=at("08:30"))

        assert models.Assignment.objects.live().count() == 2

    def test_lets_what_conflicts_since_somebody_joined_go_on(self, held):
        beside = factories.AssignmentFactory(starts_at=at("08:30"))
        factories.CrewMembershipFactory(crew=beside.crew, employee=held.crew.foreman)

        assert models.Assignment.objects.filter(pk=beside.pk).transition("DISPATCHED") == 1


class TestOneLiveAssignmentPerOrder:
    def test_refuses_a_second_crew(self):
        held = factories.AssignmentFactory()

        with pytest.raises(IntegrityError), transaction.atomic():
            factories.AssignmentFactory(order=held.order)

    def test_lets_a_revoked_order_be_assigned_again(self):
        revoked = factories.AssignmentFactory(
            status=Status.REVOKED, revoked_at=factories.NOW, revoked_by=factories.UserFactory()
        )

        again = factories.AssignmentFactory(order=revoked.order)

        assert again.order == revoked.order


class TestATeamIsWhole:
    @pytest.fixture
    def lead(self) -> models.Assignment:
        return factories.AssignmentFactory(starts_at=at("08:00"))

    @pytest.fixture
    def beside(self, lead) -> models.Assignment:
        return factories.AssignmentFactory(order=lead.order, lead=lead, part=1, starts_at=lead.starts_at)

    def test_follows_its_lead(self, lead, beside):
        manager = factories.UserFactory()

        taken = {"revoked_by": manager, "revoked_at": factories.NOW, "revoke_reason": "Storm"}
        assert models.Assignment.objects.filter(order=lead.order).transition("REVOKED", **taken) == 1

        beside.refresh_from_db()
        assert (beside.status, beside.revoked_by, beside.revoke_reason) == (Status.REVOKED, manager, "Storm")

    def test_refuses_a_status_of_its_own(self, beside):
        with pytest.raises(IntegrityError, match="team_is_whole"), transaction.atomic():
            models.Assignment.objects.filter(pk=beside.pk).update(status=Status.COMPLETED)

    def test_refuses_a_crew_at_another_time(self, lead):
        with pytest.raises(IntegrityError, match="team_is_whole"), transaction.atomic():
            factories.AssignmentFactory(order=lead.order, lead=lead, part=1, starts_at=at("08:30"))

    def test_refuses_a_crew_of_another_order(self, lead):
        with pytest.raises(IntegrityError, match="team_is_whole"), transaction.atomic():
            factories.AssignmentFactory(lead=lead, part=1, starts_at=lead.starts_at)

    def test_refuses_a_further_crew_without_a_lead(self, lead):
        with pytest.raises(IntegrityError), transaction.atomic():
            factories.AssignmentFactory(order=lead.order, part=1, starts_at=lead.starts_at)

    def test_refuses_a_second_crew_for_a_part(self, lead, beside):
        with pytest.raises(IntegrityError), transaction.atomic():
            factories.AssignmentFactory(order=lead.order, lead=lead, part=1, starts_at=lead.starts_at)

    def test_comes_back_onto_no_other_work_of_any_crew(self, lead, beside):
        taken = {"revoked_by": lead.approved_by, "revoked_at": factories.NOW}
        models.Assignment.objects.filter(pk=lead.pk).transition("REVOKED", **taken)
        factories.AssignmentFactory(shift=beside.shift, starts_at=at("08:30"))

        with pytest.raises(IntegrityError, match="no_crew_in_two_places"), transaction.atomic():
            models.Assignment.objects.filter(pk=lead.pk).update(status=Status.APPROVED)


class TestAuditIsAppendOnly:
    @pytest.fixture
    def entry(self) -> models.AuditEntry:
        return models.AuditEntry.objects.create(
            actor_name="Mara", verb="assignment.approved", object_type="assignment", object_id="1", at=factories.NOW
        )

    def test_refuses_a_change(self, entry):
        with pytest.raises(IntegrityError, match="audit_is_append_only"), transaction.atomic():
            models.AuditEntry.objects.filter(pk=entry.pk).update(actor_name="Somebody else")

    def test_refuses_deletion(self, entry):
        with pytest.raises(IntegrityError, match="audit_is_append_only"), transaction.atomic():
            models.AuditEntry.objects.filter(pk=entry.pk).delete()


class TestOneRunUnderWay:
    def test_refuses_a_second_for_the_same_district_and_day(self):
        first = factories.SuggestionRunFactory(status=models.SuggestionRun.Status.SCORING)

        with pytest.raises(IntegrityError), transaction.atomic():
            factories.SuggestionRunFactory(district=first.district, status=models.SuggestionRun.Status.QUEUED)

    def test_lets_the_next_day_be_planned_meanwhile(self):
        first = factories.SuggestionRunFactory(status=models.SuggestionRun.Status.SCORING)
        next_day = first.day + timedelta(days=1)

        factories.SuggestionRunFactory(district=first.district, status="QUEUED", day=next_day)

        assert models.SuggestionRun.objects.under_way().count() == 2
