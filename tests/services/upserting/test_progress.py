from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connections

from assignments import models
from assignments.downstream.messages import Resource
from assignments.services import upserting
from tests import factories
from tests.records import order
from tests.services.upserting.calls import take

pytestmark = pytest.mark.django_db


class TestOrderStatus:
    @pytest.mark.parametrize(
        ("ours", "theirs", "then"),
        [
            ("WAITING", "RECEIVED", "WAITING"),
            ("READY", "RECEIVED", "READY"),
            ("SCHEDULED", "RECEIVED", "SCHEDULED"),
            ("DISPATCHED", "RECEIVED", "READY"),
            ("COMPLETED", "RECEIVED", "READY"),
            ("READY", "DISPATCHED", "DISPATCHED"),
            ("SCHEDULED", "CLOSED", "CLOSED"),
            ("WAITING", "CANCELLED", "CANCELLED"),
        ],
    )
    def test_follows_work_management_without_losing_our_own_words(
        self, work: models.DownstreamSystem, ours: str, theirs: str, then: str
    ) -> None:
        take(work, Resource.ORDERS, order())
        models.WorkOrder.objects.update(status=ours)

        take(work, Resource.ORDERS, order(version=2, status=theirs))

        assert models.WorkOrder.objects.get().status == then

    def test_refuses_to_wake_a_cancelled_order(self, work: models.DownstreamSystem) -> None:
        take(work, Resource.ORDERS, order(status="CANCELLED"))

        outcome = take(work, Resource.ORDERS, order(version=2, status="IN_PROGRESS"))

        assert outcome.rejected == [("W-1", "an order that is cancelled cannot become in progress")]

    @pytest.mark.parametrize(
        ("theirs", "then"),
        [
            ("RECEIVED", "APPROVED"),
            ("DISPATCHED", "DISPATCHED"),
            ("IN_PROGRESS", "DISPATCHED"),
            ("COMPLETED", "COMPLETED"),
            ("CANCELLED", "APPROVED"),
        ],
    )
    def test_the_live_assignment_follows_the_field(self, work: models.DownstreamSystem, theirs: str, then: str) -> None:
        take(work, Resource.ORDERS, order())
        models.WorkOrder.objects.update(status="SCHEDULED")
        assignment = factories.AssignmentFactory(order=models.WorkOrder.objects.get())

        take(work, Resource.ORDERS, order(version=2, status=theirs))

        assignment.refresh_from_db()
        assert assignment.status == then

    def test_field_work_that_is_taken_back_waits_for_the_manager_to_undo_it(
        self, work: models.DownstreamSystem
    ) -> None:
        take(work, Resource.ORDERS, order(status="DISPATCHED"))
        factories.AssignmentFactory(order=models.WorkOrder.objects.get(), status="DISPATCHED")

        take(work, Resource.ORDERS, order(version=2, status="RECEIVED", title="Changed"))

        row = models.WorkOrder.objects.get()
        assert (row.status, row.title) == ("DISPATCHED", "Changed")

    def test_names_the_orders_that_waited_for_a_completed_one(self, work: models.DownstreamSystem) -> None:
        take(work, Resource.ORDERS, order(prerequisites=("W-2",)), order("W-2"))

        outcome = take(work, Resource.ORDERS, order("W-2", version=2, status="COMPLETED"))

        assert outcome.order_ids == set(models.WorkOrder.objects.values_list("pk", flat=True))


class TestTogether:
    def test_a_failure_takes_the_whole_call_back(self, work: models.DownstreamSystem, monkeypatch) -> None:
        def fail(*args: Any) -> None:
            raise RuntimeError("the machine stopped")

        monkeypatch.setattr(upserting.orders, "_carry_to_assignments", fail)

        with pytest.raises(RuntimeError):
            take(work, Resource.ORDERS, order())

        assert not models.WorkOrder.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_two_workers_with_the_same_records_make_each_row_once(self, work: models.DownstreamSystem) -> None:
        start = threading.Barrier(2)
        outcomes: list[upserting.Upserted] = []

        def gather() -> None:
            try:
                start.wait(60)
                outcomes.append(take(work, Resource.ORDERS, *(order(f"W-{n}") for n in range(20))))
            finally:
                connections.close_all()

        workers = [threading.Thread(target=gather) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(120)

        assert sorted((each.created, each.unchanged) for each in outcomes) == [(0, 20), (20, 0)]
        assert models.WorkOrder.objects.count() == 20
