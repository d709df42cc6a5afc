"""Withdrawn suggestions go soon, a few at a time; what was decided, and the figures of the run, stay."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Max

from assignments import models
from assignments.services.runs import clearing
from tests import factories

pytestmark = pytest.mark.django_db
Status = models.Suggestion.Status


def much_later() -> Any:
    """When all that there is was written long enough ago, by the clock of the database."""
    return models.Suggestion.objects.aggregate(last=Max("updated_at"))["last"] + clearing.KEPT


def left() -> set[int]:
    return set(models.Suggestion.objects.values_list("pk", flat=True))


@pytest.fixture
def run(district: models.District) -> models.SuggestionRun:
    return factories.SuggestionRunFactory(
        district=district, status="SUPERSEDED", orders_total=9, orders_ranked=9, orders_in_plan=4
    )


def suggestion(run: models.SuggestionRun, status: str = "SUPERSEDED") -> models.Suggestion:
    return factories.SuggestionFactory(run=run, order__district=run.district, status=status)


def test_removes_what_was_withdrawn_a_while_ago(run):
    gone = [suggestion(run), suggestion(run, "EXPIRED")]
    models.FurtherCrew.objects.create(
        suggestion=gone[0], part=1, crew=gone[0].crew, shift=gone[0].shift, departs_at=gone[0].departs_at,
        travel_minutes=1,
    )  # fmt: skip

    assert clearing.clear(now=much_later() - timedelta(minutes=1)) == 0
    assert clearing.clear(now=much_later()) == 2
    assert not left()


def test_keeps_what_counts_what_was_decided_and_what_a_batch_shows(run, mara):
    kept = [suggestion(run, status) for status in ("PROPOSED", "APPROVED", "REJECTED")]
    booked, of_batch = suggestion(run), suggestion(run)
    factories.AssignmentFactory(order=booked.order, suggestion=booked)
    batch = models.Batch.objects.create(district=run.district, day=run.day, started_by=mara, started_at=factories.NOW)
    models.BatchItem.objects.create(batch=batch, place=1, order=of_batch.order, suggestion=of_batch)

    assert clearing.clear(now=much_later()) == 0
    assert left() == {one.pk for one in (*kept, booked, of_batch)}


def test_the_run_keeps_its_figures(run):
    suggestion(run)

    clearing.clear(now=much_later())

    run.refresh_from_db()
    assert (run.orders_total, run.orders_ranked, run.orders_in_plan) == (9, 9, 4)


def test_it_goes_in_small_steps_and_stops_when_asked(run, monkeypatch):
    monkeypatch.setattr(clearing, "AT_ONCE", 2)
    for _ in range(5):
        suggestion(run)
    turns: list[int] = []
    now = much_later()

    def pause() -> None:
        turns.append(len(left()))

    assert clearing.clear(now=now, pause=pause, stop=lambda: len(turns) == 2) == 4
    assert turns == [3, 1]


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite has one writer at a time")
def test_nobody_waits_long_for_a_large_run_on_sqlite(run):
    first = suggestion(run)
    days = [first.starts_at + timedelta(days=1 + number) for number in range(8)]
    crews = [factories.ShiftFactory(crew=first.crew, starts_at=day) for day in days]
    orders = [factories.OrderFactory(district=run.district) for _ in range(250)]
    reasons = [{"code": "near", "text": "Closest of the crews that may do it. " * 20}]
    models.Suggestion.objects.bulk_create(
        models.Suggestion(
            run=run, order=order, crew=first.crew, shift=shift, rank=1, starts_at=first.starts_at,
            ends_at=first.ends_at, departs_at=first.departs_at, travel_minutes=5, score=1, reasons=reasons,
            parts=reasons, fingerprint="x", status="SUPERSEDED",
        )
        for order in orders
        for shift in crews
    )  # fmt: skip
    begun: list[float] = []
    longest = 0.0

    def measured(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal longest
        if sql.startswith("BEGIN"):
            begun[:] = [time.process_time()]
        result = execute(sql, params, many, context)
        if begun:
            longest = max(longest, time.process_time() - begun[0])
        return result

    with connection.execute_wrapper(measured):
        assert clearing.clear(now=much_later()) == 2001
    assert 0 < longest < 0.75
