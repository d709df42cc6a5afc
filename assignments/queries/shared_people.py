"""People who are in several crews at the same time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from assignments import models


@dataclass(frozen=True, slots=True)
class LentPerson:
    """A person of one crew as a member of another one, from the later beginning until the earlier end."""

    id: int
    name: str
    crew_id: int
    """The other crew."""
    starts_at: datetime
    ends_at: datetime | None

    def is_there(self, start: datetime, end: datetime) -> bool:
        """Whether both memberships hold for all of the period."""
        return self.starts_at <= start and (self.ends_at is None or end <= self.ends_at)


def crews_beside(crew_ids: Any) -> set[int]:
    """The other crews that share a person with one of these; `crew_ids` may be a query of ids. One query."""
    rows = _both(models.CrewMembership.objects.filter(_of(crew_ids)))
    return set(rows.order_by().values_list("employee__crew_memberships__crew", flat=True))


def by_crew(crew_ids: Collection[int]) -> dict[int, list[LentPerson]]:
    """By crew: each person of it who is in another crew as well. One query."""
    found: dict[int, list[LentPerson]] = defaultdict(list)
    rows = _both(models.CrewMembership.objects.filter(_of(crew_ids))).order_by("employee__name", "pk")
    columns = "crew", "employee", "employee__name", "starts_at", "ends_at"
    there = [f"employee__crew_memberships__{column}" for column in ("crew", "starts_at", "ends_at")]
    for crew, person, name, start, end, other, since, until in rows.values_list(*columns, *there):
        ends = [one for one in (end, until) if one is not None]
        found[crew].append(LentPerson(person, name, other, max(start, since), min(ends, default=None)))
    return found


def _of(crew_ids: Any) -> Q:
    return Q(crew__in=crew_ids, employee__active=True)


def _both(rows: QuerySet[Any]) -> QuerySet[Any]:
    """Joined with the other memberships of the same person that hold at some time with these."""
    there = "employee__crew_memberships__"
    return rows.filter(
        Q(**{f"{there}ends_at__isnull": True}) | Q(**{f"{there}ends_at__gt": F("starts_at")}),
        Q(ends_at__isnull=True) | Q(ends_at__gt=F(f"{there}starts_at")),
        # A negated condition would be asked of all memberships, not of this one.
        Q(**{f"{there}crew__gt": F("crew")}) | Q(**{f"{there}crew__lt": F("crew")}),
    )
