"""Removing suggestions that were withdrawn: a run of a large district leaves a megabyte of them behind.

What somebody decided on stays, with its reasons; so do the run and its figures.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef

from assignments import models
from notifications.services import held_rows

KEPT = timedelta(minutes=30)
"""After which nobody has a page open any more that shows them, and programs have heard that they are withdrawn."""
AT_ONCE = 200
"""Suggestions of one transaction: on SQLite nobody else writes while it lasts."""


def clear(*, now: datetime, pause: Callable[[], None] = lambda: None, stop: Callable[[], bool] = lambda: False) -> int:
    """Number of suggestions removed that were superseded or expired a while ago, some at a time."""
    removed = last = 0
    while not stop():
        pks = list(_withdrawn(now).filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:AT_ONCE])
        if not pks:
            break
        removed += _remove(pks, now)
        last = pks[-1]
        pause()
    return removed


def _withdrawn(now: datetime) -> models.runs.SuggestionQuerySet:
    booked = models.Assignment.objects.filter(suggestion=OuterRef("pk"))
    # What a batch did with it stays readable beside it.
    of_batch = models.BatchItem.objects.filter(suggestion=OuterRef("pk"))
    rows = models.Suggestion.objects.filter(status__in=models.Suggestion.WITHDRAWN, updated_at__lte=now - KEPT)
    return rows.filter(~Exists(booked), ~Exists(of_batch))


def _remove(pks: list[int], now: datetime) -> int:
    skips = connection.features.has_select_for_update_skip_locked
    with held_rows.brief():
        rows = _withdrawn(now).filter(pk__in=pks).select_for_update(skip_locked=skips, of=("self",) if skips else ())
        free = list(rows.values_list("pk", flat=True))
        models.FurtherCrew.objects.filter(suggestion__in=free).delete()
        # Their reasons need not be read for that.
        return models.Suggestion.objects.filter(pk__in=free).only("pk").delete()[1].get("assignments.Suggestion", 0)
