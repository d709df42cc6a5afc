"""A run is asked for once, whoever presses the button, and can be called off."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django_tasks_db.models import DBTaskResult

from assignments import models
from assignments.services.records import auditing, refusals
from assignments.services.runs import running
from notifications.models import Event
from tests import factories
from tests.racing import at_once
from tests.services.runs.steps import reach, states_told

Status = models.SuggestionRun.Status
DAY = factories.DAY


class TestRequestRun:
    def test_queues_a_run_and_says_so(self, district, mara, now):
        run, joined = running.request_run(district=district, day=DAY, by=mara, now=now)

        assert (run.status, run.requested_by, joined) == (Status.QUEUED, mara, False)
        assert models.AuditEntry.objects.get(verb="run.requested").object_id == str(run.pk)
        assert states_told(run) == ["QUEUED"]

    def test_tells_a_worker_after_commit(self, district, mara, now, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            run, _ = running.request_run(district=district, day=DAY, by=mara, now=now)

        hint = DBTaskResult.objects.get()
        assert hint.args_kwargs["args"] == [str(run.pk)]

    def test_is_not_stopped_by_a_lost_hint(self, district, mara, now, monkeypatch, django_capture_on_commit_callbacks):
        def broken(*args: Any, **kwargs: Any) -> None:
            raise OSError("no room for hints")

        monkeypatch.setattr(DBTaskResult.objects, "create", broken)
        with django_capture_on_commit_callbacks(execute=True):
            run, _ = running.request_run(district=district, day=DAY, by=mara, now=now)

        assert running.claim(owner="worker", now=now) == run

    def test_joins_the_run_under_way(self, district, jonas, run, now):
        joined_run, joined = running.request_run(district=district, day=DAY, by=jonas, now=now)

        assert (joined_run, joined) == (run, True)
        assert models.SuggestionRun.objects.count() == 1
        assert models.AuditEntry.objects.filter(verb="run.requested").count() == 1

    def test_starts_anew_when_the_run_that_was_in_the_way_ended_meanwhile(self, district, mara, now, monkeypatch):
        start, refused = running._start, iter([IntegrityError("one_run_under_way_per_district_and_day")])

        def raced(*arguments: Any) -> models.SuggestionRun:
            for error in refused:
                raise error
            return start(*arguments)

        monkeypatch.setattr(running, "_start", raced)
        run, joined = running.request_run(district=district, day=DAY, by=mara, now=now)

        assert (run.status, joined) == (Status.QUEUED, False)

    def test_starts_another_for_another_day(self, district, mara, run, now):
        another, joined = running.request_run(district=district, day=DAY + timedelta(days=1), by=mara, now=now)

        assert another != run
        assert not joined

    def test_starts_another_when_the_first_has_ended(self, district, mara, run, now):
        running.cancel_run(run=run, by=mara, now=now)

        another, joined = running.request_run(district=district, day=DAY, by=mara, now=now)

        assert another != run
        assert not joined

    @pytest.mark.parametrize(
        ("day", "hours"),
        [
            (date(2026, 3, 8), 23),  # clocks go forward
            (date(2026, 6, 15), 24),
            (date(2026, 11, 1), 25),  # clocks go back
        ],
    )
    def test_plans_the_whole_local_day(self, district, mara, day, hours):
        noon = datetime.combine(day, time(18), tzinfo=UTC)

        run, _ = running.request_run(district=district, day=day, by=mara, now=noon)

        assert run.horizon_ends_at - run.horizon_starts_at == timedelta(hours=hours)
        assert run.horizon_starts_at.astimezone(district.zone).time() == time(0)

    @pytest.mark.parametrize("days", [0, 14])
    def test_plans_today_and_two_weeks(self, district, mara, now, days):
        run, _ = running.request_run(district=district, day=DAY + timedelta(days=days), by=mara, now=now)

        assert run.day == DAY + timedelta(days=days)

    @pytest.mark.parametrize("days", [-1, 15])
    def test_refuses_other_days(self, district, mara, now, days):
        with pytest.raises(running.DayOutOfReach, match="cannot be planned"):
            running.request_run(district=district, day=DAY + timedelta(days=days), by=mara, now=now)

    def test_counts_days_where_the_district_is(self, district, mara):
        # In Chicago it is still the evening of the 14th.
        late = datetime(2026, 6, 15, 4, 30, tzinfo=UTC)

        run, _ = running.request_run(district=district, day=date(2026, 6, 14), by=mara, now=late)

        assert run.horizon_ends_at == datetime(2026, 6, 15, 5, tzinfo=UTC)

    @pytest.mark.parametrize("who", ["vic", "stella"])
    def test_refuses_who_does_not_assign_here(self, request, district, now, who):
        with pytest.raises(refusals.NotAManager):
            running.request_run(district=district, day=DAY, by=request.getfixturevalue(who), now=now)

        assert not models.SuggestionRun.objects.exists()

    def test_leaves_nothing_when_it_cannot_be_recorded(self, district, mara, now, monkeypatch):
        def broken(**_: Any) -> None:
            raise OSError("the audit is full")

        monkeypatch.setattr(auditing, "record", broken)
        with pytest.raises(OSError, match="the audit is full"):
            running.request_run(district=district, day=DAY, by=mara, now=now)

        assert not models.SuggestionRun.objects.exists()
        assert not Event.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_managers_who_press_suggest_at_once_share_one_run(district, mara, jonas, now):
    (one, one_joined), (other, other_joined) = at_once(
        *(lambda who=who: running.request_run(district=district, day=DAY, by=who, now=now) for who in (mara, jonas))
    )

    assert one == other
    assert {one_joined, other_joined} == {True, False}


class TestCancelRun:
    @pytest.mark.parametrize("stage", [Status.QUEUED, Status.GATHERING, Status.SCREENING, Status.SCORING])
    def test_ends_a_run_at_any_stage(self, run, jonas, now, stage):
        if stage != Status.QUEUED:
            reach(run, stage, owner="worker", now=now)

        cancelled = running.cancel_run(run=run, by=jonas, now=now)

        assert (cancelled.status, cancelled.finished_at) == (Status.CANCELLED, now)
        entry = models.AuditEntry.objects.get(verb="run.cancelled")
        assert (entry.actor, entry.before) == (jonas, {"status": stage})
        assert states_told(run)[-1] == "CANCELLED"

    def test_withdraws_what_was_proposed(self, run, mara, now):
        suggestion = factories.SuggestionFactory(run=run, order__district=run.district)

        running.cancel_run(run=run, by=mara, now=now)

        suggestion.refresh_from_db()
        assert suggestion.status == "EXPIRED"

    def test_refuses_a_run_that_has_ended(self, run, mara, now):
        running.cancel_run(run=run, by=mara, now=now)

        with pytest.raises(running.RunNotUnderWay, match="already ended: cancelled"):
            running.cancel_run(run=run, by=mara, now=now)

    def test_refuses_a_viewer(self, run, vic, now):
        with pytest.raises(refusals.NotAManager):
            running.cancel_run(run=run, by=vic, now=now)
