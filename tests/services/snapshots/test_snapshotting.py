from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.engine.domain.problem import Window
from assignments.queries import days
from assignments.services.snapshots import snapshotting
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def shift(district) -> models.Shift:
    return factories.ShiftFactory(crew=factories.CrewFactory(district=district, name="Line 1"))


def snapshot_of(district, now, **narrowed):
    start, end = days.period_of(factories.DAY, district.zone)
    return snapshotting.problem_for(district=district, start=start, end=end, now=now, **narrowed)


class TestCrewOfTheDay:
    def test_leaves_out_who_has_left_the_company(self, district, shift, now):
        models.Employee.objects.filter(pk=shift.crew.foreman_id).update(active=False)

        assert len(snapshot_of(district, now).shift(shift.pk).members) == 1

    def test_counts_a_member_absent_until_joining(self, district, shift, now):
        newcomer = factories.EmployeeFactory(district=district, name="Newcomer")
        factories.CrewMembershipFactory(crew=shift.crew, employee=newcomer, starts_at=at("10:00"))

        members = {one.name: one for one in snapshot_of(district, now).shift(shift.pk).members}

        assert members["Newcomer"].absences == (Window(6 * 3600, 10 * 3600),)

    def test_knows_absences_person_by_person(self, district, shift, now):
        factories.AbsenceFactory(employee=shift.crew.foreman)
        factories.AbsenceFactory(employee=shift.crew.foreman, starts_at=at("17:00"), cancelled=True)

        foreman = next(m for m in snapshot_of(district, now).shift(shift.pk).members if m.id == shift.crew.foreman_id)

        assert foreman.absences == (Window(6 * 3600, 16 * 3600),)

    def test_counts_duty_in_another_crew_as_work(self, district, shift, now):
        other = factories.CrewFactory(district=district, staff__members=0)
        factories.CrewMembershipFactory(crew=other, employee=shift.crew.foreman)
        factories.ShiftFactory(crew=other, starts_at=at("20:00", days=-1), ends_at=at("02:00"))

        foreman = next(m for m in snapshot_of(district, now).shift(shift.pk).members if m.id == shift.crew.foreman_id)

        assert foreman.worked == (Window(-4 * 3600, 2 * 3600),)

    def test_knows_what_the_crew_has_taken_on(self, district, shift, now):
        taken = factories.AssignmentFactory(shift=shift, starts_at=at("08:00"))
        revoked_by = taken.approved_by
        factories.AssignmentFactory(shift=shift, status="REVOKED", revoked_by=revoked_by, revoked_at=now)

        commitments = snapshot_of(district, now).shift(shift.pk).commitments

        assert [(c.job_id, c.window) for c in commitments] == [(taken.order_id, Window(8 * 3600, 9 * 3600))]

    def test_counts_a_member_absent_between_leaving_and_coming_back(self, district, shift, now):
        foreman = models.CrewMembership.objects.get(crew=shift.crew, employee=shift.crew.foreman)
        models.CrewMembership.objects.filter(pk=foreman.pk).update(ends_at=at("08:00"))
        factories.CrewMembershipFactory(
            crew=shift.crew, employee=shift.crew.foreman, starts_at=at("10:00"), ends_at=at("14:00")
        )

        members = {one.id: one for one in snapshot_of(district, now).shift(shift.pk).members}

        assert members[shift.crew.foreman_id].absences == (
            Window(8 * 3600, 10 * 3600),
            Window(14 * 3600, 16 * 3600),
        )

    def test_knows_when_a_vehicle_is_out_of_service(self, district, shift, now):
        truck = factories.EquipmentFactory(crew=shift.crew)
        models.EquipmentOutage.objects.create(equipment=truck, starts_at=at("06:00"), ends_at=at("09:00"))

        (equipment,) = snapshot_of(district, now).shift(shift.pk).equipment

        assert equipment.out_of_service == (Window(6 * 3600, 9 * 3600),)


class TestOrders:
    def test_knows_when_materials_come_and_when_the_customer_is_at_home(self, district, now):
        order = factories.OrderFactory(
            district=district, materials_ready=False, materials_expected_at=at("09:30"),
            appointment_starts_at=at("10:00"), appointment_ends_at=at("12:00"),
        )  # fmt: skip

        job = snapshot_of(district, now).job(order.pk)

        assert job.materials_at == 9 * 3600 + 1800
        assert job.appointment == Window(10 * 3600, 12 * 3600)

    def test_knows_a_pending_permit_without_a_window(self, district, now):
        permit = factories.PermitFactory(
            order__district=district, status="REQUESTED", valid_from=None, valid_until=None
        )

        (read,) = snapshot_of(district, now).job(permit.order_id).permits

        assert (str(read.state), read.window) == ("pending", None)

    def test_takes_only_what_is_assignable_and_may_start_that_day(self, district, now):
        ready = factories.OrderFactory(district=district)
        factories.OrderFactory(district=district, status="SCHEDULED")
        factories.OrderFactory(district=district, earliest_start=at("00:00", days=1))
        factories.OrderFactory(
            district=district, appointment_starts_at=at("09:00", days=1), appointment_ends_at=at("11:00", days=1)
        )
        factories.OrderFactory(district=factories.DistrictFactory(code="SOUTH"))

        assert [job.id for job in snapshot_of(district, now).problem.jobs] == [ready.pk]

    def test_reads_permits_as_planning_means_them(self, district, now):
        order = factories.OrderFactory(district=district, required_permits=["EXCAVATION", "TRAFFIC"])
        factories.PermitFactory(order=order, kind="EXCAVATION")
        factories.PermitFactory(order=order, kind="TRAFFIC", status="SUSPENDED")

        job = snapshot_of(district, now).job(order.pk)

        assert job.required_permits == {"excavation", "traffic"}
        assert {permit.kind: str(permit.state) for permit in job.permits} == {"excavation": "live", "traffic": "dead"}

    def test_knows_when_what_must_come_first_is_done(self, district, now):
        order = factories.OrderFactory(district=district)
        planned = factories.AssignmentFactory(starts_at=at("08:00")).order
        finished = factories.OrderFactory(district=district, status="COMPLETED")
        open_one = factories.OrderFactory(district=district)
        order.prerequisites.set([planned, finished, open_one])

        job = snapshot_of(district, now, order_ids=[order.pk]).job(order.pk)

        assert {one.job_id: one.done for one in job.prerequisites} == {planned.pk: 9 * 3600, open_one.pk: None}


class TestNow:
    def test_is_the_present_while_the_day_is_under_way(self, district, now):
        assert snapshot_of(district, now).problem.now == 5 * 3600 + 45 * 60

    def test_is_the_beginning_of_a_day_that_lies_ahead(self, district):
        assert snapshot_of(district, at("20:00", days=-1)).problem.now == 0


class TestClock:
    def test_speaks_the_districts_time(self, district, now):
        snapshot = snapshot_of(district, now)

        assert snapshot.clock(7 * 3600 + 1800) == "07:30"
        assert snapshot.clock(31 * 3600) == "Tue 16 Jun 07:00"


class TestFingerprint:
    def test_does_not_depend_on_the_horizon_it_was_read_for(self, district, shift, now):
        order = factories.OrderFactory(district=district)
        factories.AbsenceFactory(employee=shift.crew.foreman, starts_at=at("06:00", days=-1))
        narrow = snapshot_of(district, now).fingerprint(order.pk, shift.pk)

        wide = snapshotting.problem_for(district=district, start=at("00:00", days=-3), end=at("00:00", days=4), now=now)

        assert wide.fingerprint(order.pk, shift.pk) == narrow

    def test_stays_when_the_crew_takes_on_other_work(self, district, shift, now):
        order = factories.OrderFactory(district=district)
        before = snapshot_of(district, now).fingerprint(order.pk, shift.pk)

        factories.AssignmentFactory(shift=shift, starts_at=at("12:00"))

        assert snapshot_of(district, now).fingerprint(order.pk, shift.pk) == before

    def test_stays_when_what_must_come_first_is_given_a_time(self, district, shift, now):
        order, first = factories.OrderFactory(district=district), factories.OrderFactory(district=district)
        order.prerequisites.set([first])
        before = snapshot_of(district, now).fingerprint(order.pk, shift.pk)

        factories.AssignmentFactory(order=first, starts_at=at("06:30"))

        assert snapshot_of(district, now).fingerprint(order.pk, shift.pk) == before

    @pytest.mark.parametrize("change", ["absence", "permit", "duration", "expiry", "shift"])
    def test_changes_with_what_the_suggestion_rests_on(self, district, shift, now, change):
        order = factories.OrderFactory(district=district)
        permit = factories.PermitFactory(order=order)
        before = snapshot_of(district, now).fingerprint(order.pk, shift.pk)

        if change == "absence":
            factories.AbsenceFactory(employee=shift.crew.foreman)
        elif change == "permit":
            models.Permit.objects.filter(pk=permit.pk).update(valid_until=at("12:00"))
        elif change == "duration":
            models.WorkOrder.objects.filter(pk=order.pk).update(duration_minutes=90)
        elif change == "expiry":
            models.HeldQualification.objects.filter(employee=shift.crew.foreman).update(expires_at=at("12:00"))
        else:
            models.Shift.objects.filter(pk=shift.pk).update(ends_at=at("15:00"))

        assert snapshot_of(district, now).fingerprint(order.pk, shift.pk) != before


def test_takes_the_same_number_of_queries_for_any_number_of_rows(district, now):
    def fill(count):
        for _ in range(count):
            shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district))
            factories.EquipmentFactory(crew=shift.crew)
            order = factories.OrderNeedFactory(order__district=district).order
            factories.PermitFactory(order=order)
            order.prerequisites.set([factories.AssignmentFactory().order])

    fill(2)

    with CaptureQueriesContext(connection) as few:
        snapshot_of(district, now)
    fill(10)
    with CaptureQueriesContext(connection) as many:
        snapshot_of(district, now)

    assert len(many) == len(few)
