"""The plan that people see is what a run starts from."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.engine.domain.shown import ShownWork
from assignments.engine.domain.wording import Reason
from assignments.engine.ranking.changes import MovedJob
from assignments.services.runs import shown
from assignments.services.snapshots import snapshotting
from tests import factories, teams

pytestmark = pytest.mark.django_db

HOUR = 3600


@pytest.fixture
def last(district: models.District, line: models.Shift) -> models.SuggestionRun:
    """Of an hour ago, ready."""
    requested = factories.NOW - timedelta(hours=1)
    return factories.SuggestionRunFactory(district=district, status="READY", requested_at=requested)


@pytest.fixture
def snapshot(run: models.SuggestionRun) -> Any:
    """Reads the rows as the run would, with the plan that people see."""

    def read() -> snapshotting.Snapshot:
        found = snapshotting.problem_for(
            district=run.district, start=run.horizon_starts_at, end=run.horizon_ends_at, now=factories.NOW
        )
        return shown.known(snapshot=found, run=run, basis=found.basis)

    return read


def planned(last: models.SuggestionRun, shift: models.Shift, **fields: Any) -> models.Suggestion:
    return factories.SuggestionFactory(
        run=last, order=factories.OrderFactory(district=last.district), shift=shift, **fields
    )


class TestTheShownPlan:
    def test_is_that_of_the_last_run_with_its_crews_and_hours(self, last, line, snapshot, now):
        row = planned(last, line, read_at=now)

        assert snapshot().problem.shown == (ShownWork(row.order_id, (line.pk,), 8 * HOUR, read=True),)

    def test_names_all_crews_of_a_team(self, last, line, snapshot, district):
        order = teams.team_order(district, "T-1")
        traffic = factories.ShiftFactory(crew=teams.traffic_crew(district))
        teams.suggested_team(order=order, shift=line, beside=[traffic], run=last)

        [one] = snapshot().problem.shown
        assert one.team == (line.pk, traffic.pk)

    def test_has_what_went_stale_too(self, last, line, snapshot):
        planned(last, line, status="STALE", stale_cause="Line 1 is ill")

        assert len(snapshot().problem.shown) == 1

    @pytest.mark.parametrize(
        "fields", [{"status": "APPROVED"}, {"status": "REJECTED"}, {"in_plan": False}, {"status": "SUPERSEDED"}]
    )
    def test_has_nothing_that_is_decided_or_was_not_planned(self, last, line, snapshot, fields):
        planned(last, line, **fields)

        assert snapshot().problem.shown == ()

    @pytest.mark.parametrize("status", ["SUPERSEDED", "FAILED", "CANCELLED"])
    def test_is_not_that_of_a_run_that_came_to_nothing(self, last, line, snapshot, status):
        planned(last, line)
        models.SuggestionRun.objects.filter(pk=last.pk).update(status=status)

        assert snapshot().problem.shown == ()

    def test_is_not_that_of_another_day(self, last, line, snapshot):
        planned(last, line)
        models.SuggestionRun.objects.filter(pk=last.pk).update(day=factories.DAY + timedelta(days=1))

        assert snapshot().problem.shown == ()


class TestNothingHasChanged:
    @pytest.fixture
    def as_read(self, last: models.SuggestionRun, line: models.Shift, snapshot: Any) -> models.Suggestion:
        row = planned(last, line)
        models.SuggestionRun.objects.filter(pk=last.pk).update(basis=snapshot().basis)
        return row

    @pytest.mark.usefixtures("as_read")
    def test_when_all_is_as_the_last_run_read_it(self, snapshot):
        assert snapshot().problem.unchanged

    def test_unless_an_order_is_another(self, as_read, snapshot):
        models.WorkOrder.objects.filter(pk=as_read.order_id).update(customers_out=7)

        assert not snapshot().problem.unchanged

    def test_unless_there_is_a_new_one(self, as_read, snapshot, district):
        factories.OrderFactory(district=district)

        assert not snapshot().problem.unchanged

    def test_unless_somebody_is_away(self, as_read, snapshot, line):
        person = line.crew.memberships.first().employee
        factories.AbsenceFactory(employee=person, starts_at=line.starts_at, ends_at=line.ends_at)

        assert not snapshot().problem.unchanged

    def test_unless_the_last_run_was_ended_early(self, as_read, snapshot, last, now):
        models.SuggestionRun.objects.filter(pk=last.pk).update(keep_asked_at=now)

        assert not snapshot().problem.unchanged


def test_crews_are_named_as_they_were_when_their_shift_is_gone(last, line, snapshot, run):
    row = planned(last, line)
    found = snapshot()
    gone = factories.ShiftFactory(crew__district=last.district, crew__name="Line 9")
    why = Reason("shift-gone", "The shift is not on the roster any more.", {})
    moved = [
        MovedJob(ShownWork(row.order_id, (gone.pk,), 8 * HOUR), (line.pk,), 9 * HOUR, why),
        MovedJob(ShownWork(row.order_id, (10**6,), 8 * HOUR), (), None, why),
    ]

    first, second = shown.rows(run=run, moved=moved, snapshot=found)

    assert (first.shown_crews, first.crews, first.starts_at) == ("Line 9", line.crew.name, factories.at("09:00"))
    assert (second.shown_crews, second.crews, second.starts_at) == ("a crew that is gone", "", None)


def test_an_order_that_is_gone_by_then_is_not_told(run, now):
    order = factories.OrderFactory(district=run.district)
    fields = {"shown_crews": "Line 1", "shown_starts_at": now, "why": "It is so."}
    rows = [models.MovedOrder(run=run, order_id=pk, **fields) for pk in (order.pk, 10**6)]

    shown.store(rows)

    assert [row.order for row in run.moved.all()] == [order]
