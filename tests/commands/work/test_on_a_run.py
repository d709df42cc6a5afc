"""While a worker is busy with a run, the run may be cancelled, taken away, or come to grief."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from assignments import models
from assignments.services.runs import running
from assignments.services.snapshots import snapshotting
from assignments.tasks import holding, planning, process
from tests.commands.work.steps import AT_ONCE, Planner, until

pytestmark = pytest.mark.django_db(transaction=True)

Status = models.SuggestionRun.Status


def claimed(at: datetime) -> models.SuggestionRun:
    run = running.claim(owner="worker", now=at)
    assert run is not None
    return run


def begin_planning(run: models.SuggestionRun) -> Planner:
    planner = Planner()
    planner.start()
    until(lambda: "plan" in models.SuggestionRun.objects.get(pk=run.pk).figures)
    return planner


class TestWhileARunIsPlanned:
    @pytest.mark.serial
    def test_a_cancelled_run_is_left_at_once(self, run, mara, silent_source):
        planner = begin_planning(run)

        running.cancel_run(run=run, by=mara, now=timezone.now())
        planner.join(timeout=AT_ONCE)

        assert not planner.is_alive()
        run.refresh_from_db()
        assert run.status == Status.CANCELLED

    @pytest.mark.serial
    def test_a_run_cancelled_while_its_plan_is_improved_is_left_at_once(self, run, mara, settings, monkeypatch):
        settings.IMPROVE_SECONDS = 60
        monkeypatch.setattr("assignments.engine.planning.SECONDS_A_JOB", 60)
        planner = Planner()
        planner.start()
        until(lambda: run.suggestions.filter(in_plan=True).exists(), seconds=60)
        until(lambda: "served_percent" in models.SuggestionRun.objects.get().figures)

        running.cancel_run(run=run, by=mara, now=timezone.now())
        planner.join(timeout=AT_ONCE)

        assert not planner.is_alive()
        run.refresh_from_db()
        assert run.status == Status.CANCELLED
        assert set(run.suggestions.values_list("status", flat=True)) == {"EXPIRED"}

    @pytest.mark.serial
    def test_a_run_that_was_taken_over_is_not_written_to(self, run, silent_source):
        planner = begin_planning(run)

        models.SuggestionRun.objects.update(lease_owner="heir")
        planner.join(timeout=AT_ONCE)

        assert not planner.is_alive()

        run.refresh_from_db()
        assert (run.status, run.lease_owner) == (Status.SCORING, "heir")

    def test_a_worker_asked_to_stop_gives_the_run_back(self, run, silent_source):
        planner = begin_planning(run)

        process.stopping.set()
        planner.join(timeout=AT_ONCE)

        assert not planner.is_alive()
        assert running.claim(owner="next", now=timezone.now()) == run

    def test_an_error_ends_the_run_with_a_sentence(self, run, monkeypatch, caplog):
        def broken(**_: Any) -> None:
            raise ValueError("a rule set without speed")

        monkeypatch.setattr(snapshotting, "problem_for", broken)
        planning.claim_and_execute(owner="worker")

        run.refresh_from_db()
        assert run.status == Status.FAILED
        assert "tell an administrator" in run.error
        assert "a rule set without speed" in caplog.text

    def test_a_database_that_fails_leaves_the_run_to_be_had(self, run, monkeypatch):
        def gone(**_: Any) -> None:
            raise OperationalError("the server has gone away")

        with monkeypatch.context() as while_gone:
            while_gone.setattr(snapshotting, "problem_for", gone)
            with pytest.raises(OperationalError):
                planning.claim_and_execute(owner="worker")

        assert planning.claim_and_execute(owner="worker").status == Status.READY


class TestHold:
    def test_survives_a_database_that_is_away_for_a_moment(self, run, monkeypatch):
        planned = claimed(timezone.now())
        answers = iter([OperationalError("no server")])
        standing = running.standing

        def looked(**arguments: Any) -> running.RunHold:
            for error in answers:
                raise error
            return standing(**arguments)

        monkeypatch.setattr(running, "standing", looked)
        with holding.Hold(run=planned, owner="worker", now_fn=timezone.now, asked_to_stop=bool) as hold:
            time.sleep(1)
            assert not hold.is_lost

    def test_renews_the_lease(self, run, monkeypatch):
        monkeypatch.setattr(holding, "_RENEW_SECONDS", 0.1)
        planned = claimed(timezone.now() - timedelta(seconds=20))

        with holding.Hold(run=planned, owner="worker", now_fn=timezone.now, asked_to_stop=bool):
            until(models.SuggestionRun.objects.filter(lease_until__gt=timezone.now() + timedelta(seconds=25)).exists)
