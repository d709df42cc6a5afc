"""Write-backs of a district's decisions: acknowledged, waiting and failed, each by itself or by decision."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Case, Count, IntegerField, Max, Min, Prefetch, Q, QuerySet, Value, When

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


@dataclass(frozen=True, slots=True)
class ToldDecision:
    """A decision, or the restoration times of an order, with all that any system is to be told of it."""

    messages: tuple[models.WriteBack, ...]
    """The oldest first; at least one."""

    @property
    def assignment(self) -> models.Assignment | None:
        """None of restoration times."""
        return self.messages[0].assignment

    @property
    def order(self) -> models.WorkOrder:
        return self.messages[0].about

    @property
    def key(self) -> str:
        one = self.messages[0]
        return f"order-{one.order_id}" if one.assignment_id is None else f"decision-{one.assignment_id}"


def decisions(rows: QuerySet[models.WriteBack]) -> QuerySet[models.WriteBack, tuple[UUID | None, int | None]]:
    """Keys of the decisions and of the orders of restoration times that the rows of a register are about: those that
    need a person first, then the newest."""
    keys = rows.order_by().values("assignment", "order")
    ranked = keys.annotate(worst=Min("urgency"), newest=Max("created_at"), last=Max("pk"))
    return ranked.order_by("worst", "-newest", "-last").values_list("assignment", "order")


def decision_counts(rows: QuerySet[models.WriteBack]) -> Mapping[str, int]:
    """Number of decisions with a message in each of STATES, and of all under an empty name; one query."""
    asked = {name: Q(status__in=statuses) for name, statuses in STATES.items()} | {"": Q()}
    columns = {
        f"{column}_{at}": Count(column, distinct=True, filter=wanted)
        for at, wanted in enumerate(asked.values())
        for column in ("assignment", "order")
    }
    found = rows.order_by().aggregate(**columns)
    return {name: found[f"assignment_{at}"] + found[f"order_{at}"] for at, name in enumerate(asked)}


def told(register: QuerySet[models.WriteBack], keys: Iterable[tuple[UUID | None, int | None]]) -> list[ToldDecision]:
    """The decisions in the sequence of their keys, each with all its messages; two queries."""
    wanted = list(keys)
    about = Q(assignment__in=[one for one, _ in wanted if one]) | Q(order__in=[one for _, one in wanted if one])
    found: dict[tuple[UUID | None, int | None], list[models.WriteBack]] = {key: [] for key in wanted}
    rows = with_details(register.filter(about)).select_related("assignment__approved_by", "assignment__revoked_by")
    for row in rows.order_by("created_at", "pk"):
        found[row.assignment_id, row.order_id].append(row)
    return [ToldDecision(tuple(messages)) for messages in found.values() if messages]


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
