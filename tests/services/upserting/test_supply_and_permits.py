from __future__ import annotations

from datetime import timedelta

import pytest

from assignments import models
from assignments.downstream import messages
from assignments.downstream.messages import Resource
from tests import factories
from tests.factories import LONG_AGO, NOW, at
from tests.records import crew, employee, order, permit
from tests.services.upserting.calls import take

pytestmark = pytest.mark.django_db


class TestWorkforce:
    def test_takes_qualifications_people_and_crews(self, workforce: models.DownstreamSystem) -> None:
        held = ({"qualification": "LINE", "level": "MASTER", "issued": LONG_AGO, "expires": at("12:00")},)
        line = messages.QualificationMessage(reference="LINE", version=1, name="Line work")

        take(workforce, Resource.QUALIFICATIONS, line)
        take(workforce, Resource.EMPLOYEES, employee(held=held), employee("E-2"))
        outcome = take(workforce, Resource.CREWS, crew(members=("E-1", "E-2")))

        row = models.Crew.objects.get()
        assert outcome.crew_ids == {row.pk}
        assert row.foreman.name == "Person E-1"
        assert row.memberships.count() == 2
        assert row.foreman.held_qualifications.get().expires_at == at("12:00")

    def test_a_renewed_qualification_changes_the_inputs_of_the_crew(self, workforce: models.DownstreamSystem) -> None:
        factories.QualificationFactory(code="LINE")
        held = {"qualification": "LINE", "issued": LONG_AGO, "expires": at("12:00")}
        take(workforce, Resource.EMPLOYEES, employee(held=(held,)))
        take(workforce, Resource.CREWS, crew())

        outcome = take(workforce, Resource.EMPLOYEES, employee(version=2, held=({**held, "expires": None},)))

        assert outcome.updated == 1
        assert outcome.crew_ids == {models.Crew.objects.get().pk}
        assert models.HeldQualification.objects.get().expires_at is None

    def test_renames_a_qualification(self, workforce: models.DownstreamSystem) -> None:
        factories.QualificationFactory(code="LINE", name="Old")

        named = messages.QualificationMessage(reference="LINE", version=2, name="New")
        outcome = take(workforce, Resource.QUALIFICATIONS, named)

        assert (outcome.updated, models.Qualification.objects.get().name) == (1, "New")
        assert take(workforce, Resource.QUALIFICATIONS, named).unchanged == 1

    def test_rejects_what_names_somebody_or_something_unknown(self, workforce: models.DownstreamSystem) -> None:
        diver = employee(held=[{"qualification": "DIVING", "issued": LONG_AGO}])

        assert take(workforce, Resource.EMPLOYEES, diver).rejected == [("E-1", "qualification DIVING is not known")]
        assert take(workforce, Resource.CREWS, crew()).rejected == [("C-1", "employee E-1 is not known")]

    def test_rejects_a_second_crew_of_the_same_name(self, workforce: models.DownstreamSystem) -> None:
        take(workforce, Resource.EMPLOYEES, employee())

        outcome = take(workforce, Resource.CREWS, crew("C-1", name="Line 1"), crew("C-2", name="Line 1"))

        assert [reference for reference, _ in outcome.rejected] == ["C-2"]

    def test_equipment_that_changes_crew_changes_the_inputs_of_both(self, workforce: models.DownstreamSystem) -> None:
        take(workforce, Resource.EMPLOYEES, employee())
        take(workforce, Resource.CREWS, crew("C-1"), crew("C-2"))
        truck = {"reference": "T-1", "code": "BUCKET", "name": "Bucket 1"}
        out = ({"period": {"start": at("08:00"), "end": at("09:00")}, "reason": "Brakes"},)
        take(workforce, Resource.EQUIPMENT, messages.EquipmentMessage(**truck, version=1, crew="C-1"))

        moved = messages.EquipmentMessage(**truck, version=2, crew="C-2", out_of_service=out)
        outcome = take(workforce, Resource.EQUIPMENT, moved)

        assert outcome.crew_ids == set(models.Crew.objects.values_list("pk", flat=True))
        assert models.EquipmentOutage.objects.get().reason == "Brakes"

    def test_shifts_and_absences_change_the_inputs_of_the_crew(self, workforce: models.DownstreamSystem) -> None:
        take(workforce, Resource.EMPLOYEES, employee())
        take(workforce, Resource.CREWS, crew())
        period = {"start": at("06:00"), "end": at("16:00")}
        shift = messages.ShiftMessage(reference="S-1", version=1, crew="C-1", period=period)
        sick = messages.AbsenceMessage(reference="A-1", version=1, employee="E-1", period=period, kind="SICK")
        expected = set(models.Crew.objects.values_list("pk", flat=True))

        assert take(workforce, Resource.SHIFTS, shift).crew_ids == expected
        assert take(workforce, Resource.ABSENCES, sick).crew_ids == expected
        assert take(workforce, Resource.ABSENCES, sick).crew_ids == set()
        cancelled = sick.model_copy(update={"version": 2, "cancelled": True})
        assert take(workforce, Resource.ABSENCES, cancelled).crew_ids == expected
        assert not models.Absence.objects.in_force().exists()


class TestPermits:
    def test_takes_a_permit_of_a_known_order(
        self, work: models.DownstreamSystem, register: models.DownstreamSystem
    ) -> None:
        take(work, Resource.ORDERS, order())

        outcome = take(register, Resource.PERMITS, permit())

        row = models.Permit.objects.get()
        assert (row.status, row.valid_until) == ("ISSUED", at("23:00"))
        assert outcome.order_ids == {row.order_id}

    def test_knows_an_order_by_its_number_too(self, district: models.District, register) -> None:
        factories.OrderFactory(district=district, number="WO-7")

        assert take(register, Resource.PERMITS, permit(order="WO-7")).created == 1

    def test_a_permit_of_an_unknown_order_may_come_again(self, register: models.DownstreamSystem) -> None:
        outcome = take(register, Resource.PERMITS, permit())

        assert outcome.rejected == [("P-1", "order W-1 is not known")]
        assert outcome.unresolved == {"P-1"}

    def test_takes_the_register_s_word_even_past_a_step(self, work, register) -> None:
        take(work, Resource.ORDERS, order())
        take(register, Resource.PERMITS, permit(status="REQUESTED", valid=None))

        take(register, Resource.PERMITS, permit(version=2, status="SUSPENDED"))

        assert models.Permit.objects.get().status == "SUSPENDED"

    def test_each_change_is_recorded_with_who_said_so_and_when(self, work, register) -> None:
        take(work, Resource.ORDERS, order())
        take(register, Resource.PERMITS, permit(status="REQUESTED", valid=None))
        take(register, Resource.PERMITS, permit(version=2, status="REQUESTED", valid=None, authority="The county"))
        take(register, Resource.PERMITS, permit(version=3))

        changed, received = models.AuditEntry.objects.all()
        row = models.Permit.objects.get()
        assert (received.verb, received.after["status"]) == ("permit.received", "REQUESTED")
        assert (changed.verb, changed.actor_name, changed.at) == ("permit.changed", register.name, NOW)
        assert (changed.before["status"], changed.after["status"]) == ("REQUESTED", "ISSUED")
        assert (changed.object_id, changed.order) == (str(row.pk), row.order)

    def test_what_is_taken_twice_or_rejected_is_recorded_once_or_not(self, work, register) -> None:
        take(work, Resource.ORDERS, order())
        for _ in range(2):
            take(register, Resource.PERMITS, permit(), permit("P-2", status="ISSUED", valid=None))

        assert [entry.verb for entry in models.AuditEntry.objects.all()] == ["permit.received"]

    def test_rejects_an_issued_permit_without_a_window(self, work, register) -> None:
        take(work, Resource.ORDERS, order())

        outcome = take(register, Resource.PERMITS, permit(valid=None))

        assert outcome.rejected == [("P-1", "is issued without a validity window")]

    def test_takes_an_excavation_ticket_without_an_end(self, work, register) -> None:
        take(work, Resource.ORDERS, order())

        outcome = take(register, Resource.PERMITS, permit(valid={"start": factories.at("00:00")}))

        assert outcome.created == 1
        ticket = models.Permit.objects.get()
        assert (ticket.valid_from, ticket.valid_until) == (factories.at("00:00"), None)

    def test_rejects_another_permit_without_an_end(self, work, register) -> None:
        take(work, Resource.ORDERS, order())

        outcome = take(register, Resource.PERMITS, permit(kind="TRAFFIC", valid={"start": factories.at("00:00")}))

        assert outcome.rejected == [("P-1", "has no end; only that of an excavation ticket follows from the law")]

    def test_a_permit_that_moves_changes_both_orders(self, work, register) -> None:
        take(work, Resource.ORDERS, order(), order("W-2"))
        take(register, Resource.PERMITS, permit())

        outcome = take(register, Resource.PERMITS, permit(version=2, order="W-2"))

        assert outcome.order_ids == set(models.WorkOrder.objects.values_list("pk", flat=True))

    def test_outages_set_the_customers_out_until_they_are_restored(self, work, register) -> None:
        take(work, Resource.ORDERS, order(customers_out=5))
        outage = messages.OutageMessage(reference="O-1", version=1, order="W-1", customers_out=40, started_at=NOW)
        second = outage.model_copy(update={"reference": "O-2", "customers_out": 2})

        outcome = take(register, Resource.OUTAGES, outage, second)
        assert outcome.order_ids == {models.WorkOrder.objects.get().pk}
        assert models.WorkOrder.objects.get().customers_out == 42

        over = {"version": 2, "restored_at": NOW + timedelta(hours=1)}
        take(register, Resource.OUTAGES, outage.model_copy(update=over))
        assert models.WorkOrder.objects.get().customers_out == 2
        assert take(register, Resource.OUTAGES, second).unchanged == 1

    def test_outages_win_over_what_the_order_says_itself(self, work, register) -> None:
        take(work, Resource.ORDERS, order())
        outage = messages.OutageMessage(reference="O-1", version=1, order="W-1", customers_out=4000, started_at=NOW)
        take(register, Resource.OUTAGES, outage)

        take(work, Resource.ORDERS, order(version=2, title="Another title"))
        take(work, Resource.ORDERS, order(version=3, customers_out=7))

        assert models.WorkOrder.objects.get().customers_out == 4000

    def test_an_outage_that_turns_out_to_be_another_order_s_counts_there(self, work, register) -> None:
        take(work, Resource.ORDERS, order(), order("W-2"))
        outage = messages.OutageMessage(reference="O-1", version=1, order="W-1", customers_out=40, started_at=NOW)
        take(register, Resource.OUTAGES, outage)

        outcome = take(register, Resource.OUTAGES, outage.model_copy(update={"version": 2, "order": "W-2"}))

        assert outcome.order_ids == set(models.WorkOrder.objects.values_list("pk", flat=True))
        assert dict(models.WorkOrder.objects.values_list("source_reference", "customers_out")) == {"W-1": 0, "W-2": 40}

    def test_rejects_an_outage_of_an_unknown_order(self, register: models.DownstreamSystem) -> None:
        outage = messages.OutageMessage(reference="O-1", version=1, order="W-1", customers_out=40, started_at=NOW)

        assert take(register, Resource.OUTAGES, outage).rejected == [("O-1", "order W-1 is not known")]
