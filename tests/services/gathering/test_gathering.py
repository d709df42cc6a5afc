from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import connection

from assignments import models
from assignments.downstream.messages import Resource
from assignments.services.gathering import reading
from tests import factories
from tests.downstream.conftest import Answer, Asked
from tests.factories import NOW
from tests.records import order
from tests.services.gathering.calls import PATIENCE, Sources, gather, line, setting, waiting_for

pytestmark = pytest.mark.django_db


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

    def test_marks_are_kept_for_each_district(
        self, run: models.SuggestionRun, sources: Sources, elsewhere: models.District
    ) -> None:
        gather(run)

        gather(factories.SuggestionRunFactory(district=elsewhere, status="GATHERING"))

        asked = [each.query for each in sources["work"].http.asked]
        assert [(query["district"], query["since"]) for query in asked] == [("NORTH", "0"), ("SOUTH", "0")]

    def test_reads_side_by_side(self, run: models.SuggestionRun, sources: Sources) -> None:
        together = threading.Barrier(3, timeout=PATIENCE)

        def meets_the_others(asked: Asked) -> Answer | None:
            if asked.path in ("/api/orders", "/api/permits", "/api/employees"):
                together.wait()
            return None

        for source in sources.values():
            source.before = meets_the_others

        assert not gather(run, seconds=3 * PATIENCE).partial
        assert not together.broken

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
        read = threading.Event()
        sources["work"].before = waiting_for(read)

        gathered = gather(run, seconds=PATIENCE, on_change=setting(read, lambda: line(run, "permits").status == "DONE"))

        assert not gathered.partial
        assert models.Permit.objects.get().order.source_reference == "W-1"
        assert models.WorkOrder.objects.get(source_reference="W-1").customers_out == 40
        assert line(run, "permits").detail == ""

    def test_orders_that_arrive_before_their_qualifications_are_not_lost(
        self, run: models.SuggestionRun, sources: Sources
    ) -> None:
        read = threading.Event()
        sources["workforce"].before = waiting_for(read)

        gather(run, seconds=PATIENCE, on_change=setting(read, lambda: line(run, "work").status == "DONE"))

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
