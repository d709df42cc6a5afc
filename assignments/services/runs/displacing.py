"""Suggestions that want a crew while it is taken."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from functools import reduce
from operator import or_

from django.db.models import Case, CharField, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from assignments import models
from assignments.queries import shared_people
from assignments.services.runs import lending

Status = models.Suggestion.Status

# Conditions of one statement.
_AT_ONCE = 100


def displace(
    *, assignments: Sequence[models.Assignment], among: models.runs.SuggestionQuerySet | None = None
) -> set[int]:
    """The orders whose open suggestions, `among` some or of all, want a crew, or somebody of it, while one of the
    assignments has them; those suggestions are stale now. Four queries for each hundred assignments.
    """
    order_ids: set[int] = set()
    for part in _parts(assignments):
        causes = [(_wanting(one), _taken(one)) for one in part]
        causes += [(wanting, words) for _, wanting, words in lending.causes([(one, _taken(one)) for one in part])]
        rows = models.Suggestion.objects.all() if among is None else among
        rows = rows.filter(reduce(or_, (wanting for wanting, _ in causes)))
        # Stale ones are locked too: somebody who frees a crew at this moment may be offering them again.
        locked = rows.filter(status__in=[Status.PROPOSED, Status.STALE]).order_by("pk").select_for_update(no_key=True)
        order_ids.update(order for order, status in locked.values_list("order_id", "status") if status != Status.STALE)
        rows.proposed().transition(Status.STALE, stale_cause=_named(causes))
    return order_ids


def taken(*, suggestions: Sequence[models.Suggestion]) -> Mapping[int, str]:
    """By id those of the suggestions that want a crew, or somebody of it, while they are taken, with the words for it.

    Work that was assigned before their run began takes nothing from them: the run planned around it.
    """
    if not suggestions:
        return {}
    crew_ids = {crew.pk for one in suggestions for crew in one.crews}
    crew_ids |= shared_people.crews_beside(crew_ids)
    start, end = min(map(_departs_at, suggestions)), max(one.ends_at for one in suggestions)
    ids = [one.pk for one in suggestions]
    found: dict[int, str] = {}
    for part in _parts(_assigned(crew_ids, start, end)):
        wanted = [(one, _wanting(one), _taken(one)) for one in part]
        wanted += lending.causes([(one, _taken(one)) for one in part])
        causes = [(wanting & Q(begun__lte=one.approved_at), words) for one, wanting, words in wanted]
        for first in range(0, len(ids), 500):
            rows = models.Suggestion.objects.filter(pk__in=ids[first : first + 500])
            rows = rows.annotate(begun=Coalesce("run__started_at", "run__requested_at"))
            rows = rows.filter(reduce(or_, (wanting for wanting, _ in causes)))
            found = dict(rows.annotate(taken=_named(causes)).values_list("pk", "taken")) | found
    return found


def _departs_at(suggestion: models.Suggestion) -> datetime:
    return min(suggestion.departs_at, *(one.departs_at for one in suggestion.further_crews.all()), suggestion.starts_at)


def _assigned(crew_ids: Collection[int], start: datetime, end: datetime) -> Sequence[models.Assignment]:
    rows = models.Assignment.objects.live().overlapping(start, end).filter(crew__in=crew_ids)
    related = rows.select_related("order__district", "crew", "suggestion")
    return list(related.prefetch_related("suggestion__further_crews").order_by("departs_at", "pk"))


def _parts(assignments: Sequence[models.Assignment]) -> Iterator[Sequence[models.Assignment]]:
    for first in range(0, len(assignments), _AT_ONCE):
        yield assignments[first : first + _AT_ONCE]


def _named(causes: Sequence[tuple[Q, str]]) -> Case:
    return Case(*(When(wanting, then=Value(cause)) for wanting, cause in causes), output_field=CharField())


def _wanting(assignment: models.Assignment) -> Q:
    """Suggestions of the crew for other work at the same time, travel included; alone or in a team."""
    leaving = Q(crew=assignment.crew_id, departs_at__lt=assignment.ends_at)
    beside = models.FurtherCrew.objects.filter(leaving, suggestion=OuterRef("pk"))
    until = Q(ends_at__gt=assignment.departs_at)
    suggestion, planned = assignment.suggestion, _planned_departure(assignment)
    if suggestion and planned and planned > assignment.departs_at:
        # Alone it is reached from the base. By its plan the crew comes from work that, once approved, is done before.
        until = (until & ~Q(run=suggestion.run_id, in_plan=True)) | Q(ends_at__gt=planned)
    return (leaving | Q(Exists(beside))) & until & ~Q(order=assignment.order_id)


def _planned_departure(assignment: models.Assignment) -> datetime | None:
    """By the plan that the assignment was approved from; None if it was decided otherwise."""
    suggestion = assignment.suggestion
    if suggestion is None or not suggestion.in_plan or suggestion.starts_at != assignment.starts_at:
        return None
    beside = {one.crew_id: one.departs_at for one in suggestion.further_crews.all()}
    return (beside | {suggestion.crew_id: suggestion.departs_at}).get(assignment.crew_id)


def _taken(assignment: models.Assignment) -> str:
    zone = assignment.order.district.zone
    start, end = assignment.departs_at.astimezone(zone), assignment.ends_at.astimezone(zone)
    return f"{assignment.crew} is taken {start:%H:%M}-{end:%H:%M} by {assignment.order.number}"[:200]
