"""The state of an installation's work in numbers, for monitoring: read from its rows, whichever process asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

from assignments import models
from assignments.queries import sources, workers

WAITS_TOO_LONG = timedelta(minutes=10)
"""After which a decision that a target has not taken is worth a look."""
MISSES = 3
"""Intervals of a source without a reading, after which more than one of them has failed."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Rows in one state."""

    number: int
    oldest_seconds: float


@dataclass(frozen=True, slots=True)
class SourceAge:
    code: str
    seconds: float | None
    """Age of what is known of it; None when it was never read."""
    is_late: bool
    has_failed: bool


def runs(now: datetime) -> Mapping[str, Backlog]:
    """By phase, those that are under way; the age is since they were asked for."""
    phases = models.SuggestionRun.UNDER_WAY
    rows = models.SuggestionRun.objects.under_way().order_by().values("status")
    found = {row["status"]: row for row in rows.annotate(number=Count("pk"), oldest=Min("requested_at"))}
    return {str(phase): _backlog(found.get(phase), now) for phase in phases}


def runs_failed(now: datetime) -> int:
    """Of the last hour."""
    since = now - timedelta(hours=1)
    return models.SuggestionRun.objects.filter(status="FAILED", requested_at__gt=since).count()


def write_backs(now: datetime) -> Mapping[tuple[str, str], Backlog]:
    """By code of each target and state, those that were not taken yet or need a person."""
    states = (*models.WriteBack.OPEN, models.WriteBack.Status.DEAD)
    rows = models.WriteBack.objects.filter(status__in=states).order_by().values("target__code", "status")
    counted = rows.annotate(number=Count("pk"), oldest=Min("created_at"))
    found = {(row["target__code"], row["status"]): row for row in counted}
    targets = models.DownstreamSystem.objects.filter(is_target=True, enabled=True).order_by("code")
    keys = {(code, str(state)) for code in targets.values_list("code", flat=True) for state in states} | found.keys()
    return {key: _backlog(found.get(key), now) for key in sorted(keys)}


def source_ages(now: datetime) -> list[SourceAge]:
    """Of all systems that are read or send their records by themselves."""
    states = [sources.state_of(one) for one in sources.heard().select_related("following").order_by("code")]
    return [_age(state, now) for state in states]


def late_sources(now: datetime) -> int:
    """Number of sources that several readings in a row have not come to an end of."""
    return sum(age.is_late for age in source_ages(now))


def stuck_targets(now: datetime) -> int:
    """Number of targets that have not taken a decision for long, or refuse one."""
    old = models.WriteBack.objects.open().filter(created_at__lt=now - WAITS_TOO_LONG, target__enabled=True)
    refused = models.WriteBack.objects.filter(status=models.WriteBack.Status.DEAD, target__enabled=True)
    targets = [*old.order_by().values_list("target", flat=True), *refused.order_by().values_list("target", flat=True)]
    return len(set(targets))


def running_workers() -> int:
    return workers.seen().running


def _backlog(row: dict[str, object] | None, now: datetime) -> Backlog:
    if row is None:
        return Backlog(0, 0.0)
    oldest = row["oldest"]
    age = (now - oldest).total_seconds() if isinstance(oldest, datetime) else 0.0
    return Backlog(int(str(row["number"])), max(0.0, age))


def _age(state: sources.SourceState, now: datetime) -> SourceAge:
    seconds = None if state.as_of is None else max(0.0, (now - state.as_of).total_seconds())
    is_late = seconds is None or seconds > MISSES * state.interval
    return SourceAge(state.code, seconds, is_late=is_late, has_failed=state.failed_at is not None)
