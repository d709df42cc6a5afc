"""Write-backs of a district's decisions: acknowledged, waiting and failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Case, Count, IntegerField, Prefetch, Q, QuerySet, Value, When

from assignments import models

SHOWN = timedelta(days=30)
"""Age up to which a settled write-back stays on the page."""

Status = models.WriteBack.Status
STATES: Mapping[str, tuple[str, ...]] = {
    "dead": (Status.DEAD,),
    "failed": (Status.FAILED,),
    "pending": (Status.PENDING, Status.SENDING),
    "acknowledged": (Status.ACKNOWLEDGED,),
    "compensated": (Status.COMPENSATED,),
    "written-off": (Status.WRITTEN_OFF,),
}
"""States shown by the tabs of the page, the most urgent first."""


@dataclass(frozen=True, slots=True)
class TargetCounts:
    """Number of write-backs to one system in each of STATES."""

    target: models.DownstreamSystem
    counts: Mapping[str, int]


def away() -> QuerySet[models.DownstreamSystem]:
    """Systems that take no decisions now, the one that has been away longest first."""
    found: QuerySet[models.DownstreamSystem] = models.DownstreamSystem.objects.filter(
        is_away=True, enabled=True, is_target=True
    )
    return found.order_by("away_since", "pk")


def register(district: models.District, now: datetime) -> QuerySet[models.WriteBack]:
    """The district's write-backs, those that need a person first, then the newest; settled ones leave after SHOWN."""
    over = [Status.ACKNOWLEDGED, Status.COMPENSATED, Status.WRITTEN_OFF]
    settled = Q(status__in=over, created_at__lt=now - SHOWN)
    rows = models.WriteBack.objects.about(district=district).filter(~settled)
    ranks = [When(status__in=states, then=Value(rank)) for rank, states in enumerate(STATES.values())]
    urgency = Case(*ranks, output_field=IntegerField())
    found: QuerySet[models.WriteBack] = rows.annotate(urgency=urgency).order_by("urgency", "-created_at", "-pk")
    return found


def in_state(rows: QuerySet[models.WriteBack], state: str) -> QuerySet[models.WriteBack]:
    """The part that one of the tabs shows."""
    return rows.filter(status__in=STATES[state])


def counts(rows: QuerySet[models.WriteBack]) -> list[TargetCounts]:
    """For each system that is told of decisions, or has been; two queries."""
    found: dict[int, dict[str, int]] = {}
    state_of = {status: state for state, statuses in STATES.items() for status in statuses}
    for target, status, number in rows.order_by().values_list("target", "status").annotate(Count("pk")):
        numbers = found.setdefault(target, dict.fromkeys(STATES, 0))
        numbers[state_of[status]] += number
    targets = models.DownstreamSystem.objects.filter(Q(pk__in=list(found)) | Q(is_target=True, enabled=True))
    return [TargetCounts(one, found.get(one.pk, dict.fromkeys(STATES, 0))) for one in targets.order_by("name", "pk")]


def with_details(rows: QuerySet[models.WriteBack]) -> QuerySet[models.WriteBack]:
    """The rows with all that a page says of each."""
    further = models.Assignment.objects.select_related("crew")
    related = rows.select_related("target", "order", "assignment__order", "assignment__crew", "written_off_by")
    return related.prefetch_related(Prefetch("assignment__further_crews", queryset=further))


def with_districts(rows: QuerySet[models.WriteBack]) -> QuerySet[models.WriteBack]:
    """The rows with all that an act on them records."""
    return rows.select_related("target", "order__district", "assignment__order__district", "assignment__crew")


def dead_of(district: models.District, target: models.DownstreamSystem | None = None) -> QuerySet[models.WriteBack]:
    """Dead write-backs to the system, or to all of them, oldest first."""
    rows = models.WriteBack.objects.about(district=district).filter(status=Status.DEAD)
    of_one = rows.filter(target=target) if target else rows
    return with_details(of_one).order_by("created_at", "pk")
