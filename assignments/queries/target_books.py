"""The last comparison of each target's book, as far as one district is concerned."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Q

from assignments import models

SHOWN = 100
"""Differences of one target that a page lists; the others are counted."""


@dataclass(frozen=True, slots=True)
class TargetBook:
    target: models.DownstreamSystem
    latest: models.BookComparison | None
    """However it ended, or under way."""
    done: models.BookComparison | None
    """The last that ended well."""
    shown: Sequence[models.Difference] = ()
    total: int = 0
    elsewhere: int = 0
    mendable: int = 0


def of_all(district: models.District) -> list[TargetBook]:
    """Of every target, by four queries and one for each that has differences."""
    targets = models.DownstreamSystem.objects.filter(is_target=True).order_by("name", "pk")
    latest: dict[int, models.BookComparison] = {}
    done: dict[int, models.BookComparison] = {}
    for one in models.BookComparison.objects.order_by("asked_at", "pk"):
        latest[one.target_id] = one
        if one.status == models.BookComparison.Status.DONE:
            done[one.target_id] = one
    counts = _counts(district, [one.pk for one in done.values()])
    return [_book(target, latest.get(target.pk), done.get(target.pk), district, counts) for target in targets]


def _counts(district: models.District, comparisons: list[int]) -> dict[int, dict[str, int]]:
    differences = models.Difference.objects.filter(comparison__in=comparisons)
    here = Q(district=district)
    grouped = differences.order_by().values("comparison").annotate(
        total=Count("pk", filter=here),
        elsewhere=Count("pk", filter=Q(district__isnull=True)),
        mendable=Count("pk", filter=here & Q(pk__in=models.Difference.objects.open(), asked_at__isnull=True)),
    )  # fmt: skip
    names = ("total", "elsewhere", "mendable")
    return {pk: dict(zip(names, numbers, strict=True)) for pk, *numbers in grouped.values_list("comparison", *names)}


def _book(
    target: models.DownstreamSystem,
    latest: models.BookComparison | None,
    done: models.BookComparison | None,
    district: models.District,
    counts: dict[int, dict[str, int]],
) -> TargetBook:
    counted = counts.get(done.pk) if done else None
    if done is None or counted is None:
        return TargetBook(target, latest, done)
    rows = models.Difference.objects.filter(comparison=done, district=district).select_related("order", "write_back")
    shown = list(rows.order_by("pk")[:SHOWN]) if counted["total"] else []
    return TargetBook(target, latest, done, shown, **counted)
