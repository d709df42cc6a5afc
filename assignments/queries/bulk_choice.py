"""Orders that a bulk approval of a part of the queue leaves open, with the reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value, When

from assignments import models
from assignments.queries import days

REASONS = (
    "warnings", "permit", "crowded", "rejected", "stale", "no-crew", "left", "not-planned", "elsewhere",
)  # fmt: skip
"""Reasons for which an order stays open, in the sequence in which a page names them."""


def left_open(district: models.District, day: date, orders: QuerySet[models.WorkOrder]) -> Mapping[str, list[str]]:
    """The numbers of the undecided orders of a district's queue of the day, or of a part of it, that no bulk approval
    takes, by REASONS; by one query."""
    of_order = models.Suggestion.objects.filter(order=OuterRef("pk"), run__day=day)
    planned = of_order.proposed().filter(in_plan=True)
    verdicts = models.Verdict.objects.filter(order=OuterRef("pk"), run__day=day).order_by("-run__requested_at")
    rejections = models.Rejection.objects.held().filter(order=OuterRef("pk"))
    rejections = rejections.between(*days.period_of(day, district.zone))
    undecided = orders.filter(Q(decided=False)).annotate(legal=Subquery(verdicts.values("legal")[:1]))
    reason = Case(
        When(~Q(status__in=models.WorkOrder.ASSIGNABLE), then=Value("elsewhere")),
        When(Exists(planned.filter(tentative=True)), then=Value("permit")),
        When(Exists(planned.exclude(warnings=[])), then=Value("warnings")),
        When(Exists(planned), then=Value("")),
        When(suggested=True, then=Value("crowded")),
        When(Exists(rejections), then=Value("rejected")),
        When(Exists(of_order.filter(status=models.Suggestion.Status.STALE)), then=Value("stale")),
        When(legal=0, then=Value("no-crew")),
        When(legal__gt=0, then=Value("left")),
        default=Value("not-planned"),
        output_field=CharField(),
    )
    found: dict[str, list[str]] = {name: [] for name in REASONS}
    for number, why in undecided.annotate(why=reason).exclude(why="").values_list("number", F("why")):
        found[why].append(number)
    return {name: numbers for name, numbers in found.items() if numbers}
