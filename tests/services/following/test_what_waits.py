"""Records that wait for what they name, or for a district that is not set up yet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.downstream.messages import Resource
from assignments.services.following import quarantine, trying_again
from notifications.models import Notification
from tests import factories
from tests.factories import NOW
from tests.records import order
from tests.services.following.calls import Sources, follow

pytestmark = pytest.mark.django_db

LATER = NOW + quarantine.WAITED


@pytest.fixture
def waiting(sources: Sources) -> models.RefusedRecord:
    """An emergency that comes before what it waits for."""
    sources["work"].world[Resource.ORDERS] += [order("W-8", priority="EMERGENCY", prerequisites=("W-7",))]
    follow()
    return models.RefusedRecord.objects.get()


def test_managers_are_told_once_of_an_emergency_that_waits(waiting: Any, mara: Any, vic: Any, stella: Any) -> None:
    for after in (timedelta(), timedelta(minutes=1), timedelta(hours=3)):
        quarantine.tell_of_waiting(now=LATER + after)

    entry = Notification.objects.get(kind="source")
    assert entry.user == mara
    assert "W-8 prerequisite W-7 is not known" in entry.title


def test_nobody_is_told_of_what_is_taken_a_moment_later(waiting: Any, mara: Any) -> None:
    quarantine.tell_of_waiting(now=LATER - timedelta(seconds=1))
    assert not Notification.objects.filter(kind="source").exists()

    models.RefusedRecord.objects.update(is_grave=False)
    quarantine.tell_of_waiting(now=LATER)

    assert not Notification.objects.filter(kind="source").exists()


def test_records_of_a_district_are_taken_when_it_is_set_up(sources: Sources) -> None:
    models.DownstreamSystem.objects.filter(code="work").update(answers_for="ALL")
    sources["work"].world[Resource.ORDERS] += [order("W-8", district="WEST"), order("W-9", district="EAST")]
    follow()
    assert trying_again.take_of_new_districts(now=LATER) == 0

    west = factories.DistrictFactory(code="WEST")

    assert trying_again.take_of_new_districts(now=LATER) == 1
    assert models.WorkOrder.objects.get(source_reference="W-8").district == west
    assert models.RefusedRecord.objects.get().reference == "W-9"


def test_one_that_is_wrong_otherwise_is_kept_for_the_district(sources: Sources) -> None:
    models.DownstreamSystem.objects.filter(code="work").update(answers_for="ALL")
    sources["work"].world[Resource.ORDERS] += [order("W-8", district="WEST", number="WO-W-1")]
    follow()

    west = factories.DistrictFactory(code="WEST")
    taken = trying_again.take_of_new_districts(now=LATER)

    kept = models.RefusedRecord.objects.get()
    assert (taken, kept.district, kept.field) == (0, west, "number")
