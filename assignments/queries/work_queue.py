"""Rows of a board: the queue of one district and one local day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
)

from assignments import models
from assignments.models import districts
from assignments.queries import days, longest_shift, rings, run_lines, true_reasons

_NOTHING_FOUND = "", 0, None
_SHORT_SHIFT = 6 * 60
"""Minutes that hardly any district's longest shift is short of."""


@dataclass(frozen=True, slots=True)
class BoardOrder:
    """One order with everything its row shows."""

    order: models.WorkOrder
    suggestion: models.Suggestion | None
    alternatives: int
    """Further proposals for the day beside `suggestion`."""
    stale_cause: str
    verdict: str
    """Finding of the day's newest run for the order, in one sentence; empty when none looked at it."""
    legal: int
    """Number of crews that may do it, by that finding."""
    found_at: datetime | None
    """When the run that found it was asked for."""
    rejected: tuple[str, ...]
    """Crews that managers have rejected for the day, where nothing else is suggested."""
    assignment: models.Assignment | None
    ring: tuple[str, ...]
    """Numbers of the orders that wait for each other in a ring, its own first; empty where it is in none."""
    write_backs: tuple[models.WriteBack, ...]
    """Write-backs of the live assignment, and of undone decisions that a target has not acknowledged yet."""
    parts: tuple[models.WorkOrder, ...] = ()
    """Of split work, each with its decision under `live`."""
    longest_shift: int | None = None
    """Minutes of the longest shift of its district, where the order may be longer than that."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Number of orders of a queue in each state."""

    total: int
    to_decide: int
    without_suggestion: int
    decided: int
    attention: int


def queue(district: models.District, day: date, now: datetime) -> QuerySet[models.WorkOrder]:
    """Open work that may start by the end of the day and of its horizon and is not settled for later, and work of the
    day that holds a crew though it is over; most at risk first.

    Each row says by annotation its `urgency` under the rules in force, and whether it is `decided`, `suggested` for
    the day, and in need of `attention`.
    """
    start, end = days.period_of(day, district.zone)
    end = max(end, days.horizon_of(district, day, now)[1])
    of_order = models.Assignment.objects.filter(order=OuterRef("pk"))
    live, red = of_order.live(), of_order.no_longer_standing()
    proposed = models.Suggestion.objects.proposed().filter(order=OuterRef("pk"), run__day=day)
    undelivered = models.WriteBack.objects.about(pk=OuterRef("pk")).filter(status="DEAD")
    of_district = models.WorkOrder.objects.filter(district=district)
    # Work that is over upstream while it still holds a crew needs a manager too.
    orders = of_district.open().workable().startable_before(end) | of_district.filter(
        Exists(red.overlapping(start, end))
    )
    orders = orders.annotate(
        decided=Exists(live),
        suggested=Exists(proposed),
        attention=ExpressionWrapper(
            Q(Exists(red)) | Q(Exists(undelivered)) | Q(pk__in=rings.everybody()), output_field=BooleanField()
        ),
    )
    queue: models.orders.WorkOrderQuerySet = orders.filter(Q(decided=False) | Exists(live.overlapping(start, end)))
    return queue.by_risk([district])


def in_state(orders: QuerySet[models.WorkOrder], state: str) -> QuerySet[models.WorkOrder]:
    """The part of a queue that one of the board's tabs shows."""
    parts: Mapping[str, Q] = {
        "to-decide": Q(decided=False, suggested=True),
        "without-suggestion": Q(decided=False, suggested=False),
        "decided": Q(decided=True),
        "attention": Q(attention=True),
    }
    return orders.filter(parts[state])


def counts(orders: QuerySet[models.WorkOrder]) -> Counts:
    """The numbers on the tabs of a queue, by one query."""
    # Names of their own: an aggregate called like an annotation would be counted instead of it.
    found = orders.order_by().aggregate(
        orders=Count("pk"),
        open_suggested=Count("pk", filter=Q(decided=False, suggested=True)),
        open_only=Count("pk", filter=Q(decided=False, suggested=False)),
        settled=Count("pk", filter=Q(decided=True)),
        alarming=Count("pk", filter=Q(attention=True)),
    )
    return Counts(
        total=found["orders"],
        to_decide=found["open_suggested"],
        without_suggestion=found["open_only"],
        decided=found["settled"],
        attention=found["alarming"],
    )


def latest_run(district: models.District, day: date) -> models.SuggestionRun | None:
    """The newest run of the day, with its lines."""
    runs = models.SuggestionRun.objects.filter(district=district, day=day).select_related("requested_by")
    return run_lines.with_lines(runs).order_by("-requested_at").first()


def rows(order_ids: Collection[int], day: date, now: datetime) -> list[BoardOrder]:
    """The orders in the sequence of `order_ids`, by a constant number of queries; ids that are gone are left out."""
    orders = _orders(order_ids, day)
    suggestions = _suggestions(orders)
    proposals = _proposals(orders, day)
    stale = _stale_causes(orders, day)
    verdicts = _verdicts(orders, day)
    assignments = _assignments(orders)
    rejected = _rejected([order for order in orders if order.pk not in assignments], day)
    write_backs = _write_backs(orders)
    ringed = rings.rings_of([order.pk for order in orders if order.unfinished])  # type: ignore[attr-defined]  # a prefetch
    parts = _parts([order.pk for order in orders if order.is_split])
    long = [order for order in orders if _may_be_too_long(order)]
    longest_shift.with_breaks(long)
    longest = longest_shift.longest_shifts({order.district_id for order in long}, now)
    return [
        BoardOrder(
            order=order,
            suggestion=suggestions.get(order.pk),
            alternatives=max(0, proposals.get(order.pk, 0) - 1),
            stale_cause=stale.get(order.pk, ""),
            verdict=verdicts.get(order.pk, _NOTHING_FOUND)[0],
            legal=verdicts.get(order.pk, _NOTHING_FOUND)[1],
            found_at=verdicts.get(order.pk, _NOTHING_FOUND)[2],
            rejected=tuple(rejected[order.pk]),
            assignment=assignments.get(order.pk),
            ring=ringed.get(order.pk, ()),
            write_backs=tuple(write_backs[order.pk]),
            parts=tuple(parts[order.pk]),
            longest_shift=longest.get(order.district_id),
        )
        for order in orders
    ]


def _parts(wholes: Collection[int]) -> Mapping[int | None, list[models.WorkOrder]]:
    found: dict[int | None, list[models.WorkOrder]] = defaultdict(list)
    if wholes:
        live = Prefetch("assignments", models.Assignment.objects.live().leads(), to_attr="live")
        rows = models.WorkOrder.objects.filter(part_of__in=wholes, part__lte=F("part_of__parts_in_all"))
        for part in rows.order_by("part").prefetch_related(live):
            found[part.part_of_id].append(part)
    return found


def _may_be_too_long(order: models.WorkOrder) -> bool:
    return order.is_assignable and not order.part and order.duration_minutes > _SHORT_SHIFT


def bulk_approvable(
    district: models.District, day: date, among: QuerySet[models.WorkOrder] | None = None
) -> QuerySet[models.Suggestion]:
    """Suggestions in the plan for undecided orders without a warning or a pending permit.

    With `among`, only for orders of that part of the queue.
    """
    found = models.Suggestion.objects.proposed().filter(run__district=district, run__day=day, in_plan=True)
    found = found.filter(tentative=False, warnings=[], order__status__in=models.WorkOrder.ASSIGNABLE)
    if among is not None:
        found = found.filter(order__in=among.order_by().values("pk"))
    urgency = models.WorkOrder.objects.filter(pk=OuterRef("order")).with_urgency([district]).values("urgency")
    related = districts.with_rules("order__district")
    return found.with_teams().select_related(*related).order_by(Subquery(urgency), "starts_at", "pk")


def _orders(order_ids: Collection[int], day: date) -> list[models.WorkOrder]:
    unfinished = models.WorkOrder.objects.exclude(status__in=models.WorkOrder.FINISHED).only("number", "status")
    found = (
        models.WorkOrder.objects.filter(pk__in=order_ids)
        .select_related(*districts.with_rules("district"))
        .annotate(top_suggestion=top_suggestion(day))
        .prefetch_related("permits", "parts", "part_of__permits", "part_of__parts")
        .prefetch_related(Prefetch("prerequisites", queryset=unfinished, to_attr="unfinished"))
    )
    by_id = {order.pk: order for order in found}
    return [by_id[pk] for pk in order_ids if pk in by_id]


def top_suggestion(day: date) -> Subquery:
    """The one that a row shows."""
    return Subquery(top_suggestions(day).values("pk")[:1])


def top_suggestions(day: date) -> QuerySet[models.Suggestion]:
    """Suggestions of an order, the one that its row shows first: the plan's choice, else the best rank."""
    top = models.Suggestion.objects.proposed().filter(order=OuterRef("pk"), run__day=day)
    return top.order_by("-in_plan", "rank", "pk")


def _suggestions(orders: list[models.WorkOrder]) -> Mapping[int, models.Suggestion]:
    # Annotated by _orders.
    ids = {order.top_suggestion for order in orders}  # type: ignore[attr-defined]
    found = list(models.Suggestion.objects.filter(pk__in=ids - {None}).with_teams())
    return {suggestion.order_id: suggestion for suggestion in true_reasons.pruned(found)}


def _proposals(orders: list[models.WorkOrder], day: date) -> Mapping[int, int]:
    proposed = models.Suggestion.objects.proposed().filter(order__in=_with_suggestion(orders, True), run__day=day)
    return dict(proposed.order_by().values_list("order").annotate(Count("pk")))


def _stale_causes(orders: list[models.WorkOrder], day: date) -> Mapping[int, str]:
    stale = models.Suggestion.objects.filter(order__in=_with_suggestion(orders, False), run__day=day, status="STALE")
    best = stale.filter(Q(in_plan=True) | Q(rank=1)).order_by("in_plan", "run__requested_at")
    # The last one of each order wins: the newest run's choice of the plan.
    return dict(best.values_list("order", "stale_cause"))


def _verdicts(orders: list[models.WorkOrder], day: date) -> Mapping[int, tuple[str, int, datetime | None]]:
    found = models.Verdict.objects.filter(order__in=_with_suggestion(orders, False), run__day=day)
    rows = found.order_by("run__requested_at").values_list("order", "text", "legal", "run__requested_at")
    return {order: (text, legal, at) for order, text, legal, at in rows}


def _rejected(orders: list[models.WorkOrder], day: date) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = defaultdict(list)
    if open_ones := _with_suggestion(orders, False):
        period = days.period_of(day, orders[0].district.zone)
        rows = models.Rejection.objects.held().filter(order__in=open_ones).between(*period)
        for order, names in rows.order_by("crew_names").values_list("order", "crew_names"):
            found[order].append(names)
    return found


def _with_suggestion(orders: list[models.WorkOrder], has_one: bool) -> list[int]:
    """Ids of the orders that have a top suggestion, or that have none; Django asks nothing about no ids at all."""
    # Annotated by _orders.
    return [o.pk for o in orders if (o.top_suggestion is not None) is has_one]  # type: ignore[attr-defined]


def _assignments(orders: list[models.WorkOrder]) -> Mapping[int, models.Assignment]:
    live = models.Assignment.objects.live().leads().filter(order__in=[o.pk for o in orders])
    return {one.order_id: one for one in live.with_teams().select_related("approved_by")}


def _write_backs(orders: list[models.WorkOrder]) -> Mapping[int, list[models.WriteBack]]:
    shown = Q(action__in=["ASSIGN", "CONFIRM"], assignment__status__in=models.Assignment.LIVE) | (
        Q(action="REVOKE") & ~Q(status__in=["ACKNOWLEDGED", "COMPENSATED", "WRITTEN_OFF"])
    )
    # Restoration times are told all day, and pins are no news to the board: only trouble is worth a line.
    shown |= Q(action__in=["ETR", "PIN"], status__in=["FAILED", "DEAD"])
    # A target that took the assignment has one line: whether it knows that it is firm.
    confirm = models.WriteBack.objects.filter(
        assignment=OuterRef("assignment"), target=OuterRef("target"), action="CONFIRM"
    )
    # Of what was told anew only the last counts.
    anew = models.WriteBack.objects.filter(
        assignment=OuterRef("assignment"), target=OuterRef("target"), action=OuterRef("action"),
        repair__gt=OuterRef("repair"),
    )  # fmt: skip
    said_before = Q(Exists(confirm), action="ASSIGN", status="ACKNOWLEDGED") | Q(Exists(anew))
    found: dict[int, list[models.WriteBack]] = defaultdict(list)
    rows = models.WriteBack.objects.about(pk__in=[o.pk for o in orders]).filter(shown, ~said_before)
    for row in rows.select_related("assignment", "target").order_by("created_at", "target__code", "pk"):
        found[row.order_id or row.assignment.order_id].append(row)
    return found
