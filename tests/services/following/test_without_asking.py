"""Changes at the sources that nobody saw until somebody pressed Suggest: each reaches open boards by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.downstream import messages
from assignments.downstream.messages import Resource
from notifications.models import Event
from tests import factories
from tests.factories import NOW, at
from tests.records import order, permit
from tests.services.following.calls import Sources, again, follow

pytestmark = pytest.mark.django_db


@pytest.fixture
def followed(sources: Sources) -> Sources:
    """All three systems, read once."""
    follow()
    Event.objects.all().delete()
    return sources


def changed(sources: Sources, system: str, resource: Resource, *records: Any) -> list[models.WorkOrder]:
    """The orders of which open boards hear once these records have come, without anybody asking."""
    kept = [one for one in sources[system].world[resource] if one.reference not in {new.reference for new in records}]
    sources[system].world[resource] = [*kept, *records]
    sources[system].version = 12
    again(NOW + timedelta(minutes=1))
    told = Event.objects.filter(type="order.changed").values_list("data__order", flat=True)
    return list(models.WorkOrder.objects.filter(pk__in=set(told)))


def test_a_permit_that_is_suspended(followed: Sources) -> None:
    told = changed(followed, "permits", Resource.PERMITS, permit("P-1", 12, status="SUSPENDED"))

    assert [one.source_reference for one in told] == ["W-1"]
    assert models.Permit.objects.get().status == "SUSPENDED"


def test_an_order_that_is_cancelled(followed: Sources) -> None:
    told = changed(followed, "work", Resource.ORDERS, order("W-2", 12, status="CANCELLED"))

    assert [(one.source_reference, one.status) for one in told] == [("W-2", "CANCELLED")]


def test_somebody_who_calls_in_sick(followed: Sources) -> None:
    booked = factories.AssignmentFactory(
        order=models.WorkOrder.objects.get(source_reference="W-2"), crew=models.Crew.objects.get()
    )
    period = {"start": booked.starts_at - timedelta(hours=1), "end": booked.ends_at + timedelta(hours=1)}
    sick = messages.AbsenceMessage(reference="A-2", version=12, employee="E-1", period=period, kind="SICK")

    told = changed(followed, "workforce", Resource.ABSENCES, sick)

    assert booked.order in told
    assert models.Absence.objects.filter(kind="SICK").count() == 1


def test_an_outage_whose_area_has_more_than_two_hundred_characters(followed: Sources) -> None:
    area = "Between Mill Road and the river, north of the old bridge, " * 4
    outage = messages.OutageMessage.read({
        "reference": "O-9", "version": 12, "order": "W-2", "feeder": area, "customers_out": 1136,
        "started_at": at("05:00"),
    })  # fmt: skip

    told = changed(followed, "permits", Resource.OUTAGES, outage)

    assert [(one.source_reference, one.customers_out) for one in told] == [("W-2", 1136)]
    assert not models.RefusedRecord.objects.exists()


def test_the_reason_of_a_refusal_stays_after_later_readings(followed: Sources) -> None:
    bent = {**order("W-8", 12).model_dump(mode="json"), "title": ""}
    followed["work"].world[Resource.ORDERS] += [bent]
    followed["work"].version = 12

    for minutes in range(1, 4):
        again(NOW + timedelta(minutes=minutes))

    kept = models.RefusedRecord.objects.get()
    assert (kept.reference, kept.field, kept.reason) == ("W-8", "title", "title: is blank")
