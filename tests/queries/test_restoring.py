"""When customers are back, out of the decisions, the plan and what the field reports."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from assignments import models
from assignments.models import Certainty
from assignments.queries import restoring
from assignments.queries.restoring import CrewWork, Reckoning
from tests import factories
from tests.factories import at

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


@pytest.fixture
def dark(district):
    """An order that 120 customers wait for in the dark."""
    return factories.OrderFactory(district=district, number="WO-1", customers_out=120)


def _decided(order, status="SCHEDULED", **fields):
    models.WorkOrder.objects.filter(pk=order.pk).update(status=status)
    order.refresh_from_db()
    return factories.AssignmentFactory(order=order, **fields)


def _found(order, now):
    found = restoring.estimate(order, now)
    assert found is not None
    return found.back_at, found.certainty


class TestWhatItRestsOn:
    def test_nothing_without_a_crew(self, dark, now):
        assert _found(dark, now) == (None, Certainty.NO_CREW)

    def test_the_plan_that_stands(self, dark, now):
        factories.SuggestionFactory(order=dark)
        assert _found(dark, now) == (at("09:00"), Certainty.PLANNED)

    @pytest.mark.parametrize("fields", [{"in_plan": False}, {"status": "STALE", "stale_cause": "Ill"}])
    def test_no_other_suggestion(self, dark, now, fields):
        factories.SuggestionFactory(order=dark, **fields)
        assert _found(dark, now) == (None, Certainty.NO_CREW)

    def test_the_decision_before_the_plan(self, dark, now):
        factories.SuggestionFactory(order=dark, starts_at=at("07:00"))
        _decided(dark, starts_at=at("10:00"))
        assert _found(dark, now) == (at("11:00"), Certainty.APPROVED)

    def test_a_tentative_decision_is_no_more_than_a_plan(self, dark, now):
        _decided(dark)
        models.Assignment.objects.update(status="TENTATIVE")
        assert _found(dark, now) == (at("09:00"), Certainty.PLANNED)

    @pytest.mark.parametrize(
        ("status", "certainty"), [("DISPATCHED", Certainty.DISPATCHED), ("IN_PROGRESS", Certainty.ON_SITE)]
    )
    def test_the_report_of_the_field(self, dark, now, status, certainty):
        _decided(dark, status=status)
        assert _found(dark, now) == (at("09:00"), certainty)
        models.Assignment.objects.all().delete()
        assert _found(dark, now) == (None, certainty)

    def test_a_decision_that_no_longer_stands_promises_nothing(self, dark, now):
        _decided(dark, red_cause="The permit lapsed")
        assert _found(dark, now) == (None, Certainty.NO_CREW)
        models.WorkOrder.objects.update(status="IN_PROGRESS")
        dark.refresh_from_db()
        assert _found(dark, now) == (at("09:00"), Certainty.ON_SITE)

    @pytest.mark.parametrize("fields", [{"customers_out": 0}, {"status": "COMPLETED"}])
    def test_only_outages_have_one(self, district, now, fields):
        order = factories.OrderFactory(district=district, **{"customers_out": 5} | fields)
        assert restoring.estimate(order, now) is None

    def test_the_word_of_a_manager_until_it_has_gone_by(self, dark, mara, now):
        _decided(dark)
        word = models.SetRestoration.objects.create(
            order=dark, back_at=at("12:00"), reason="Cable", set_by=mara, set_at=now
        )
        found = restoring.estimate(dark, now)
        assert found is not None
        assert (found.back_at, found.estimated_at, found.word) == (at("12:00"), at("09:00"), word)
        later = restoring.estimate(dark, at("12:00"))
        assert later is not None
        assert later.word is None


class TestAsTimeGoesBy:
    def test_a_plan_that_nobody_approves_slides(self, dark):
        factories.SuggestionFactory(order=dark)  # leaves at 07:40
        assert _found(dark, at("07:40")) == (at("09:00"), Certainty.PLANNED)
        assert _found(dark, at("08:40")) == (at("10:00"), Certainty.PLANNED)
        # Its shift is over at 16:00.
        assert _found(dark, at("14:50")) == (None, Certainty.NO_CREW)

    def test_a_decision_is_believed_while_the_field_is_silent(self, dark):
        _decided(dark)
        assert _found(dark, at("08:30")) == (at("09:00"), Certainty.APPROVED)
        # Over, and nobody has begun: drive and work are still to be done.
        assert _found(dark, at("09:30")) == (at("10:50"), Certainty.APPROVED)

    def test_a_crew_that_had_not_left_by_the_last_report_leaves_after_it(self, dark):
        system = factories.DownstreamSystemFactory(last_gathered_at=at("08:10"))
        models.WorkOrder.objects.update(source=system, source_reference="X")
        _decided(dark)
        assert _found(dark, at("08:30")) == (at("09:30"), Certainty.APPROVED)

    def test_work_on_site_that_takes_longer_is_overdue(self, dark):
        _decided(dark, status="IN_PROGRESS")
        found = restoring.estimate(dark, at("09:10"))
        assert found is not None
        assert (found.back_at, found.is_overdue(at("09:10"))) == (at("09:00"), True)


class TestWhatWaitsBeforeIt:
    def test_the_work_of_its_crew(self, dark, district):
        shift = factories.ShiftFactory(crew=factories.CrewFactory(district=district))
        before = factories.OrderFactory(district=district, customers_out=0)
        _decided(before, status="IN_PROGRESS", shift=shift)
        _decided(dark, shift=shift, starts_at=at("10:00"))  # leaves at 09:40

        assert _found(dark, at("09:30"))[0] == at("11:00")
        assert _found(dark, at("10:10"))[0] == at("11:30")

    def test_the_orders_that_it_waits_for(self, dark, district):
        before = factories.OrderFactory(district=district)
        dark.prerequisites.add(before)
        _decided(before, starts_at=at("08:00"))
        _decided(dark, starts_at=at("09:00"))

        assert _found(dark, at("08:30"))[0] == at("10:00")
        # The first is to be done anew from 09:10 on: 20 minutes of driving and an hour of work.
        assert _found(dark, at("09:10"))[0] == at("11:30")


@pytest.mark.parametrize("seed", range(60))
def test_no_estimate_is_earlier_than_what_is_known_allows(seed):
    """Never before its decision, its crew's earlier work, its drive and work from the last report on."""
    draw = random.Random(seed)
    now = at("06:00") + draw.randrange(0, 600) * MINUTE
    visits = []
    for crew in range(3):
        clock = at("06:00")
        for stop in range(draw.randrange(1, 5)):
            departs_at = clock + draw.randrange(0, 40) * MINUTE
            starts_at = departs_at + draw.randrange(0, 40) * MINUTE
            clock = starts_at + draw.randrange(5, 120) * MINUTE
            certainty = draw.choice([Certainty.APPROVED, Certainty.DISPATCHED, Certainty.ON_SITE, Certainty.PLANNED])
            known_at = draw.choice([None, at("06:00") + draw.randrange(0, 600) * MINUTE])
            visits.append(CrewWork(10 * crew + stop, crew, crew, departs_at, starts_at, clock, certainty, known_at))

    found = Reckoning(now).of(visits)

    for before, visit in zip([None, *visits], visits, strict=False):
        end = found[visit.order_id].back_at
        assert end is not None
        assert end >= visit.ends_at
        if visit.certainty == Certainty.ON_SITE:
            continue
        left = visit.ends_at - (visit.starts_at if visit.certainty == Certainty.DISPATCHED else visit.departs_at)
        assert visit.known_at is None or end >= min(visit.known_at, now) + left
        assert end > now
        if before and before.crew_id == visit.crew_id:
            free_at = found[before.order_id].back_at
            assert free_at is not None
            assert end >= free_at + (visit.ends_at - visit.departs_at)


def test_any_number_of_orders_takes_the_same_queries(district, now):
    def queries(count: int) -> int:
        models.Assignment.objects.all().delete()
        for _ in range(count):
            _decided(factories.OrderFactory(district=district, customers_out=3))
            factories.SuggestionFactory(order=factories.OrderFactory(district=district, customers_out=3))
        orders = list(models.WorkOrder.objects.all())
        with CaptureQueriesContext(
            connection,
        ) as caught:
            assert restoring.estimates(orders, now)
        return len(caught)

    assert queries(1) == queries(4) == 4
