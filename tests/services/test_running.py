"""A run is started once, worked on by one worker at a time, and ends once."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connections
from django_tasks_db.models import DBTaskResult

from assignments import models
from assignments.services import auditing, refusals, running
from notifications.models import Event, Notification
from tests import factories

Status = models.SuggestionRun.Status
DAY = factories.DAY


@pytest.fixture
def run(district: models.District, mara: Any, now: datetime) -> models.SuggestionRun:
    """Asked for by Mara, waiting for a worker."""
    return running.request_run(district=district, day=DAY, by=mara, now=now)[0]


def states_told(run: models.SuggestionRun) -> list[str]:
    rows = Event.objects.filter(type="run.changed", channel=f"run:{run.pk}").order_by("pk")
    return [row.data["status"] for row in rows]


def reach(run: models.SuggestionRun, stage: str, *, owner: str, now: datetime) -> models.SuggestionRun:
    """The run, claimed by `owner` and led to `stage`."""
    claimed = running.claim(owner=owner, now=now)
    assert claimed == run
    for step in (Status.SCREENING, Status.SCORING):
        if claimed.status != stage:
            claimed = running.advance(run=claimed, owner=owner, to=step, now=now)
    return claimed


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
    answers: dict[str, tuple[models.SuggestionRun, bool]] = {}
    together = threading.Barrier(2)

    def press(who: Any) -> None:
        together.wait(timeout=5)
        answers[who.username] = running.request_run(district=district, day=DAY, by=who, now=now)
        connections.close_all()

    threads = [threading.Thread(target=press, args=[who]) for who in (mara, jonas)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    (one, one_joined), (other, other_joined) = answers["mara"], answers["jonas"]
    assert one == other
    assert {one_joined, other_joined} == {True, False}


class TestClaim:
    def test_gives_the_run_to_one_worker(self, run, now):
        taken = running.claim(owner="first", now=now)

        assert taken == run
        assert (taken.status, taken.lease_owner, taken.lease_until) == (
            Status.GATHERING, "first", now + timedelta(seconds=30)
        )  # fmt: skip
        assert running.claim(owner="second", now=now) is None

    def test_takes_the_one_that_waits_longest(self, district, elsewhere, run, stella, now):
        running.request_run(district=elsewhere, day=DAY, by=stella, now=now - timedelta(minutes=1))

        assert running.claim(owner="worker", now=now).district == elsewhere
        assert running.claim(owner="worker", now=now).district == district

    def test_takes_only_the_run_that_is_asked_for(self, elsewhere, run, stella, now):
        other, _ = running.request_run(district=elsewhere, day=DAY, by=stella, now=now - timedelta(minutes=1))

        assert running.claim(owner="worker", now=now, run_id=run.pk) == run
        assert running.claim(owner="worker", now=now, run_id=other.pk) == other
        assert running.claim(owner="worker", now=now, run_id=run.pk) is None

    def test_hands_a_dead_workers_run_over_when_the_lease_ends(self, run, now):
        reach(run, Status.SCORING, owner="dead", now=now)

        assert running.claim(owner="heir", now=now + timedelta(seconds=29)) is None
        taken = running.claim(owner="heir", now=now + timedelta(seconds=30))

        assert (taken.status, taken.lease_owner, taken.orders_ranked) == (Status.GATHERING, "heir", 0)
        assert taken.started_at == now

    def test_discards_half_stored_suggestions_but_no_decision(self, run, now):
        reach(run, Status.SCORING, owner="dead", now=now)
        for status in ("PROPOSED", "STALE", "REJECTED", "APPROVED"):
            order = factories.OrderFactory(district=run.district)
            factories.SuggestionFactory(run=run, order=order, status=status, stale_cause="ill", in_plan=True)

        running.claim(owner="heir", now=now + timedelta(minutes=1))

        assert sorted(run.suggestions.values_list("status", flat=True)) == ["APPROVED", "REJECTED"]

    def test_gets_nothing_when_another_worker_was_quicker(self, run, now, monkeypatch):
        monkeypatch.setattr(models.runs.SuggestionRunQuerySet, "transition", lambda *_, **__: 0)

        assert running.claim(owner="slower", now=now) is None

    def test_gives_up_on_a_run_that_takes_its_workers_down(self, run, now):
        for attempt in range(running.MAX_ATTEMPTS):
            assert running.claim(owner=f"worker {attempt}", now=now + timedelta(minutes=attempt)) == run

        assert running.claim(owner="last", now=now + timedelta(hours=1)) is None
        run.refresh_from_db()
        assert run.status == Status.FAILED
        assert "begun 5 times" in run.error


@pytest.mark.django_db(transaction=True)
def test_of_two_workers_that_look_at_once_one_gets_the_run(run, now):
    taken: list[models.SuggestionRun | None] = []
    together = threading.Barrier(2)

    def look(owner: str) -> None:
        together.wait(timeout=5)
        taken.append(running.claim(owner=owner, now=now))
        connections.close_all()

    threads = [threading.Thread(target=look, args=[owner]) for owner in ("one", "other")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)

    assert len(taken) == 2
    assert taken.count(None) == 1


class TestLease:
    def test_is_renewed_by_its_holder_only(self, run, now):
        reach(run, Status.GATHERING, owner="worker", now=now)
        later = now + timedelta(seconds=20)

        assert not running.renew(run=run, owner="stranger", now=later)
        assert running.renew(run=run, owner="worker", now=later)
        run.refresh_from_db()
        assert run.lease_until == later + running.LEASE

    def test_lost_means_nothing_is_written(self, run, now):
        paused = reach(run, Status.GATHERING, owner="paused", now=now)
        running.claim(owner="heir", now=now + timedelta(minutes=1))

        with pytest.raises(running.RunLost):
            running.advance(run=paused, owner="paused", to=Status.SCREENING, now=now)

        run.refresh_from_db()
        assert (run.status, run.lease_owner) == (Status.GATHERING, "heir")
        assert not running.is_held(run=run, owner="paused")

    def test_given_back_is_to_be_had_at_once(self, run, now):
        reach(run, Status.GATHERING, owner="stopping", now=now)

        running.release(run=run, owner="stopping", now=now)

        assert running.claim(owner="next", now=now) == run


class TestProgressed:
    def test_tells_a_newer_version(self, run, now):
        claimed = reach(run, Status.GATHERING, owner="worker", now=now)
        before = claimed.version

        running.progressed(run=claimed, owner="worker", now=now)

        assert claimed.version == before + 1
        assert states_told(run) == ["QUEUED", "GATHERING", "GATHERING"]

    def test_of_a_lost_run_tells_nothing(self, run, mara, now):
        claimed = reach(run, Status.GATHERING, owner="worker", now=now)
        running.cancel_run(run=run, by=mara, now=now)

        with pytest.raises(running.RunLost):
            running.progressed(run=claimed, owner="worker", now=now)

        assert states_told(run) == ["QUEUED", "GATHERING", "CANCELLED"]


class TestFinish:
    def test_ends_the_run_and_tells_who_asked(self, run, mara, now):
        working = reach(run, Status.SCORING, owner="worker", now=now)

        done = running.finish(run=working, owner="worker", partial=False, figures={"served_weight": 91.5}, now=now)

        assert (done.status, done.lease_owner, done.lease_until) == (Status.READY, "", None)
        assert done.figures == {"served_weight": 91.5, "attempts": 1}
        assert states_told(run) == ["QUEUED", "GATHERING", "SCREENING", "SCORING", "READY"]
        entry = Notification.objects.get(user=mara)
        assert entry.title.startswith("Suggestions are ready for North")
        assert entry.url == "/districts/NORTH/board/?day=2026-06-15"

    def test_says_when_a_source_was_late(self, run, mara, now):
        working = reach(run, Status.SCORING, owner="worker", now=now)

        done = running.finish(run=working, owner="worker", partial=True, figures={}, now=now)

        assert done.status == Status.PARTIAL
        assert "older data" in Notification.objects.get(user=mara).title

    def test_supersedes_what_earlier_runs_still_proposed(self, run, now, events_of):
        earlier = factories.SuggestionRunFactory(district=run.district, status=Status.PARTIAL)
        proposed = factories.SuggestionFactory(run=earlier, order__district=run.district)
        rejected = factories.SuggestionFactory(run=earlier, order__district=run.district, status="REJECTED")
        tomorrow = factories.SuggestionRunFactory(district=run.district, day=DAY + timedelta(days=1))
        working = reach(run, Status.SCORING, owner="worker", now=now)

        running.finish(run=working, owner="worker", partial=False, figures={}, now=now)

        for row in (earlier, proposed, rejected, tomorrow):
            row.refresh_from_db()
        assert (earlier.status, proposed.status) == ("SUPERSEDED", "SUPERSEDED")
        assert (rejected.status, tomorrow.status) == ("REJECTED", "READY")
        assert events_of(proposed.order) == ["run.superseded"]

    def test_is_refused_to_a_worker_that_lost_the_run(self, run, mara, now):
        working = reach(run, Status.SCORING, owner="worker", now=now)
        running.cancel_run(run=run, by=mara, now=now)

        with pytest.raises(running.RunLost):
            running.finish(run=working, owner="worker", partial=False, figures={}, now=now)

        assert not Notification.objects.exists()


class TestFail:
    def test_keeps_a_sentence_and_withdraws_what_was_proposed(self, run, mara, now):
        working = reach(run, Status.SCORING, owner="worker", now=now)
        suggestion = factories.SuggestionFactory(run=run, order__district=run.district)

        failed = running.fail(run=working, owner="worker", error="The rule set has no speed.", now=now)

        suggestion.refresh_from_db()
        assert (failed.status, failed.error, suggestion.status) == (
            Status.FAILED, "The rule set has no speed.", "EXPIRED"
        )  # fmt: skip
        assert Notification.objects.get(user=mara).body == "The rule set has no speed."

    def test_leaves_the_earlier_suggestions_in_force(self, run, now):
        earlier = factories.SuggestionFactory(order__district=run.district)
        working = reach(run, Status.SCORING, owner="worker", now=now)

        running.fail(run=working, owner="worker", error="No.", now=now)

        earlier.refresh_from_db()
        assert earlier.status == "PROPOSED"

    def test_of_a_run_that_nobody_asked_for_tells_nobody(self, run, now):
        models.SuggestionRun.objects.update(requested_by=None)
        working = reach(run, Status.SCORING, owner="worker", now=now)

        running.fail(run=working, owner="worker", error="No.", now=now)

        assert not Notification.objects.exists()


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
