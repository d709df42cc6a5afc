"""Every source is read at its interval, by one worker at a time, and stored as it comes."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.downstream.messages import Resource
from assignments.services.following import leasing
from assignments.tasks import following
from notifications.models import Event, Notification
from tests import factories
from tests.downstream.conftest import Answer, Asked, page
from tests.factories import NOW
from tests.records import order
from tests.services.following.calls import Clock, Sources, again, follow, followed, mark

pytestmark = pytest.mark.django_db


class TestFollowing:
    def test_takes_everything_from_all_sources(self, sources: Sources) -> None:
        assert follow()

        first = models.WorkOrder.objects.get(source_reference="W-1")
        assert (first.needs.count(), first.permits.count(), first.customers_out, first.status) == (1, 1, 40, "READY")
        assert models.Crew.objects.get().shifts.count() == 1
        assert set(models.FollowedSource.objects.values_list("system__code", "read_at", "records", "detail")) == {
            ("permits", NOW, 2, ""),
            ("work", NOW, 2, ""),
            ("workforce", NOW, 6, ""),
        }
        assert set(models.DownstreamSystem.objects.values_list("last_gathered_at", flat=True)) == {NOW}
        assert not models.WaitingRecord.objects.exists()

    def test_an_emergency_reaches_the_board_and_the_inbox_without_anybody_asking(
        self, sources: Sources, district: models.District, mara: Any
    ) -> None:
        """Nothing was read unless somebody pressed Suggest."""
        follow()
        sources["work"].world[Resource.ORDERS] += [order("W-9", 11, priority="EMERGENCY", title="Line down")]

        again()

        new = models.WorkOrder.objects.get(source_reference="W-9")
        told = Event.objects.filter(type="order.changed", channel=f"district:{district.pk}", data__order=new.pk)
        assert told.exists()
        assert (
            Notification.objects.get(user=mara, kind="order.emergency").title == f"Emergency: {new.number} needs a crew"
        )

    def test_asks_only_for_what_is_newer_next_time(self, sources: Sources) -> None:
        follow()
        changed = models.FollowedSource.objects.values_list("changed_at", flat=True)
        before = set(changed)

        again(NOW + timedelta(minutes=1))

        assert sources["work"].since(Resource.ORDERS) == ["0", "9"]
        assert sources["permits"].since(Resource.OUTAGES) == ["0", "9"]
        assert set(changed) == before

    def test_is_read_again_within_its_interval(self, sources: Sources) -> None:
        models.DownstreamSystem.objects.filter(code="work").update(read_every_seconds=5)
        follow()

        waits = {one.system.code: (one.due_at - NOW).total_seconds() for one in models.FollowedSource.objects.all()}

        assert 4 <= waits["work"] <= 5
        assert 48 <= waits["workforce"] <= 60
        assert 24 <= waits["permits"] <= 30
        follow(NOW + timedelta(seconds=3))
        assert len(sources["work"].http.asked) == 1

    def test_is_read_once_more_when_somebody_asked_meanwhile(self, sources: Sources) -> None:
        [row] = leasing.claim(owner="worker-1", now=NOW, among=[models.DownstreamSystem.objects.get(code="work").pk])
        leasing.ask(now=NOW + timedelta(seconds=1))

        leasing.end(following=row, owner="worker-1", now=NOW + timedelta(seconds=2), failed=False, detail="")

        assert followed("work").due_at == NOW + timedelta(seconds=2)

    def test_marks_are_kept_for_each_district(self, sources: Sources, elsewhere: models.District) -> None:
        follow()

        asked = [each.query for each in sources["work"].http.asked]
        assert [(query["district"], query["since"]) for query in asked] == [("NORTH", "0"), ("SOUTH", "0")]

    def test_all_districts_at_once_where_the_source_can(self, sources: Sources, elsewhere: models.District) -> None:
        models.DownstreamSystem.objects.update(answers_for="ALL")

        follow()

        assert [each.query for each in sources["work"].http.asked] == [{"since": "0", "page": "1"}]
        assert mark("work", "orders")["since"] == 9

    def test_leaves_disabled_systems_and_mere_targets_out(self, sources: Sources) -> None:
        models.DownstreamSystem.objects.filter(code="permits").update(enabled=False)
        models.DownstreamSystem.objects.filter(code="workforce").update(is_source=False)

        follow()

        assert [one.system.code for one in models.FollowedSource.objects.all()] == ["work"]


class TestLeases:
    def test_a_source_is_read_by_one_worker_at_a_time(self, sources: Sources) -> None:
        leasing.claim(owner="other", now=NOW, among=models.DownstreamSystem.objects.values_list("pk", flat=True))

        assert follow()

        assert not any(source.http.asked for source in sources.values())

    def test_goes_on_where_a_worker_that_died_had_stopped(self, sources: Sources) -> None:
        def two_pages(asked: Asked) -> Answer:
            number = int(asked.query["page"])
            if number == 2 and not over.is_set():
                over.set()
                return Answer(404)
            return page(order(f"W-{number}"), version=9, next=2 if number == 1 else None)

        over = threading.Event()
        sources["work"].before = two_pages
        follow()
        assert models.WorkOrder.objects.count() == 1
        assert followed("work").failed_at == NOW

        again()

        assert [asked.query["page"] for asked in sources["work"].http.asked] == ["1", "2", "2"]
        assert models.WorkOrder.objects.count() == 2

    def test_a_worker_that_lost_its_lease_writes_nothing(self, sources: Sources) -> None:
        def taken(asked: Asked) -> None:
            leased.wait(180)

        leased = threading.Event()
        sources["work"].before = taken
        worker = following.SourceFollower(owner="worker-1", now_fn=lambda: NOW)
        worker.look()
        worker.turn()
        models.FollowedSource.objects.filter(system__code="work").update(lease_owner="heir")
        leased.set()

        worker.finish(90)

        assert not models.WorkOrder.objects.exists()
        assert followed("work").lease_owner == "heir"


class TestChunks:
    def test_each_is_stored_when_it_has_come(self, sources: Sources) -> None:
        """A collection used to be stored only when its last page had come, within a minute."""
        models.DownstreamSystem.objects.exclude(code="work").update(enabled=False)
        stored: list[int] = []

        def slowly(asked: Asked) -> Answer:
            number = int(asked.query["page"])
            return page(
                *(order(f"W-{number}-{n}") for n in range(20)), version=9, next=number + 1 if number < 5 else None
            )

        sources["work"].before = slowly
        worker = following.SourceFollower(owner="worker-1", now_fn=lambda: NOW)
        worker.look()
        while not followed_to_the_end("work"):
            worker.turn()
            stored.append(models.WorkOrder.objects.count())

        assert models.WorkOrder.objects.count() == 100
        assert worker.finish(1)

    def test_a_source_that_changes_all_the_time_gets_its_mark(self, sources: Sources) -> None:
        def ever_newer(asked: Asked) -> Answer:
            number = int(asked.query["page"])
            return page(order(f"W-{number}"), version=8 + number, next=number + 1 if number < 3 else None)

        sources["work"].before = ever_newer

        follow()

        assert mark("work", "orders")["since"] == 9

    def test_mark_and_rows_are_one_transaction(self, sources: Sources, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(**values: Any) -> None:
            raise LookupError("a mistake")

        with monkeypatch.context() as while_broken:
            while_broken.setattr("assignments.services.records.events.order_changed", broken)
            follow()

        assert not models.WorkOrder.objects.exists()
        assert not models.ReadingMark.objects.filter(resource="orders").exists()
        assert "an error in Lineup" in followed("work").detail
        again()
        assert models.WorkOrder.objects.count() == 2


def followed_to_the_end(code: str) -> bool:
    return models.FollowedSource.objects.filter(system__code=code, read_at__isnull=False).exists()


class TestOrderOfArrival:
    def test_nothing_is_lost_when_qualifications_come_last(self, sources: Sources) -> None:
        read = threading.Event()

        def late(asked: Asked) -> None:
            assert read.wait(180)

        sources["workforce"].before = late
        worker = following.SourceFollower(owner="worker-1", now_fn=Clock())
        worker.look()
        while not followed_to_the_end("permits"):
            worker.turn()
        assert models.WaitingRecord.objects.count() >= 1
        read.set()

        assert worker.finish(90)

        assert models.Crew.objects.count() == 1
        assert models.WorkOrder.objects.get(source_reference="W-1").permits.count() == 1
        assert not models.WaitingRecord.objects.exists()

    def test_a_record_that_names_nothing_known_waits_with_its_reason(self, sources: Sources) -> None:
        sources["work"].before = lambda asked: Answer(404)
        follow()
        assert models.WaitingRecord.objects.get(reference="P-1").reason == "order W-1 is not known"
        assert mark("permits", "permits")["since"] == 9
        again(NOW + timedelta(minutes=1))
        assert "P-1 order W-1 is not known" in followed("permits").detail

        sources["work"].before = lambda asked: None
        again(NOW + timedelta(minutes=2))

        assert models.Permit.objects.count() == 1
        assert not models.WaitingRecord.objects.exists()

    def test_a_newer_version_takes_the_place_of_one_that_waits(self, sources: Sources) -> None:
        sources["work"].before = lambda asked: Answer(404)
        follow()
        [permit] = sources["permits"].world[Resource.PERMITS]
        sources["permits"].world[Resource.PERMITS] = [permit.model_copy(update={"version": 20, "status": "SUSPENDED"})]
        again()
        sources["work"].before = lambda asked: None

        again(NOW + timedelta(minutes=1))

        assert models.Permit.objects.get().status == "SUSPENDED"


class TestEpochs:
    def test_a_source_that_was_restored_from_a_copy_is_heard_again(self, sources: Sources) -> None:
        """Versions lower than ours were ignored for years."""
        follow()
        sources["work"].version = 2
        sources["work"].world[Resource.ORDERS] = [order("W-1", 1, title="As of the copy")]

        again()

        assert models.WorkOrder.objects.get(source_reference="W-1").title == "As of the copy"
        row = models.ReadingMark.objects.get(resource="orders")
        assert (row.epoch, row.mark["since"]) == (2, 2)


class TestBadRecords:
    def test_are_named_and_the_rest_is_taken(self, sources: Sources) -> None:
        sources["work"].world[Resource.ORDERS] += [
            {"reference": "W-8", "version": 1},
            order("W-9", district="NOWHERE"),
        ]

        follow()

        assert followed("work").detail == (
            "2 records were not taken: W-8 district: Field required; W-9 district NOWHERE is not set up"
        )
        assert models.WorkOrder.objects.count() == 2


def test_an_order_s_own_customers_do_not_undo_its_outages(sources: Sources) -> None:
    follow()
    sources["work"].world[Resource.ORDERS] = [order("W-1", 12, needs=({"qualification": "LINE"},))]

    again()

    assert models.WorkOrder.objects.get(source_reference="W-1").customers_out == 40


def test_what_was_read_by_a_file_keeps_its_own_row(sources: Sources, district: models.District) -> None:
    factories.OrderFactory(district=district, number="WO-by-hand")

    follow()

    assert models.WorkOrder.objects.filter(source=None).count() == 1
