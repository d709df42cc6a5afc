"""The sequence in which runs that wait are planned: districts and people take turns, however many each asks for."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from datetime import UTC, datetime, timedelta

from django.db.models import Q

from assignments import models

REMEMBERED = timedelta(hours=1)
"""For how long it matters that a run of a district or person was planned."""
_NEVER = datetime.min.replace(tzinfo=UTC)


def in_turn(waiting: Iterable[models.SuggestionRun], now: datetime) -> list[models.SuggestionRun]:
    """The runs, the next to plan first; two queries.

    What a worker had begun goes on. Then it is the turn of the district and person whose last turn is the longest ago:
    of both, the later one counts. Among equals, what was asked for first.
    """
    runs = sorted(waiting, key=lambda run: run.requested_at)
    if len(runs) < 2:
        return runs
    districts, people = _last_turns(runs, now)

    def rank(run: models.SuggestionRun) -> tuple[bool, datetime, datetime]:
        turns = sorted((districts.get(run.district_id, _NEVER), people.get(run.requested_by_id, _NEVER)))
        return run.started_at is None, turns[1], turns[0]

    return sorted(runs, key=rank)


def _last_turns(
    runs: Iterable[models.SuggestionRun], now: datetime
) -> tuple[dict[Hashable, datetime], dict[Hashable, datetime]]:
    """When a run of each district, and one of each person, was last begun."""
    districts: dict[Hashable, datetime] = {}
    people: dict[Hashable, datetime] = {}
    of_them = Q(district__in={run.district_id for run in runs}) | Q(
        requested_by__in={run.requested_by_id for run in runs}
    )
    begun = models.SuggestionRun.objects.filter(of_them, started_at__gte=now - REMEMBERED).order_by("started_at")
    for district, person, started_at in begun.values_list("district_id", "requested_by_id", "started_at"):
        districts[district] = started_at
        if person is not None:
            people[person] = started_at
    return districts, people
