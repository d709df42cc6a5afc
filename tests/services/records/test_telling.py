"""Managers are told of an emergency when it arrives, once."""

from __future__ import annotations

import pytest

from assignments import models
from assignments.downstream.messages import Resource
from assignments.services import upserting
from assignments.services.inputs import consequences
from notifications.models import Notification
from tests import factories, records

pytestmark = pytest.mark.django_db


def arrives(now, **values):
    """Treatment of an order that a gathering reads."""
    system = factories.DownstreamSystemFactory(code="work")
    record = records.order(**{"kind": "TROUBLE", "title": "Conductor down", **values})
    outcome = upserting.upsert(system=system, resource=Resource.ORDERS, records=[record], now=now)
    consequences.follow(order_ids=outcome.order_ids, crew_ids=outcome.crew_ids, now=now)


def test_every_manager_gets_the_way_to_who_can_be_there_first(mara, jonas, vic, stella, now):
    arrives(now, priority="EMERGENCY", customers_out=1204)

    notes = Notification.objects.order_by("user__username")
    assert [note.user for note in notes] == [jonas, mara]
    assert (notes[0].title, notes[0].url) == ("Emergency: WO-W-1 needs a crew", "/orders/WO-W-1/emergency/")
    assert notes[0].body == "Conductor down, 1,204 customers out. See who can be there first."


def test_once_however_often_it_changes(mara, now):
    arrives(now, priority="EMERGENCY")
    arrives(now, priority="EMERGENCY", version=2, title="Conductor down on a car")

    assert Notification.objects.count() == 1


def test_also_when_it_becomes_one(mara, now):
    arrives(now, priority="HIGH")
    arrives(now, priority="EMERGENCY", version=2)

    assert Notification.objects.count() == 1


@pytest.mark.parametrize("values", [{"priority": "URGENT"}, {"priority": "EMERGENCY", "status": "IN_PROGRESS"}])
def test_not_of_what_can_wait_or_has_its_people(mara, now, values):
    arrives(now, **values)

    assert not Notification.objects.exists()


def test_not_of_one_that_has_a_crew(mara, now, district):
    order = factories.OrderFactory(district=district, priority=models.WorkOrder.Priority.EMERGENCY)
    factories.AssignmentFactory(order=order)

    consequences.follow(order_ids={order.pk}, crew_ids=(), now=now)

    assert not Notification.objects.exists()
