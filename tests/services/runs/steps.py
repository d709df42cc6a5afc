"""Leading a run on its way, and what was told of it."""

from __future__ import annotations

from datetime import datetime

from assignments import models
from assignments.services.runs import running
from notifications.models import Event

Status = models.SuggestionRun.Status


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
