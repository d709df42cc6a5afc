"""A run is worked on by one worker at a time, and ends once."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections

from assignments import models
from assignments.services.runs import running
from notifications.models import Event, Notification
from tests import factories
from tests.services.runs.steps import reach, states_told

Status = models.SuggestionRun.Status
DAY = factories.DAY


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
        monkeypatch.setattr(models.runs.SuggestionRunQuerySet, "take_over", lambda *_, **__: 0)

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
        together.wait(timeout=60)
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
        assert not running.standing(run=run, owner="paused").is_held

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

    def test_adds_to_the_figures_and_tells_them(self, run, now):
        claimed = reach(run, Status.SCORING, owner="worker", now=now)

        running.progressed(run=claimed, owner="worker", figures={"estimated_drives": 3}, now=now)
        running.progressed(run=claimed, owner="worker", figures={"served_percent": 90.1}, now=now)

        assert claimed.figures == {"attempts": 1, "estimated_drives": 3, "served_percent": 90.1}
        told = Event.objects.filter(type="run.changed", channel=f"run:{run.pk}").latest("pk")
        assert (told.data["figures"], told.data["version"]) == (claimed.figures, claimed.version)

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
