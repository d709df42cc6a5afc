"""Records that a complete list no longer has have ended; a person is asked before many of them end at once."""

from __future__ import annotations

from typing import Any

import pytest

from assignments import models
from assignments.downstream import messages
from assignments.downstream.messages import Resource
from assignments.services.following import rereading
from notifications.models import Notification
from tests import factories
from tests.factories import NOW
from tests.records import order
from tests.services.following.calls import Sources, again, follow, followed

pytestmark = pytest.mark.django_db


@pytest.fixture
def complete(sources: Sources) -> Sources:
    """All three list all they have, each time, and have been read."""
    models.DownstreamSystem.objects.update(lists="COMPLETE")
    follow()
    return sources


def outages(count: int) -> list[messages.OutageMessage]:
    return [
        messages.OutageMessage(reference=f"O-{n}", version=2, order="W-2", customers_out=1, started_at=NOW)
        for n in range(count)
    ]


class TestCompleteLists:
    def test_an_outage_that_is_not_listed_any_more_is_over(self, complete: Sources) -> None:
        complete["permits"].world[Resource.OUTAGES] = []

        again()

        assert models.Outage.objects.get().restored_at == NOW
        assert models.WorkOrder.objects.get(source_reference="W-1").customers_out == 0

    def test_an_order_that_was_deleted_is_cancelled_and_may_come_back(self, complete: Sources) -> None:
        [first, second] = complete["work"].world[Resource.ORDERS]
        complete["work"].world[Resource.ORDERS] = [second]
        again()
        row = models.WorkOrder.objects.get(source_reference="W-1")
        assert (row.status, row.vanished_at) == ("CANCELLED", NOW)
        assert models.AuditEntry.objects.get(verb="order.vanished").order == row

        complete["work"].world[Resource.ORDERS] = [first, second]
        again()

        row.refresh_from_db()
        assert (row.status, row.vanished_at) == ("READY", None)

    @pytest.mark.parametrize(
        ("resource", "ended"),
        [
            (Resource.PERMITS, lambda: models.Permit.objects.get().status == "CANCELLED"),
            (Resource.SHIFTS, lambda: models.Shift.objects.get().cancelled),
            (Resource.ABSENCES, lambda: models.Absence.objects.get().cancelled),
            (Resource.CREWS, lambda: not models.Crew.objects.get().active),
            (Resource.EMPLOYEES, lambda: not models.Employee.objects.get().active),
            (Resource.EQUIPMENT, lambda: models.Equipment.objects.get().crew is None),
        ],
    )
    def test_each_collection_ends_what_it_no_longer_has(self, complete: Sources, resource: Any, ended: Any) -> None:
        [source] = [one for one in complete.values() if resource in one.world]
        source.world[resource] = []

        again()

        assert ended()

    def test_a_record_that_is_refused_is_still_listed(self, complete: Sources) -> None:
        complete["work"].world[Resource.ORDERS][0] = {"reference": "W-1", "version": 99}

        again()

        assert models.WorkOrder.objects.get(source_reference="W-1").status == "READY"

    def test_nothing_is_known_to_be_missing_where_a_record_has_no_name(self, complete: Sources) -> None:
        complete["work"].world[Resource.ORDERS] = ["nonsense"]

        again()

        assert models.WorkOrder.objects.filter(status="READY").count() == 2

    def test_what_was_entered_by_hand_stays(self, complete: Sources, district: models.District) -> None:
        by_hand = factories.OrderFactory(district=district)

        again()

        by_hand.refresh_from_db()
        assert by_hand.status != "CANCELLED"

    def test_a_source_that_says_what_has_changed_ends_nothing_by_silence(self, sources: Sources) -> None:
        follow()
        sources["work"].world[Resource.ORDERS] = []

        again()

        assert not models.WorkOrder.objects.filter(status="CANCELLED").exists()


class TestTooMany:
    @pytest.fixture
    def emptied(self, complete: Sources, mara: Any) -> Sources:
        """An outage system that had ten outages and lists four."""
        complete["permits"].world[Resource.OUTAGES] = outages(10)
        again()
        complete["permits"].world[Resource.OUTAGES] = outages(4)
        again()
        return complete

    def test_a_person_is_asked_before_more_than_a_fifth_is_ended(self, emptied: Sources, mara: Any) -> None:
        assert models.Outage.objects.filter(restored_at=None).count() == 10 + 1 - 1
        [asked] = followed("permits").missing.values()
        assert (asked["count"], asked["of"]) == (6, 10)
        again()
        [told] = Notification.objects.filter(user=mara, kind="source")
        assert "no longer lists 6 of 10 outages" in told.title

    def test_a_person_ends_them(self, emptied: Sources, mara: Any) -> None:
        system = models.DownstreamSystem.objects.get(code="permits")

        rereading.close_missing(system=system, by=mara, now=NOW)
        again()

        assert models.Outage.objects.filter(restored_at=None).count() == 4
        assert (followed("permits").missing, followed("permits").may_close) == ({}, False)
        assert models.AuditEntry.objects.get(verb="source.missing-closed").actor == mara

    def test_nothing_is_asked_any_more_once_they_are_listed_again(self, emptied: Sources, mara: Any) -> None:
        emptied["permits"].world[Resource.OUTAGES] = outages(10)

        again()

        assert followed("permits").missing == {}
        with pytest.raises(rereading.NothingMissing):
            rereading.close_missing(system=models.DownstreamSystem.objects.get(code="permits"), by=mara, now=NOW)


class TestReadAgain:
    def test_everything_is_read_and_taken_whatever_is_stored(self, sources: Sources, mara: Any) -> None:
        follow()
        models.WorkOrder.objects.filter(source_reference="W-1").update(title="Spoiled", source_version=99)
        sources["work"].world[Resource.ORDERS] = sources["work"].world[Resource.ORDERS][:1]

        rereading.read_again(system=models.DownstreamSystem.objects.get(code="work"), by=mara, now=NOW)
        follow()

        assert sources["work"].since(Resource.ORDERS) == ["0", "0"]
        row = models.WorkOrder.objects.get(source_reference="W-1")
        assert (row.title, row.source_version) == ("Replace cross-arm", 3)
        assert models.WorkOrder.objects.get(source_reference="W-2").status == "CANCELLED"
        assert models.AuditEntry.objects.get(verb="source.read-again").actor == mara

    def test_of_a_system_that_is_no_source_nothing_can_be_read(self, mara: Any) -> None:
        system = factories.DownstreamSystemFactory(is_source=False)

        with pytest.raises(rereading.NotASource):
            rereading.read_again(system=system, by=mara, now=NOW)


def test_managers_hear_once_that_a_system_was_restored(sources: Sources, mara: Any) -> None:
    follow()
    sources["work"].version = 2
    sources["work"].world[Resource.ORDERS] = [order("W-1", 1)]

    again()
    again()

    [told] = Notification.objects.filter(user=mara, kind="source")
    assert "was restored from a copy" in told.title
