"""Batches: what has become of their items, and what a manager can still undo without a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Prefetch, Q, QuerySet

from assignments import models

LISTED = timedelta(hours=24)
"""Age up to which a batch counts as recent."""

Item = models.BatchItem
_REVOKED = (
    Q(items__assignment__status="REVOKED")
    | Q(items__rejection__taken_back_at__isnull=False)
    | Q(items__rejection__lapsed_at__isnull=False)
    | Q(act=models.Batch.Act.HOLD, items__before__pinned=False)
)
_STANDS = Q(items__status__in=Item.STANDING) & ~_REVOKED
_KEPT = Q(items__status=Item.Status.KEPT)


def with_counts(batches: QuerySet[models.Batch]) -> QuerySet[models.Batch]:
    """Each with the numbers of its items.

    `total`, `waiting`, `refused`, `withdrawn` and `standing`: done, and not taken back by anybody. Of those that
    were to be taken back: `leaving`, `gone` and `kept`.
    """
    return batches.select_related("district", "started_by", "undo_asked_by", "to_crew").annotate(
        total=Count("items"),
        waiting=Count("items", filter=Q(items__status=Item.Status.WAITING)),
        leaving=Count("items", filter=Q(items__status=Item.Status.LEAVING)),
        refused=Count("items", filter=Q(items__status=Item.Status.REFUSED)),
        withdrawn=Count("items", filter=Q(items__status=Item.Status.WITHDRAWN)),
        standing=Count("items", filter=_STANDS),
        gone=Count("items", filter=Q(items__status=Item.Status.UNDONE) | (_KEPT & _REVOKED)),
        kept=Count("items", filter=_KEPT & ~_REVOKED),
    )


def items(batch: models.Batch) -> QuerySet[models.BatchItem]:
    """With all that a page says of each."""
    further_crews = models.Assignment.objects.select_related("crew")
    related = models.BatchItem.objects.filter(batch=batch).select_related(
        "order", "assignment__crew", "before__crew", "rejection"
    )
    return related.prefetch_related(
        Prefetch("assignment__further_crews", queryset=further_crews),
        Prefetch("before__further_crews", queryset=further_crews),
    ).order_by("place")


def recent(district: models.District, by: Any, now: datetime) -> QuerySet[models.Batch]:
    """The manager's batches of the last day, the newest first."""
    mine = models.Batch.objects.filter(district=district, started_by=by, started_at__gt=now - LISTED)
    return with_counts(mine).order_by("-started_at")


def just_approved(district: models.District, by: Any, now: datetime) -> QuerySet[models.Assignment]:
    """Approvals that the manager made one by one and may still undo, newest first."""
    since = now - timedelta(minutes=settings.UNDO_MINUTES)
    mine = models.Assignment.objects.live().leads().filter(order__district=district, approved_by=by)
    mine = mine.filter(approved_at__gt=since, batch_item__isnull=True).exclude(status="DISPATCHED")
    related = (
        mine.with_teams()
        .select_related("order__district", "approved_by")
        .prefetch_related("order__permits", "order__part_of__permits")
    )
    found: QuerySet[models.Assignment] = related.order_by("-approved_at")
    return found
