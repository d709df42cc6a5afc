"""The rows of a file, by their outcome."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Count

from assignments import models

MOST = 200
"""Rows that a page lists."""


def counts(file: models.FileImport) -> dict[str, int]:
    """Number of rows by outcome."""
    rows = models.StagedRow.objects.filter(file=file).values("outcome").annotate(number_of=Count("pk"))
    return {row["outcome"]: row["number_of"] for row in rows.order_by()}


def told(file: models.FileImport, outcomes: Sequence[str], most: int = MOST) -> list[models.StagedRow]:
    """Rows of these outcomes of which there is something to say, in the order of the file."""
    rows = models.StagedRow.objects.filter(file=file, outcome__in=outcomes).exclude(told="")
    return list(rows.order_by("number").only("number", "outcome", "told")[:most])


def recent(table: str, most: int = 8) -> list[models.FileImport]:
    """The last imports into the table."""
    return list(models.FileImport.objects.filter(table=table).select_related("started_by")[:most])
