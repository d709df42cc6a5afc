"""Ending the improvement of a plan early: a manager keeps the best plan that was found by then."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from assignments import models
from assignments.services.records import auditing, events, refusals


class NothingToImprove(refusals.Refusal):
    """The run has ended, so its plan is what it is."""

    code = "nothing-to-improve"
    next_step = "Approve its suggestions, or start another run."


class NoPlanYet(refusals.Refusal):
    """The run has not stored a complete plan that could be kept."""

    code = "no-plan-yet"
    next_step = "Wait until the run shows its first plan, or cancel it. Ranked suggestions can be approved already."


@transaction.atomic
def keep_plan(*, run: models.SuggestionRun, by: Any, now: datetime) -> models.SuggestionRun:
    """The run, whose worker at once stores the best plan it has and ends it.

    The wish is on the row: a worker that takes the run over honours it too. Asked again, nothing changes. Raises
    NotAManager, NothingToImprove, NoPlanYet.
    """
    refusals.require_manager(by=by, district=run.district)
    rows = models.SuggestionRun.objects.filter(pk=run.pk)
    improving = rows.under_way().filter(figures__has_key="plan", keep_asked_at__isnull=True)
    is_first = improving.update(keep_asked_at=now, version=F("version") + 1)
    run.refresh_from_db()
    if is_first:
        after = {key: run.figures.get(key) for key in ("plan", "served_percent", "travel_hours")}
        auditing.record(verb="run.plan-kept", row=run, by=by, now=now, after=after, district=run.district)
        events.run_changed(run=run, now=now)
    elif not run.is_under_way:
        ended = run.get_status_display().lower()
        raise NothingToImprove(f"The run for {run.day:%d %b} has already ended: {ended}.")
    elif run.keep_asked_at is None:
        raise NoPlanYet(f"The run for {run.day:%d %b} has no complete plan yet.")
    return run
