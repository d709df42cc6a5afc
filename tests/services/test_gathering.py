from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection

from assignments import models
from assignments.downstream import client, messages
from assignments.downstream.messages import Resource
from assignments.services import connecting, consequences, events, gathering, upserting
from assignments.services.gathering import reading
from tests import factories
from tests.downstream.conftest import Answer, Asked, ScriptedSystem
from tests.factories import NOW
from tests.records import order
from tests.services.sources import WORLD, Source

pytestmark = pytest.mark.django_db

Sources = dict[str, Source]


@pytest.fixture(autouse=True)
def _short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_backoff", lambda state: 0.01)


@pytest.fixture
def sources(district: models.District) -> Iterator[Sources]:
    """The three systems of the district, each a real HTTP server."""
    with ExitStack() as stack:
        found = {}
        for kind, resources in messages.RESOURCES.items():
            http = stack.enter_context(ScriptedSystem())
            code = kind.lower()
            factories.DownstreamSystemFactory(code=code, base_url=http.url, timeout_seconds=5)
            found[code] = Source(http, {resource: list(WORLD[resource]) for resource in resources})
        yield found


@pytest.fixture
def run(district: models.District) -> models.SuggestionRun:
    return factories.SuggestionRunFactory(district=district, status="GATHERING", lease_owner="worker-1")


def gather(run: models.SuggestionRun, seconds: float = 10, **options: Any) -> gathering.Gathered:
    values: dict[str, Any] = {"now_fn": lambda: NOW, "stop": lambda: False, "on_change": lambda: None, **options}
    return gathering.gather(run=run, deadline=seconds, **values)


def line(run: models.SuggestionRun, code: str) -> models.SourceProgress:
    return run.sources.get(system__code=code)


class TestGathering:
    def test_takes_everything_from_all_sources(self, run: models.SuggestionRun, sources: Sources) -> None:
        gathered = gather(run)

        assert not gathered.partial
        lines = run.sources.order_by("system__code").values_list("system__code", "status", "records", "detail")
        assert list(lines) == [
            ("permits", "DONE", 2, ""),
            ("work", "DONE", 2, ""),
            ("workforce", "DONE", 6, ""),
        ]
        first = models.WorkOrder.objects.get(source_reference="W-1")
        assert (first.needs.count(), first.permits.count(), first.customers_out, first.status) == (1, 1, 40, "READY")
        assert models.Crew.objects.get().shifts.count() == 1
        assert gathered.order_ids == set(models.WorkOrder.objects.values_list("pk", flat=True))
        assert gathered.crew_ids == {models.Crew.objects.get().pk}
        assert set(models.DownstreamSystem.objects.values_list("last_gathered_at", flat=True)) == {NOW}
        assert set(run.sources.values_list("data_as_of", flat=True)) == {NOW}

    def test_asks_only_for_what_is_newer_next_time(self, run: models.SuggestionRun, sources: Sources) -> None:
        gather(run)

        again = gather(run)

        assert sources["work"].since(Resource.ORDERS) == ["0", "9"]
        assert sources["workforce"].since(Resource.SHIFTS) == ["0", "9"]
        assert (again.order_ids, again.crew_ids) == (frozenset(), frozenset())

    def test_reads_outages_whole_so_that_their_sum_is_right(self, run: models.SuggestionRun, sources: Sources) -> None:
        gather(run)
        models.WorkOrder.objects.filter(source_reference="W-1").update(customers_out=0)

        gather(run)

        assert sources["permits"].since(Resource.OUTAGES) == ["0", "0"]
        assert models.WorkOrder.objects.get(source_reference="W-1").customers_out == 40

    def test_marks_are_kept_for_each_district(
        self, run: models.SuggestionRun, sources: Sources, elsewhere: models.District
    ) -> None:
        gather(run)

        gather(factories.SuggestionRunFactory(district=elsewhere, status="GATHERING"))

        asked = [each.query for each in sources["work"].http.asked]
        assert [(query["district"], query["since"]) for query in asked] == [("NORTH", "0"), ("SOUTH", "0")]

    def test_reads_side_by_side(self, run: models.SuggestionRun, sources: Sources) -> None:
        def slow(asked: Asked) -> Answer | None:
            time.sleep(0.8 if asked.path in ("/api/orders", "/api/permits", "/api/employees") else 0)
            return None

        for source in sources.values():
            source.before = slow
        began = time.monotonic()

        assert not gather(run).partial
        assert time.monotonic() - began < 2

    def test_leaves_disabled_systems_and_mere_targets_out(self, run: models.SuggestionRun, sources: Sources) -> None:
        models.DownstreamSystem.objects.filter(code="permits").update(enabled=False)
        models.DownstreamSystem.objects.filter(code="workforce").update(is_source=False)

        gather(run)

        assert [each.system.code for each in run.sources.all()] == ["work"]

    def test_asks_nothing_inside_a_transaction_of_its_own(
        self, run: models.SuggestionRun, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        depth = len(connection.savepoint_ids)
        depths: list[int] = []
        start = reading.start

        def noting(**values: Any) -> None:
            depths.append(len(connection.savepoint_ids))
            start(**values)

        monkeypatch.setattr(reading, "start", noting)
        gather(run)

        assert depths == [depth] * 3


class TestDependencies:
    def test_permits_that_arrive_before_their_orders_are_not_lost(
        self, run: models.SuggestionRun, sources: Sources
    ) -> None:
        sources["work"].before = lambda asked: time.sleep(0.6)

        gathered = gather(run)

        assert not gathered.partial
        assert models.Permit.objects.get().order.source_reference == "W-1"
        assert models.WorkOrder.objects.get(source_reference="W-1").customers_out == 40
        assert line(run, "permits").detail == ""

    def test_orders_that_arrive_before_their_qualifications_are_not_lost(
        self, run: models.SuggestionRun, sources: Sources
    ) -> None:
        sources["workforce"].before = lambda asked: time.sleep(0.3)

        gather(run)

        assert models.WorkOrder.objects.get(source_reference="W-1").needs.get().qualification.code == "LINE"

    def test_a_permit_whose_order_does_not_come_is_asked_for_again(
        self, run: models.SuggestionRun, sources: Sources
    ) -> None:
        sources["work"].before = lambda asked: Answer(404)
        gather(run)
        system = models.DownstreamSystem.objects.get(code="permits")
        assert system.versions["permits:NORTH"] == 6
        assert "P-1 order W-1 is not known" in line(run, "permits").detail

        sources["work"].before = lambda asked: None
        gather(run)

        assert sources["permits"].since(Resource.PERMITS) == ["0", "6"]
        assert models.Permit.objects.count() == 1
        assert models.DownstreamSystem.objects.get(code="permits").versions["permits:NORTH"] == 9

    def test_a_source_that_was_set_up_anew_is_heard_again(self, run: models.SuggestionRun, sources: Sources) -> None:
        gather(run)
        sources["work"].version = 2

        gather(run)

        assert models.DownstreamSystem.objects.get(code="work").versions["orders:NORTH"] == 2


class TestBadRecords:
    def test_are_named_and_the_rest_is_taken(self, run: models.SuggestionRun, sources: Sources) -> None:
        sources["work"].world[Resource.ORDERS] += [
            {"reference": "W-8", "version": 1},
            order("W-9", district="NOWHERE"),
        ]

        gathered = gather(run)

        assert not gathered.partial
        told = line(run, "work")
        assert told.status == "DONE"
        assert told.detail == (
            "2 records were not taken: W-8 district: Field required; W-9 district NOWHERE is not set up"
        )
        assert models.WorkOrder.objects.count() == 2

    def test_many_are_counted_and_the_first_named(self, run: models.SuggestionRun, sources: Sources) -> None:
        reference = "W-" + "9" * 34
        sources["work"].world[Resource.ORDERS] += [order(f"{reference}{n}", district="D" * 40) for n in range(5)]

        gather(run)

        detail = line(run, "work").detail
        assert detail.startswith("5 records were not taken: ")
        assert len(detail) <= 300


class TestTrouble:
    def test_a_source_that_is_down_leaves_a_partial_run(self, run: models.SuggestionRun, sources: Sources) -> None:
        sources["permits"].before = lambda asked: Answer(503)

        gathered = gather(run)

        assert gathered.partial
        told = line(run, "permits")
        assert (told.status, told.detail, told.attempts) == ("DOWN", "answered 503", 2 * (client.ATTEMPTS - 1))
        assert told.data_as_of is None
        assert models.WorkOrder.objects.count() == 2

    def test_says_how_old_the_data_of_a_source_is_that_went_down(
        self, run: models.SuggestionRun, sources: Sources, district: models.District
    ) -> None:
        gather(run)
        models.SuggestionRun.objects.update(status="READY")
        sources["permits"].before = lambda asked: Answer(503)
        later = factories.SuggestionRunFactory(district=district, status="GATHERING")

        gather(later, now_fn=lambda: NOW + timedelta(hours=2))

        assert (line(later, "permits").data_as_of, line(later, "work").data_as_of) == (NOW, NOW + timedelta(hours=2))
        assert models.Permit.objects.count() == 1

    def test_a_source_that_is_silent_is_late(self, run: models.SuggestionRun, sources: Sources) -> None:
        sources["permits"].before = lambda asked: Answer(delay=3)
        began = time.monotonic()

        gathered = gather(run, seconds=0.7)

        assert time.monotonic() - began < 2.5
        assert gathered.partial
        assert line(run, "permits").status == "LATE"
        assert line(run, "work").status == "DONE"

    def test_keeps_what_a_late_source_had_already_said(self, run: models.SuggestionRun, sources: Sources) -> None:
        def slow(asked: Asked) -> Answer | None:
            return Answer(delay=3) if asked.path == "/api/outages" else None

        sources["permits"].before = slow

        gather(run, seconds=0.8)

        assert line(run, "permits").status == "LATE"
        assert models.Permit.objects.count() == 1

    def test_a_source_may_not_take_longer_than_its_own_patience(
        self, run: models.SuggestionRun, sources: Sources
    ) -> None:
        models.DownstreamSystem.objects.filter(code="permits").update(timeout_seconds=1)
        sources["permits"].before = lambda asked: Answer(503, headers={"Retry-After": "60"})
        began = time.monotonic()

        assert gather(run, seconds=30).partial
        assert time.monotonic() - began < reading.PATIENCE + 2

    def test_tells_that_it_tries_again(self, run: models.SuggestionRun, sources: Sources) -> None:
        sources["work"].http.answer(Answer(503, headers={"Retry-After": "1"}))
        seen: set[tuple[str, str]] = set()

        gather(run, on_change=lambda: seen.update(run.sources.values_list("status", "detail")))

        assert ("RETRYING", "trying again in 1 s: answered 503") in seen
        assert (line(run, "work").status, line(run, "work").attempts) == ("DONE", 1)

    def test_a_missing_secret_is_named(self, run: models.SuggestionRun, sources: Sources) -> None:
        models.DownstreamSystem.objects.filter(code="work").update(secret_env="LINEUP_TEST_NO_SUCH_SECRET")

        gather(run)

        assert "LINEUP_TEST_NO_SUCH_SECRET is not set" in line(run, "work").detail


class TestEnding:
    def test_stops_when_told(self, run: models.SuggestionRun, sources: Sources) -> None:
        for source in sources.values():
            source.before = lambda asked: Answer(503, headers={"Retry-After": "60"})
        began = time.monotonic()

        gathered = gather(run, seconds=30, stop=lambda: time.monotonic() - began > 0.4)

        assert time.monotonic() - began < 2
        assert gathered.partial
        assert set(run.sources.values_list("status", flat=True)) == {"LATE"}

    def test_ends_when_the_run_is_lost(self, run: models.SuggestionRun, sources: Sources) -> None:
        class Lost(Exception):
            pass

        def lost() -> None:
            raise Lost

        with pytest.raises(Lost):
            gather(run, on_change=lost)

        assert not run.sources.exists()

    def test_begins_anew_after_a_worker_that_died(self, run: models.SuggestionRun, sources: Sources) -> None:
        gather(run)

        gather(run)

        assert run.sources.count() == 3

    def test_an_error_of_our_own_is_not_blamed_on_the_source(
        self, run: models.SuggestionRun, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(**values: Any) -> Any:
            raise LookupError("a mistake")

        monkeypatch.setattr(connecting, "to", broken)

        with pytest.raises(LookupError):
            gather(run)

    def test_mark_and_rows_are_one_transaction(
        self, run: models.SuggestionRun, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(**values: Any) -> None:
            raise LookupError("a mistake")

        monkeypatch.setattr(events, "order_changed", broken)
        with pytest.raises(LookupError):
            gather(run)

        assert not models.WorkOrder.objects.exists()
        assert "orders:NORTH" not in models.DownstreamSystem.objects.get(code="work").versions

    @pytest.mark.django_db(transaction=True)
    def test_tries_again_after_a_deadlock(
        self, run: models.SuggestionRun, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        upsert = upserting.upsert
        failures = [OperationalError("deadlock detected")]

        def once(**values: Any) -> upserting.Upserted:
            if failures:
                raise failures.pop()
            return upsert(**values)

        monkeypatch.setattr(upserting, "upsert", once)

        assert not gather(run).partial
        assert models.WorkOrder.objects.count() == 2


class TestConsequences:
    def test_what_was_gathered_is_followed(
        self, run: models.SuggestionRun, sources: Sources, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        followed: set[int] = set()
        follow = consequences.follow

        def noting(**values: Any) -> set[int]:
            followed.update(values["order_ids"])
            return follow(**values)

        monkeypatch.setattr(consequences, "follow", noting)
        gathered = gather(run)

        assert followed == gathered.order_ids
