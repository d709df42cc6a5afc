"""A run asks the routing server for what it may drive and nobody has told yet; what it hears is remembered."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.downstream.routing import RoutingKind
from assignments.engine.domain.problem import Place
from assignments.services.runs import running
from assignments.services.snapshots import routing
from tests import factories
from tests.downstream.conftest import Answer
from tests.downstream.routing_server import RoutingServer, seconds
from tests.factories import NOW, at

pytestmark = pytest.mark.django_db
BASE = (41.9, -88.3)


def gather(run: models.SuggestionRun, **options: Any) -> routing.GatheredDrives:
    values: dict[str, Any] = {"now_fn": lambda: NOW, "stop": lambda: False, "on_change": lambda _: None, **options}
    gathered = routing.gather(run=run, **values)
    assert gathered is not None
    return gathered


def an_order(district: models.District, place: tuple[float, float], **fields: Any) -> models.WorkOrder:
    return factories.OrderFactory(district=district, latitude=place[0], longitude=place[1], **fields)


def told(origin: tuple[float, float], destination: tuple[float, float]) -> int | None:
    return models.TravelTime.objects.get(origin=Place(*origin).key, destination=Place(*destination).key).seconds


@pytest.fixture
def order(district: models.District) -> models.WorkOrder:
    return an_order(district, (41.95, -88.25))


class TestAsking:
    def test_asks_nobody_where_no_server_is_set_up(self, run, order, shift):
        assert routing.gather(run=run, now_fn=lambda: NOW, stop=bool, on_change=lambda _: None) is None

    def test_remembers_each_direction(self, run, order, shift, roads):
        gathered = gather(run)

        assert (gathered.wanted, gathered.asked, gathered.told, gathered.estimated) == (2, 2, 2, 0)
        assert gathered.complete
        there, back = seconds(BASE, (41.95, -88.25)), seconds((41.95, -88.25), BASE)
        assert told(BASE, (41.95, -88.25)) == pytest.approx(there, abs=1)
        assert told((41.95, -88.25), BASE) == pytest.approx(back, abs=1)
        assert there != back

    def test_asks_for_work_commitments_and_bases(self, district, run, order, shift, roads):
        taken = an_order(district, (41.8, -88.4), status="SCHEDULED")
        factories.AssignmentFactory(order=taken, shift=shift, starts_at=at("08:00"))
        an_order(district, (41.0, -88.0), status="COMPLETED")
        an_order(factories.DistrictFactory(code="SOUTH"), (40.0, -88.0))

        gather(run)

        places = {Place.of_key(key) for key in models.TravelTime.objects.values_list("origin", flat=True)}
        assert places == {Place(*BASE), Place(41.95, -88.25), Place(41.8, -88.4)}

    def test_asks_only_for_what_it_does_not_know(self, district, run, order, shift, roads):
        gather(run)
        before = roads.pairs
        assert gather(run).asked == 0
        assert roads.pairs == before

        an_order(district, (41.99, -88.2))
        gathered = gather(run)

        assert (gathered.wanted, gathered.asked, gathered.told) == (6, 4, 4)

    def test_asks_again_for_what_is_old(self, run, order, shift, roads, settings):
        gather(run)
        models.TravelTime.objects.update(seconds=1)

        later = NOW + timedelta(days=settings.ROUTING_DAYS, seconds=1)
        gathered = gather(run, now_fn=lambda: later)

        assert gathered.told == 2
        assert set(models.TravelTime.objects.values_list("fetched_at", flat=True)) == {later}
        assert told(BASE, (41.95, -88.25)) != 1

    def test_remembers_that_no_road_leads_there(self, run, order, shift, roads):
        roads.islands = {(41.95, -88.25)}

        gathered = gather(run)

        assert (gathered.told, gathered.estimated, gathered.complete) == (2, 2, True)
        assert told(BASE, (41.95, -88.25)) is None
        assert gather(run).asked == 0

    def test_asks_anew_when_another_server_is_set_up(self, run, order, shift, roads, settings):
        gather(run)
        settings.ROUTING_PROFILE = roads.profile = "truck"

        assert gather(run).told == 2

    def test_large_tables_are_asked_for_in_parts_that_the_server_takes(self, district, run, shift, roads):
        for number in range(60):
            an_order(district, (41.9 + number / 1000, -88.25))

        gathered = gather(run)

        assert (gathered.told, gathered.asked) == (61 * 60, 61 * 60)
        assert gathered.complete
        assert max(len(origins) + len(destinations) for origins, destinations in roads.tables) <= 100

    def test_takes_the_same_number_of_queries_for_any_number_of_rows(self, district, run, shift, roads):
        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                gather(run)
            return len(captured)

        an_order(district, (41.95, -88.25))
        gather(run)
        few = queries()
        for number in range(8):
            an_order(district, (41.9 + number / 1000, -88.25))
        gather(run)

        assert queries() == few


class TestTrouble:
    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            (Answer(503), "answered 503"),
            (Answer(403, {"message": "no licence"}), "answered 403: no licence"),
            (Answer(raw=b"<html>"), "answered with something else than agreed"),
        ],
        ids=["503", "403", "nonsense"],
    )
    def test_a_failing_server_costs_accuracy_only(self, run, order, shift, roads, fault, error):
        roads.respond = lambda asked: fault

        gathered = gather(run)

        assert (gathered.asked, gathered.told, gathered.estimated) == (2, 0, 2)
        assert error in gathered.error

    def test_a_wrong_profile_is_not_taken_for_a_world_without_roads(self, run, order, shift, roads, settings):
        settings.ROUTING_PROFILE = "submarine"

        gathered = gather(run)

        assert "refuses every place" in gathered.error
        assert not models.TravelTime.objects.exists()

    @pytest.mark.serial
    def test_a_silent_server_is_waited_for_until_the_deadline(self, run, order, shift, roads, settings):
        settings.ROUTING_DEADLINE = 1
        roads.respond = lambda asked: Answer(silent=True)

        gathered = gather(run)

        assert "did not answer" in gathered.error

    def test_what_was_told_before_it_failed_is_kept(self, district, run, shift, roads, settings):
        settings.ROUTING_AT_ONCE, settings.ROUTING_TABLE = 1, 2
        answer = roads.respond
        for number in range(10):
            an_order(district, (41.9 + number / 1000, -88.25))
        roads.respond = lambda asked: Answer(503) if len(roads.asked) > 4 else answer(asked)

        gathered = gather(run)

        assert 0 < gathered.told < gathered.asked
        assert gathered.told == models.TravelTime.objects.count()
        assert gathered.estimated == gathered.wanted - gathered.told
        roads.respond = answer
        assert gather(run).estimated == 0

    def test_an_old_time_is_better_than_none(self, run, order, shift, roads, settings):
        gather(run)
        roads.respond = lambda asked: Answer(503)

        gathered = gather(run, now_fn=lambda: NOW + timedelta(days=settings.ROUTING_DAYS + 1))

        assert (gathered.told, gathered.estimated) == (0, 0)
        assert not gathered.complete

    @pytest.mark.serial
    def test_ends_when_told(self, run, order, shift, roads, settings):
        settings.ROUTING_DEADLINE = 600
        roads.respond = lambda asked: Answer(silent=True)

        gathered = gather(run, stop=lambda: bool(roads.asked))

        assert gathered.told == 0

    def test_ends_when_the_run_is_lost(self, run, order, shift, roads):
        def lost(_: routing.GatheredDrives) -> None:
            raise running.RunLost("cancelled")

        with pytest.raises(running.RunLost):
            gather(run, on_change=lost)

    def test_an_error_of_ours_is_not_taken_for_the_servers(self, run, order, shift, roads, monkeypatch):
        def broken(*_: Any) -> None:
            raise ZeroDivisionError

        monkeypatch.setattr("assignments.downstream.routing._osrm", broken)
        with pytest.raises(ZeroDivisionError):
            gather(run)


@pytest.mark.django_db(transaction=True)
def test_two_runs_that_hear_of_the_same_drives_at_once_remember_each_once(district, run, shift, roads):
    for number in range(20):
        an_order(district, (41.9 + number / 1000, -88.25))
    together = threading.Barrier(2)
    found: list[routing.GatheredDrives] = []

    def ask() -> None:
        together.wait(timeout=60)
        found.append(gather(run))
        connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert [one.estimated for one in found] == [0, 0]
    assert models.TravelTime.objects.count() == 21 * 20


class TestTrim:
    def test_removes_what_nothing_is_planned_or_approved_with(self, run, order, shift, roads, settings):
        gather(run)
        days = timedelta(days=settings.ROUTING_DAYS) + routing.remembering.KEPT_LONGER

        assert routing.trim(now=NOW + days) == 0
        assert routing.trim(now=NOW + days + timedelta(seconds=1)) == 2
        assert not models.TravelTime.objects.exists()

    def test_keeps_a_time_for_as_long_as_a_suggestion_made_with_it_may_be_approved(self):
        assert timedelta(days=running.DAYS_AHEAD) < routing.remembering.KEPT_LONGER

    def test_removes_in_parts(self, run, order, shift, roads, settings, monkeypatch):
        gather(run)
        monkeypatch.setattr(routing.remembering, "_SLICE", 1)

        assert routing.trim(now=NOW + timedelta(days=400)) == 2


def test_valhalla_is_asked_in_its_own_way(run, order, shift, settings):
    with RoutingServer(RoutingKind.VALHALLA) as roads:
        settings.ROUTING_URL, settings.ROUTING_KIND = roads.url, "valhalla"

        assert gather(run).told == 2
        assert roads.asked[0].path == "/sources_to_targets"
