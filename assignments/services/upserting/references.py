"""Row ids of what records name by the downstream systems' own references; a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import models as orm

from assignments.models import CrewMembership, DownstreamSystem, Qualification, WorkOrder
from assignments.queries.chunks import among
from assignments.services.upserting.refusing import Unstorable
from assignments.services.upserting.rows import chunks


def ids_by_reference(model: type[orm.Model], system: DownstreamSystem, references: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in chunks(set(references)):
        rows = model._default_manager.filter(source=system, source_reference__in=among(part))
        found.update(rows.values_list("source_reference", "pk"))
    return found


def order_ids_by_reference(references: Iterable[str]) -> dict[str, int]:
    """Orders by work management's reference, or else by their number: what other systems know an order by."""
    by_number: dict[str, int] = {}
    by_reference: dict[str, int] = {}
    for part in chunks(set(references)):
        by_number.update(WorkOrder.objects.filter(number__in=among(part)).values_list("number", "pk"))
        sourced = WorkOrder.objects.filter(source__kind=DownstreamSystem.Kind.WORK, source_reference__in=among(part))
        by_reference.update(sourced.values_list("source_reference", "pk"))
    return {**by_number, **by_reference}


def qualification_ids() -> dict[str, int]:
    return dict(Qualification.objects.values_list("code", "pk"))


def crew_ids_of(employee_ids: Iterable[int]) -> set[int]:
    """Crews that these people belong to at any time."""
    found: set[int] = set()
    for part in chunks(set(employee_ids)):
        found.update(CrewMembership.objects.filter(employee__in=among(part)).values_list("crew_id", flat=True))
    return found


def named(known: Mapping[str, int], reference: str, noun: str, *, field: str) -> int:
    """The id, or Unstorable until the thing named arrives."""
    if reference not in known:
        raise Unstorable(f"{noun} {reference} is not known", field=field, unresolved=True)
    return known[reference]
