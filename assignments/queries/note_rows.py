"""Notes as pages show them, the newest first."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import Q

from assignments import models
from assignments.models.notes import NoteQuerySet

Note = models.Note
MOST = 20
"""Notes on one page; older ones are read through the API and in the audit."""


def of_review(order: models.WorkOrder, crews: Collection[int], now: datetime) -> list[Note]:
    """Notes on the order, and newer ones on these crews of its district."""
    of_crews = Q(
        crew__in=crews, crew__district=order.district_id, written_at__gt=now - Note.OF_A_CREW, written_at__lte=now
    )
    return list(_shown(Note.objects.filter(Q(order=order) | of_crews))[:MOST])


def for_shifts(district: models.District, now: datetime) -> list[Note]:
    """Shift notes of the last two days."""
    return list(_shown(Note.objects.filter(district=district, written_at__gt=now - Note.FOR_A_SHIFT))[:MOST])


def first_end(rows: Collection[Note]) -> datetime | None:
    """When time alone takes one of them off the page."""
    return min((row.shown_until for row in rows if row.shown_until), default=None)


def _shown(rows: NoteQuerySet) -> NoteQuerySet:
    return rows.held().select_related("written_by", "crew").order_by("-written_at", "-pk")
