from __future__ import annotations

from django.db import models


class WorkerBeat(models.Model):
    """A worker process that runs, or has run; all times are by the clock of the database."""

    owner = models.CharField(max_length=80, unique=True)
    """Its name on leases."""
    began_at = models.DateTimeField()
    seen_at = models.DateTimeField(db_index=True)
    """When it last said that it runs."""

    class Meta:
        ordering = ["-seen_at"]

    def __str__(self) -> str:
        return f"worker {self.owner}"
