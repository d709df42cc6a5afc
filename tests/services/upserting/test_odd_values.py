"""Records that are odd together or beside what is stored: taken as they are meant, or refused alone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DataError

from assignments import models
from assignments.downstream import messages
from assignments.downstream.messages import Resource
from assignments.services import upserting
from tests import factories
from tests.factories import LONG_AGO, NOW, at
from tests.records import crew, employee, order
from tests.services.upserting.calls import take

pytestmark = pytest.mark.django_db

DAYS = timedelta(days=1)


def shift(reference: str, start: datetime, end: datetime, version: int = 1, **values: Any) -> messages.ShiftMessage:
    period = {"start": start, "end": end}
    return messages.ShiftMessage(reference=reference, version=version, crew="C-1", period=period, **values)


class TestCertificates:
    @pytest.mark.parametrize(
        ("old", "renewed", "counts"),
        [
            ((LONG_AGO, NOW + DAYS), (NOW - DAYS, NOW + 9 * DAYS), (LONG_AGO, NOW + 9 * DAYS)),
            ((LONG_AGO, NOW + DAYS), (NOW + 2 * DAYS, NOW + 9 * DAYS), (LONG_AGO, NOW + DAYS)),
            ((LONG_AGO, NOW - 2 * DAYS), (NOW - DAYS, None), (NOW - DAYS, None)),
            ((LONG_AGO, NOW - 3 * DAYS), (NOW - 2 * DAYS, NOW - DAYS), (NOW - 2 * DAYS, NOW - DAYS)),
            ((LONG_AGO, None), (LONG_AGO, None), (LONG_AGO, None)),
        ],
    )
    def test_of_two_of_one_kind_the_later_valid_one_counts(
        self, workforce: models.DownstreamSystem, old: Any, renewed: Any, counts: Any
    ) -> None:
        factories.QualificationFactory(code="LINE")
        held = [{"qualification": "LINE", "issued": issued, "expires": expires} for issued, expires in (old, renewed)]

        take(workforce, Resource.EMPLOYEES, employee("E-1", held=held), employee("E-2", held=held[::-1]))

        rows = models.HeldQualification.objects.values_list("issued_at", "expires_at")
        assert list(rows) == [counts, counts]

    def test_one_that_is_over_before_it_begins_is_left_out_and_said(self, workforce: models.DownstreamSystem) -> None:
        factories.QualificationFactory(code="LINE")
        held = ({"qualification": "LINE", "issued": NOW, "expires": LONG_AGO},)

        outcome = take(workforce, Resource.EMPLOYEES, employee(held=held))

        assert outcome.questioned == [("E-1", "LINE expires before it was issued, and is left out")]
        assert (models.Employee.objects.count(), models.HeldQualification.objects.count()) == (1, 0)


class TestMembers:
    def test_one_who_joins_twice_at_once_stays_as_long_as_either(self, workforce: models.DownstreamSystem) -> None:
        take(workforce, Resource.EMPLOYEES, employee())
        joined = tuple(messages.MembershipMessage(employee="E-1", since=LONG_AGO, until=end) for end in (NOW, None))

        take(workforce, Resource.CREWS, crew().model_copy(update={"members": joined}))

        assert models.CrewMembership.objects.get().ends_at is None

    def test_one_who_leaves_before_joining_is_left_out_and_said(self, workforce: models.DownstreamSystem) -> None:
        take(workforce, Resource.EMPLOYEES, employee())
        joined = (messages.MembershipMessage(employee="E-1", since=NOW, until=LONG_AGO),)

        outcome = take(workforce, Resource.CREWS, crew().model_copy(update={"members": joined}))

        assert outcome.questioned == [("C-1", "employee E-1 leaves before joining, and is left out")]
        assert models.CrewMembership.objects.count() == 0


class TestShifts:
    @pytest.fixture(autouse=True)
    def _crew(self, workforce: models.DownstreamSystem) -> None:
        take(workforce, Resource.EMPLOYEES, employee())
        take(workforce, Resource.CREWS, crew())

    def test_the_same_one_twice_is_one(self, workforce: models.DownstreamSystem) -> None:
        outcome = take(
            workforce, Resource.SHIFTS, shift("S-1", at("06:00"), at("14:00")), shift("S-2", at("06:00"), at("14:00"))
        )

        assert outcome.rejected == [("S-2", "is at the same time as shift S-1 of crew C-1")]
        assert (outcome.unresolved, outcome.at_fault) == ({"S-2"}, {"S-2": "period"})
        assert models.Shift.objects.get().source_reference == "S-1"

    def test_one_that_overlaps_waits_until_the_other_is_cancelled(self, workforce: models.DownstreamSystem) -> None:
        early, late = (at("06:00"), at("14:00")), (at("13:00"), at("20:00"))
        take(workforce, Resource.SHIFTS, shift("S-1", *early))

        outcome = take(workforce, Resource.SHIFTS, shift("S-2", *late))
        assert outcome.rejected == [("S-2", "overlaps shift S-1 of crew C-1")]

        take(workforce, Resource.SHIFTS, shift("S-1", *early, version=2, cancelled=True))
        assert take(workforce, Resource.SHIFTS, shift("S-2", *late)).created == 1

    def test_two_may_exchange_their_times(self, workforce: models.DownstreamSystem) -> None:
        early, late = (at("06:00"), at("14:00")), (at("14:00"), at("22:00"))
        take(workforce, Resource.SHIFTS, shift("S-1", *early), shift("S-2", *late))

        outcome = take(workforce, Resource.SHIFTS, shift("S-1", *late, version=2), shift("S-2", *early, version=2))

        assert (outcome.updated, outcome.rejected) == (2, [])

    def test_the_same_record_once_more_is_no_second_shift(self, workforce: models.DownstreamSystem) -> None:
        take(workforce, Resource.SHIFTS, shift("S-1", at("06:00"), at("14:00")))

        assert take(workforce, Resource.SHIFTS, shift("S-1", at("06:00"), at("14:00"))).unchanged == 1


class TestExchangedNames:
    @pytest.fixture(autouse=True)
    def _crews(self, workforce: models.DownstreamSystem) -> None:
        take(workforce, Resource.EMPLOYEES, employee())
        take(workforce, Resource.CREWS, crew("C-1", name="Line 1"), crew("C-2", name="Line 2"))

    def names(self) -> dict[str, str]:
        return dict(models.Crew.objects.values_list("source_reference", "name"))

    def test_are_taken(self, workforce: models.DownstreamSystem) -> None:
        swapped = crew("C-1", 2, name="Line 2"), crew("C-2", 2, name="Line 1")

        assert take(workforce, Resource.CREWS, *swapped).updated == 2
        assert self.names() == {"C-1": "Line 2", "C-2": "Line 1"}

    def test_are_taken_in_a_ring_with_a_new_crew(self, workforce: models.DownstreamSystem) -> None:
        ring = crew("C-3", name="Line 1"), crew("C-1", 2, name="Line 2"), crew("C-2", 2, name="Line 3")

        assert take(workforce, Resource.CREWS, *ring).rejected == []
        assert self.names() == {"C-1": "Line 2", "C-2": "Line 3", "C-3": "Line 1"}

    def test_one_alone_waits_for_the_other(self, workforce: models.DownstreamSystem) -> None:
        outcome = take(workforce, Resource.CREWS, crew("C-1", 2, name="Line 2"), crew("C-3", name="Line 1"))

        assert outcome.unresolved == {"C-1", "C-3"}
        assert self.names() == {"C-1": "Line 1", "C-2": "Line 2"}

    def test_a_crew_keeps_its_name_before_another_gets_it(self, workforce: models.DownstreamSystem) -> None:
        outcome = take(workforce, Resource.CREWS, crew("C-1", 2, name="Line 2"), crew("C-2", 2, name="Line 2"))

        assert [reference for reference, _ in outcome.rejected] == ["C-1"]


class TestOrders:
    def test_the_same_need_twice_is_one_for_the_larger_number(self, work: models.DownstreamSystem) -> None:
        factories.QualificationFactory(code="LINE")

        take(work, Resource.ORDERS, order(needs=[{"qualification": "LINE"}, {"qualification": "LINE", "people": 2}]))

        assert models.OrderNeed.objects.get().people == 2

    def test_text_that_was_mended_is_taken_and_said(self, work: models.DownstreamSystem) -> None:
        record = messages.OrderMessage.read({**order().model_dump(), "address": "x" * 201, "title": "a\x00b"})

        outcome = take(work, Resource.ORDERS, record)

        row = models.WorkOrder.objects.get()
        assert (row.title, row.address) == ("a b", "x" * 199 + "…")
        assert outcome.questioned == [
            ("W-1", "title held characters that nothing can show"),
            ("W-1", "address was shortened to 200 characters"),
        ]

    def test_outages_beyond_the_column_are_as_many_as_it_holds(
        self, work: models.DownstreamSystem, register: models.DownstreamSystem
    ) -> None:
        take(work, Resource.ORDERS, order())
        many = [
            messages.OutageMessage(
                reference=f"O-{n}", version=1, order="W-1", customers_out=100_000_000, started_at=NOW
            )
            for n in range(25)
        ]

        take(register, Resource.OUTAGES, *many)

        assert models.WorkOrder.objects.get().customers_out == 2_000_000_000

    def test_one_that_the_database_refuses_is_refused_alone(
        self, work: models.DownstreamSystem, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        taker = upserting._TAKERS[Resource.ORDERS]

        def fragile(batch: Any, records: Any) -> None:
            taker(batch, records)
            if any(record.reference == "W-2" for record in records):
                raise DataError("integer out of range")

        monkeypatch.setitem(upserting._TAKERS, Resource.ORDERS, fragile)

        outcome = take(work, Resource.ORDERS, *(order(f"W-{n}") for n in range(1, 6)))

        assert outcome.rejected == [("W-2", "cannot be stored; tell an administrator")]
        assert models.WorkOrder.objects.count() == outcome.created == 4
