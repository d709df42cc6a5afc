"""Parts of a board's queue and its other sequences, as people choose them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from assignments import models
from assignments.queries import work_queue


def with_crews(orders: QuerySet[models.WorkOrder], crews: Collection[int], day: date) -> QuerySet[models.WorkOrder]:
    """The part of a queue whose rows show one of the crews: its decisions, and where nothing is decided its
    suggestions."""
    of_crew = Q(crew__in=crews) | Q(further_crews__crew__in=crews)
    chosen = models.Suggestion.objects.filter(of_crew, run__day=day).proposed()
    decided = models.Assignment.objects.live().filter(order=OuterRef("pk"), crew__in=crews)
    return orders.annotate(top_suggestion=work_queue.top_suggestion(day)).filter(
        Exists(decided) | Q(decided=False, top_suggestion__in=chosen.values("pk"))
    )


def sorted_by(orders: QuerySet[models.WorkOrder], sort: str, day: date) -> QuerySet[models.WorkOrder]:
    """The queue in another sequence: what has none comes last, and what is equal in it stays most at risk first."""
    if sort == "crew":
        orders = _with_crew_shown(orders, day)
    by: Mapping[str, tuple[Any, ...]] = {
        "due": (F("due_at").asc(nulls_last=True),),
        "appointment": (F("appointment_starts_at").asc(nulls_last=True),),
        "customers": ("-customers_out",),
        "priority": ("urgency", F("due_at").asc(nulls_last=True)),
        "crew": (F("crew_shown").asc(nulls_last=True),),
    }
    return orders.order_by(*by[sort], *orders.query.order_by)


def _with_crew_shown(orders: QuerySet[models.WorkOrder], day: date) -> QuerySet[models.WorkOrder]:
    """With the name of the crew that a row shows: of its decision, else of its suggestion."""
    decided = models.Assignment.objects.live().leads().filter(order=OuterRef("pk")).values("crew__name")[:1]
    suggested = work_queue.top_suggestions(day).values("crew__name")[:1]
    return orders.annotate(crew_shown=Coalesce(Subquery(decided), Subquery(suggested)))


def feeders(district: models.District) -> list[str]:
    """The feeders that open work of the district lies on."""
    found = models.WorkOrder.objects.open().filter(district=district).exclude(feeder="")
    return list(found.order_by("feeder").values_list("feeder", flat=True).distinct())
