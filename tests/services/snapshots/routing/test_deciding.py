"""Stored travel times count whenever rules are checked, without asking the server then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.engine.domain.problem import Place
from assignments.services.decisions import approving, guards, revoking
from assignments.services.records import auditing
from assignments.services.runs import explaining
from assignments.services.snapshots import routing, snapshotting
from tests import factories
from tests.factories import NOW, at

pytestmark = pytest.mark.django_db
BASE, SITE, LATER = (41.9, -88.3), (41.95, -88.25), (41.8, -88.4)


def tell(origin: tuple[float, float], destination: tuple[float, float], minutes: int | None) -> None:
    server = routing.server()
    assert server is not None
    row = models.TravelTime(
        server=server.digest, origin=Place(*origin).key, destination=Place(*destination).key, fetched_at=NOW,
        seconds=None if minutes is None else 60 * minutes,
    )  # fmt: skip
    models.TravelTime.objects.remember([row])


@pytest.fixture
def suggestion(district: models.District, shift: models.Shift) -> models.Suggestion:
    """An hour of work for Line 1 at 08:00, at 41.95, -88.25; the shift is from 06:00 to 16:00."""
    return factories.SuggestionFactory(order=factories.OrderFactory(district=district, number="WO-1"), shift=shift)


@pytest.fixture
def later(suggestion: models.Suggestion) -> models.Assignment:
    """Line 1's work from 10:00 at 41.8, -88.4."""
    order = factories.OrderFactory(
        district=suggestion.order.district, status="SCHEDULED", latitude=LATER[0], longitude=LATER[1]
    )
    return factories.AssignmentFactory(order=order, shift=suggestion.shift, starts_at=at("10:00"))


class TestApprove:
    def test_the_crew_sets_out_when_the_told_drive_wants_it(self, suggestion, roads, mara, now):
        tell(BASE, SITE, 37)

        assignment = approving.approve(suggestion=suggestion, by=mara, now=now)

        assert assignment.departs_at == at("07:23")

    def test_the_next_work_is_reached_by_the_told_drive(self, suggestion, later, roads, mara, now):
        tell(SITE, LATER, 42)
        tell(LATER, SITE, 3)

        approving.approve(suggestion=suggestion, by=mara, now=now)

        later.refresh_from_db()
        assert later.departs_at == at("09:18")

    @pytest.mark.parametrize(("minutes", "broken"), [(60, False), (61, True)])
    def test_is_refused_when_the_told_drive_does_not_fit(self, suggestion, later, roads, mara, now, minutes, broken):
        tell(SITE, LATER, minutes)

        if not broken:
            assert approving.approve(suggestion=suggestion, by=mara, now=now).status == "APPROVED"
            return
        with pytest.raises(guards.RulesBroken, match="needs 1\xa0h 1\xa0min to drive there"):
            approving.approve(suggestion=suggestion, by=mara, now=now)
        suggestion.refresh_from_db()
        assert suggestion.status == "PROPOSED"
        assert not models.Assignment.objects.filter(order=suggestion.order).exists()

    def test_a_time_too_old_to_plan_with_still_counts(self, suggestion, roads, mara, settings):
        tell(BASE, SITE, 37)
        models.TravelTime.objects.update(fetched_at=NOW - timedelta(days=settings.ROUTING_DAYS + 14))

        assert approving.approve(suggestion=suggestion, by=mara, now=NOW).departs_at == at("07:23")

    def test_what_another_server_told_does_not_count(self, suggestion, roads, mara, now, settings):
        tell(BASE, SITE, 37)
        settings.ROUTING_URL = ""

        assert approving.approve(suggestion=suggestion, by=mara, now=now).departs_at > at("07:23")

    def test_asks_nobody(self, suggestion, later, roads, mara, now):
        approving.approve(suggestion=suggestion, by=mara, now=now)

        assert roads.asked == []

    def test_a_drive_told_anew_makes_no_suggestion_stale(self, suggestion, roads, mara, now):
        tell(BASE, SITE, 37)

        fingerprint = snapshotting.fingerprint_of(order=suggestion.order, shift=suggestion.shift, now=now)

        assert fingerprint == suggestion.fingerprint

    def test_takes_back_nothing_that_was_told_when_it_is_rolled_back(self, suggestion, roads, mara, now, monkeypatch):
        tell(BASE, SITE, 37)

        def broken(**_: Any) -> None:
            raise OSError("the audit is full")

        monkeypatch.setattr(auditing, "record", broken)
        with pytest.raises(OSError, match="the audit is full"):
            approving.approve(suggestion=suggestion, by=mara, now=now)

        assert not models.Assignment.objects.exists()
        assert models.TravelTime.objects.count() == 1


def test_undo_lets_the_next_work_be_reached_by_the_told_drive(suggestion, later, roads, mara, now):
    assignment = approving.approve(suggestion=suggestion, by=mara, now=now)
    tell(BASE, LATER, 50)

    revoking.revoke(assignment=assignment, reason="Wrong crew", by=mara, now=now)

    later.refresh_from_db()
    assert later.departs_at == at("09:10")


def test_a_refusal_is_explained_with_the_told_drive(suggestion, roads, now):
    tell(BASE, SITE, 9 * 60 + 30)

    (answer,) = explaining.why_not(order=suggestion.order, day=factories.DAY, now=now)

    assert [one.rule for one in answer.obstacles] == ["shift"]


def test_no_road_is_estimated(suggestion, roads, mara, now):
    tell(BASE, SITE, None)

    assert at("07:30") < approving.approve(suggestion=suggestion, by=mara, now=now).departs_at < at("08:00")


class TestReading:
    def test_takes_one_query_for_any_number_of_places(self, district, shift, roads, now):
        start = factories.DAY_STARTS_AT

        def queries() -> list[str]:
            with CaptureQueriesContext(connection) as captured:
                snapshotting.problem_for(district=district, start=start, end=start + timedelta(days=1), now=now)
            return [query["sql"] for query in captured if "traveltime" in query["sql"]]

        factories.OrderFactory(district=district)
        assert len(queries()) == 1
        for number in range(routing.remembering._FEW + 10):
            factories.OrderFactory(district=district, latitude=41.9 + number / 1000)

        assert len(queries()) == 1

    def test_reads_what_was_told_between_many_places_as_between_few(self, roads):
        tell(BASE, SITE, 5)
        tell(SITE, (50.0, 0.0), 7)
        many = [Place(40 + number / 100, -88.0) for number in range(routing.remembering._FEW)]

        few_told, many_told = (routing.roads([Place(*BASE), Place(*SITE), *others]) for others in ([], many))

        assert few_told is not None
        assert many_told is not None
        assert len(few_told) == len(many_told) == 1
        assert many_told.told(Place(*BASE).key, Place(*SITE).key) == 300

    def test_reads_nothing_without_a_server(self, django_assert_num_queries):
        with django_assert_num_queries(0):
            assert routing.roads([Place(*BASE)]) is None
