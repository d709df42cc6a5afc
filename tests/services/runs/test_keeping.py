"""A manager ends the improvement of a plan early and keeps the best plan found by then."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from assignments import models
from assignments.services.records import auditing, refusals
from assignments.services.runs import keeping, running
from notifications.models import Event
from tests import factories
from tests.racing import at_once
from tests.services.runs.steps import reach, states_told

Status = models.SuggestionRun.Status
FIGURES = {"plan": 3, "whole": True, "served_percent": 96.4, "travel_hours": 41.2}


@pytest.fixture
def improving(run: models.SuggestionRun, now: Any) -> models.SuggestionRun:
    """Its worker has stored plan 3 and searches on."""
    working = reach(run, Status.SCORING, owner="worker", now=now)
    return running.progressed(run=working, owner="worker", figures=FIGURES, now=now)


class TestKeepPlan:
    def test_tells_the_worker_and_everybody(self, improving, jonas, now):
        kept = keeping.keep_plan(run=improving, by=jonas, now=now)

        assert (kept.status, kept.keep_asked_at) == (Status.SCORING, now)
        assert running.standing(run=kept, owner="worker") == (True, True, False)
        entry = models.AuditEntry.objects.get(verb="run.plan-kept")
        assert (entry.actor, entry.after) == (jonas, {"plan": 3, "served_percent": 96.4, "travel_hours": 41.2})
        told = Event.objects.filter(type="run.changed", channel=f"run:{kept.pk}").latest("pk").data
        assert (told["version"], told["keep_asked_at"] is not None) == (kept.version, True)

    def test_asked_again_changes_nothing(self, improving, mara, jonas, now):
        first = keeping.keep_plan(run=improving, by=mara, now=now)

        again = keeping.keep_plan(run=improving, by=jonas, now=now + timedelta(seconds=1))

        assert (again.keep_asked_at, again.version) == (now, first.version)
        assert models.AuditEntry.objects.filter(verb="run.plan-kept").count() == 1

    @pytest.mark.parametrize("who", ["vic", "stella"])
    def test_is_refused_to_who_does_not_assign_here(self, request, improving, now, who):
        with pytest.raises(refusals.NotAManager):
            keeping.keep_plan(run=improving, by=request.getfixturevalue(who), now=now)

    @pytest.mark.parametrize("stage", [Status.QUEUED, Status.GATHERING, Status.SCREENING, Status.SCORING])
    def test_is_refused_before_the_first_complete_plan(self, run, mara, now, stage):
        if stage != Status.QUEUED:
            reach(run, stage, owner="worker", now=now)

        with pytest.raises(keeping.NoPlanYet, match="no complete plan yet") as refused:
            keeping.keep_plan(run=run, by=mara, now=now)

        assert "Wait until the run shows its first plan" in refused.value.next_step
        run.refresh_from_db()
        assert run.keep_asked_at is None

    def test_is_refused_when_the_run_has_ended(self, improving, mara, now):
        running.finish(run=improving, owner="worker", partial=False, figures={}, now=now)

        with pytest.raises(keeping.NothingToImprove, match="already ended: ready"):
            keeping.keep_plan(run=improving, by=mara, now=now)

    def test_leaves_nothing_when_it_cannot_be_recorded(self, improving, mara, now, monkeypatch):
        def broken(**_: Any) -> None:
            raise OSError("the audit is full")

        monkeypatch.setattr(auditing, "record", broken)
        told = states_told(improving)
        with pytest.raises(OSError, match="the audit is full"):
            keeping.keep_plan(run=improving, by=mara, now=now)

        improving.refresh_from_db()
        assert improving.keep_asked_at is None
        assert states_told(improving) == told


class TestWhenTheWorkerDies:
    """Between the wish and the end of the run."""

    def test_the_next_worker_ends_the_run_with_the_plan_that_was_stored(self, improving, mara, now):
        suggestion = factories.SuggestionFactory(run=improving, order__district=improving.district)
        keeping.keep_plan(run=improving, by=mara, now=now)

        assert running.claim(owner="heir", now=now + running.LEASE) is None

        improving.refresh_from_db()
        suggestion.refresh_from_db()
        assert (improving.status, improving.figures["plan"], suggestion.status) == (Status.READY, 3, "PROPOSED")
        assert states_told(improving)[-1] == "READY"

    def test_the_run_is_partial_when_a_source_was_late(self, improving, mara, now):
        models.SourceProgress.objects.create(
            run=improving, system=factories.DownstreamSystemFactory(), status=models.SourceProgress.Status.LATE
        )
        keeping.keep_plan(run=improving, by=mara, now=now)

        running.claim(owner="heir", now=now + running.LEASE)

        improving.refresh_from_db()
        assert improving.status == Status.PARTIAL

    def test_a_plan_stored_by_half_is_made_anew_and_the_wish_is_kept(self, improving, mara, now):
        keeping.keep_plan(run=improving, by=mara, now=now)
        running.progressed(run=improving, owner="worker", figures={"whole": False}, now=now)

        taken = running.claim(owner="heir", now=now + running.LEASE)

        assert taken is not None
        assert (taken.status, taken.keep_asked_at) == (Status.GATHERING, now)
        assert running.standing(run=taken, owner="heir") == (True, True, False)

    def test_without_a_wish_the_run_begins_anew(self, improving, now):
        taken = running.claim(owner="heir", now=now + running.LEASE)

        assert (taken.status, "plan" in taken.figures) == (Status.GATHERING, False)


@pytest.mark.django_db(transaction=True)
def test_of_two_managers_who_keep_it_at_once_one_is_recorded(improving, mara, jonas, now):
    kept = at_once(
        *(
            lambda who=who: keeping.keep_plan(run=models.SuggestionRun.objects.get(), by=who, now=now)
            for who in (mara, jonas)
        )
    )

    assert all(isinstance(run, models.SuggestionRun) for run in kept), kept
    assert models.AuditEntry.objects.filter(verb="run.plan-kept").count() == 1
