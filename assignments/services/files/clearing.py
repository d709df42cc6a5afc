"""Removing what is left of imports that are over, some rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from assignments import models

KEPT = timedelta(days=7)
"""Staged rows, which hold what stood in the table before, after the end of their import."""
STUCK = timedelta(hours=1)
"""After which an upload is given up that its web process never finished."""
IDLE = timedelta(days=7)
"""After which a file that waits for a person is given up."""
_AT_ONCE = 500


def clear(*, now: datetime, pause: Callable[[], None] = lambda: None) -> int:
    """Number of rows removed; the imports themselves stay, as the record names them."""
    status = models.FileImport.Status
    models.FileImport.objects.filter(status=status.UPLOADING, started_at__lt=now - STUCK).delete()
    idle = models.FileImport.objects.filter(status__in=[status.ASKING, status.READY], asked_at__lt=now - IDLE)
    idle.transition(status.CANCELLED, ended_at=now, sentence="Nobody went on with it for a week.")
    old = models.FileImport.objects.filter(status__in=models.FileImport.OVER, ended_at__lt=now - KEPT)
    removed = 0
    for table in (models.StagedRow, models.FilePiece):
        rows = table.objects.filter(file__in=old)
        while pks := list(rows.values_list("pk", flat=True)[:_AT_ONCE]):
            removed += table.objects.filter(pk__in=pks).delete()[0]
            pause()
    return removed
