"""Suggestions that would give out somebody who is at work with another crew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Exists, OuterRef, Q

from assignments import models
from assignments.queries import shared_people


def causes(taken: Sequence[tuple[models.Assignment, str]]) -> Iterator[tuple[models.Assignment, Q, str]]:
    """For each assignment, of which is said in words whom it takes when, again: suggestions at the same time of other
    crews that one of its people is in, and why these are stale. Two queries at most."""
    people = shared_people.by_crew({row.crew_id for row, _ in taken})
    ids = {person.id for found in people.values() for person in found}
    absences = list(models.Absence.objects.in_force().filter(employee__in=ids)) if ids else []
    for row, words in taken:
        for person in people.get(row.crew_id, ()):
            own = (one for one in absences if one.employee_id == person.id)
            is_away = any(one.starts_at < row.ends_at and one.ends_at > row.starts_at for one in own)
            if person.is_there(row.starts_at, row.ends_at) and not is_away:
                said = f"{person.name} is with {words.replace(' is taken ', ', taken ')}"
                yield row, _wanting(person, row), said[:200]


def _wanting(person: shared_people.LentPerson, row: models.Assignment) -> Q:
    beside = models.FurtherCrew.objects.filter(crew=person.crew_id, suggestion=OuterRef("pk"))
    away = models.Absence.objects.in_force().filter(
        employee=person.id, starts_at__lt=OuterRef("ends_at"), ends_at__gt=OuterRef("starts_at")
    )
    at_once = Q(starts_at__lt=row.ends_at, ends_at__gt=row.starts_at) & ~Q(order=row.order_id)
    return (Q(crew=person.crew_id) | Q(Exists(beside))) & at_once & ~Q(Exists(away))
