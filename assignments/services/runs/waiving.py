"""Ending the waiting for sources: a manager goes on with what is known of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from assignments import models
from assignments.services.records import auditing, events, refusals


class NothingAwaited(refusals.Refusal):
    """The run has ended, so it waits for no source."""

    code = "nothing-awaited"
    next_step = "Look at its result, or start another run."


@transaction.atomic
def go_on(*, run: models.SuggestionRun, by: Any, now: datetime) -> models.SuggestionRun:
    """The run, whose worker waits for no source any longer and ends it with what is known.

    The wish is on the row: a worker that takes the run over honours it too. Asked again, nothing changes. Raises
    NotAManager, NothingAwaited.
    """
    refusals.require_manager(by=by, district=run.district)
    rows = models.SuggestionRun.objects.filter(pk=run.pk)
    is_first = rows.under_way().filter(go_on_asked_at=None).update(go_on_asked_at=now, version=F("version") + 1)
    run.refresh_from_db()
    if is_first:
        awaited = run.sources.filter(status__in=models.SourceProgress.AWAITED).select_related("system")
        names = [line.system.name for line in awaited]
        auditing.record(verb="run.went-on", row=run, by=by, now=now, after={"without": names}, district=run.district)
        events.run_changed(run=run, now=now)
    elif not run.is_under_way:
        ended = run.get_status_display().lower()
        raise NothingAwaited(f"The run for {run.day:%d %b} has already ended: {ended}.")
    return run
