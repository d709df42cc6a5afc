"""Results of the engine are stored as they come, and never over a decision."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.engine import planning
from assignments.engine.ranking.candidates import RankedJob
from assignments.services.decisions import approving, rejecting
from assignments.services.records import events
from assignments.services.runs import suggesting
from assignments.services.snapshots import snapshotting
from notifications.models import Event
from tests import factories
from tests.factories import at

Status = models.Suggestion.Status
OWNER = "worker"


@pytest.fixture
def crews(district: models.District) -> list[models.Crew]:
    """Three line crews on the day shift, Line 1 nearest to the work."""
    crews: list[models.Crew] = [
        factories.CrewFactory(district=district, name=f"Line {n}", latitude=41.95 + n / 20, longitude=-88.25)
        for n in (1, 2, 3)
    ]
    for crew in crews:
        factories.ShiftFactory(crew=crew)
    return crews


@pytest.fixture
def orders(district: models.District) -> list[models.WorkOrder]:
    return [factories.OrderFactory(district=district, number=f"WO-{n}") for n in (1, 2)]


@pytest.fixture
def run(district: models.District, now: Any) -> models.SuggestionRun:
    """At scoring, held by the worker."""
    return factories.SuggestionRunFactory(
        district=district, status="SCORING", lease_owner=OWNER, lease_until=now, orders_total=2
    )


@pytest.fixture
def snapshot(run: models.SuggestionRun, crews: Any, orders: Any, now: Any) -> snapshotting.Snapshot:
    return snapshotting.problem_for(
        district=run.district, start=run.horizon_starts_at, end=run.horizon_ends_at, now=now
    )


@pytest.fixture
def batches(snapshot: snapshotting.Snapshot) -> dict[str, tuple[RankedJob, ...]]:
    """The engine's results for the two orders: ranked first, and then as the joint plan does them."""
    return {batch.stage: batch.jobs for batch in planning.plan(snapshot.problem, seed=1) if batch.jobs}


@pytest.fixture
def store(run: models.SuggestionRun, snapshot: snapshotting.Snapshot, now: Any) -> Any:
    def stored(jobs: Any, *, owner: str = OWNER) -> models.SuggestionRun:
        return suggesting.store_batch(run=run, owner=owner, jobs=jobs, ranked=len(jobs), snapshot=snapshot, now=now)

    return stored


class TestStoreBatch:
    def test_keeps_every_candidate_in_words_of_the_district(self, run, orders, crews, batches, store):
        store(batches["ranked"])

        first = run.suggestions.filter(order=orders[0]).order_by("rank").first()
        assert run.suggestions.count() == 6
        assert (first.crew, first.rank, first.status) == (crews[0], 1, Status.PROPOSED)
        assert first.departs_at < first.starts_at
        assert first.ends_at - first.starts_at == orders[0].duration
        assert sum(part["value"] for part in first.parts) == first.score
        assert {"code", "label", "value", "amount", "detail"} == set(first.parts[0])
        assert all(reason["text"] and "{" not in reason["text"] for reason in first.reasons)

    def test_is_announced_in_the_same_transaction(self, run, orders, batches, store):
        told = store(batches["ranked"])

        event = Event.objects.get(type="run.suggestions")
        assert event.data == {
            "run": str(run.pk), "district": run.district_id, "day": run.day.isoformat(),
            "orders": sorted(order.pk for order in orders), "ranked": 2, "total": 2,
        }  # fmt: skip
        assert told.orders_ranked == 2

    def test_can_be_approved_at_once(self, run, orders, batches, store, mara, now):
        store(batches["ranked"])
        suggestion = run.suggestions.get(order=orders[0], rank=1)

        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)

        assert assignment.order == orders[0]

    def test_of_the_plan_replaces_what_was_said_before(self, run, orders, batches, store):
        store(batches["ranked"])
        ids = set(run.suggestions.values_list("pk", flat=True))

        told = store(batches["planned"])

        assert told.orders_in_plan == 2
        assert set(run.suggestions.values_list("pk", flat=True)) == ids
        for order in orders:
            assert run.suggestions.get(order=order, in_plan=True).rank == 1

    def test_withdraws_what_is_not_said_again(self, run, orders, batches, store):
        store(batches["ranked"])
        fewer = [replace(job, candidates=job.candidates[:1]) for job in batches["ranked"]]

        store(fewer)

        assert run.suggestions.filter(status=Status.PROPOSED).count() == 2
        assert run.suggestions.filter(status=Status.SUPERSEDED).count() == 4

    def test_leaves_a_rejected_suggestion_rejected(self, run, orders, batches, store, mara, now):
        store(batches["ranked"])
        rejected = run.suggestions.get(order=orders[0], rank=1)
        rejecting.reject(suggestion=rejected, reason="Needs a digger", by=mara, now=now)

        store(batches["planned"])

        rejected.refresh_from_db()
        assert (rejected.status, rejected.in_plan) == (Status.REJECTED, False)

    def test_proposes_nothing_for_an_order_that_was_given_away_meanwhile(self, run, orders, batches, store, mara, now):
        store(batches["ranked"])
        taken = run.suggestions.get(order=orders[0], rank=1)
        approving.approve(suggestion=taken, by=mara, now=now)

        store(batches["planned"])

        assert not run.suggestions.filter(order=orders[0], status=Status.PROPOSED).exists()
        assert run.suggestions.get(order=orders[0], status=Status.APPROVED) == taken

    @pytest.mark.parametrize("change", [{"status": "CANCELLED"}, {"lease_owner": "heir"}])
    def test_stores_nothing_for_a_run_that_was_lost(self, run, batches, store, change):
        models.SuggestionRun.objects.update(**change)

        with pytest.raises(suggesting.RunLost):
            store(batches["ranked"])

        assert not run.suggestions.exists()
        assert not Event.objects.exists()

    def test_stores_nothing_that_is_not_announced(self, run, batches, store, monkeypatch):
        def broken(**_: Any) -> None:
            raise OSError("the log is full")

        monkeypatch.setattr(events, "suggestions_ready", broken)
        with pytest.raises(OSError, match="the log is full"):
            store(batches["ranked"])

        run.refresh_from_db()
        assert not run.suggestions.exists()
        assert run.orders_ranked == 0

    def test_takes_as_many_queries_for_many_orders_as_for_few(
        self, run, district, crews, now, django_assert_max_num_queries
    ):
        factories.OrderFactory.create_batch(20, district=district)
        wide = snapshotting.problem_for(
            district=district, start=run.horizon_starts_at, end=run.horizon_ends_at, now=now
        )
        jobs = next(iter(planning.plan(wide.problem, seed=1))).jobs

        assert len(jobs) == 20
        with django_assert_max_num_queries(18):
            suggesting.store_batch(run=run, owner=OWNER, jobs=jobs, ranked=20, snapshot=wide, now=now)


def give_away(crew: models.Crew, start: str = "06:30", hours: int = 9, **values: Any) -> models.Assignment:
    """Other work of nearly the whole shift, decided after the run took its snapshot."""
    order = factories.OrderFactory(district=crew.district, status="SCHEDULED", duration_minutes=hours * 60)
    return factories.AssignmentFactory(order=order, shift=crew.shifts.get(), starts_at=at(start), **values)


class TestCrewsThatWereGivenAwayMeanwhile:
    def test_are_not_offered(self, run, orders, crews, batches, store):
        taken = give_away(crews[0])

        store(batches["ranked"])

        offered = run.suggestions.filter(status=Status.PROPOSED)
        assert {one.crew for one in offered} == {crews[1], crews[2]}
        stale = run.suggestions.filter(status=Status.STALE)
        assert {(one.crew, one.order) for one in stale} == {(crews[0], orders[0]), (crews[0], orders[1])}
        assert {one.stale_cause for one in stale} == {f"Line 1 is taken 06:10-15:30 by {taken.order.number}"}

    def test_cannot_be_approved(self, run, orders, crews, batches, store, mara, now):
        give_away(crews[0])
        store(batches["ranked"])

        with pytest.raises(approving.SuggestionStale, match="Line 1 is taken"):
            approving.approve(suggestion=run.suggestions.get(order=orders[0], crew=crews[0]), by=mara, now=now)

    def test_are_offered_at_other_times(self, run, crews, batches, store):
        give_away(crews[0], "14:00", hours=1)

        store(batches["ranked"])

        assert not run.suggestions.exclude(status=Status.PROPOSED).exists()

    def test_are_offered_when_it_was_undone(self, run, crews, batches, store, mara, now):
        give_away(crews[0], status="REVOKED", revoked_by=mara, revoked_at=now)

        store(batches["ranked"])

        assert not run.suggestions.exclude(status=Status.PROPOSED).exists()

    def test_are_offered_beside_work_that_the_run_knew(self, run, orders, crews, now):
        # It is left for from the base at 06:00 as yet; the engine leaves for it from the suggested work.
        give_away(crews[0], "12:00", hours=2, departs_at=at("06:00"))
        snapshot = snapshotting.problem_for(
            district=run.district, start=run.horizon_starts_at, end=run.horizon_ends_at, now=now
        )
        jobs = next(iter(planning.plan(snapshot.problem, seed=1))).jobs

        suggesting.store_batch(run=run, owner=OWNER, jobs=jobs, ranked=2, snapshot=snapshot, now=now)

        assert run.suggestions.filter(crew=crews[0], status=Status.PROPOSED, ends_at__lte=at("12:00")).exists()

    def test_are_not_offered_by_the_plan_either(self, run, crews, batches, store):
        store(batches["ranked"])
        for crew in crews:
            give_away(crew)

        store(batches["planned"])

        assert not run.suggestions.filter(status=Status.PROPOSED).exists()

    def test_take_as_many_queries_for_many_as_for_few(self, run, orders, crews, batches, store):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                store(batches["ranked"])
            run.suggestions.all().delete()
            return len(captured)

        give_away(crews[0], hours=1)
        one = queries()
        for hour in range(8, 14):
            give_away(crews[0], f"{hour}:00", hours=1, departs_at=at(f"{hour}:00"))
        give_away(crews[1])

        assert queries() == one

    @pytest.mark.django_db(transaction=True)
    def test_are_never_offered_although_both_happen_at_once(self, run, crews, batches, store, mara, now):
        earlier = factories.SuggestionFactory(
            order=factories.OrderFactory(district=run.district, duration_minutes=480),
            shift=crews[0].shifts.get(), starts_at=at("07:00"),
        )  # fmt: skip
        start, failed = threading.Barrier(2), []

        def at_once(act: Any) -> None:
            try:
                start.wait(60)
                act()
            except Exception as error:  # noqa: BLE001 - the outcome is what the test looks at
                failed.append(error)
            finally:
                connections.close_all()

        acts = [
            lambda: approving.approve(suggestion=earlier, by=mara, now=now + timedelta(minutes=1)),
            lambda: store(batches["ranked"]),
        ]
        threads = [threading.Thread(target=at_once, args=[act]) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert failed == []
        assert run.suggestions.filter(crew=crews[0], status=Status.STALE).count() == 2
        assert run.suggestions.filter(status=Status.PROPOSED).count() == 4
