"""Last visit of each person, and the entries that came while they were away."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db.models import Case, Count, QuerySet, Value, When

from notifications.models import Notification, Visit
from notifications.wire import kinds

ABSENCE = timedelta(hours=4)
"""From how long an absence on a person is told what happened."""
_PRECISION = timedelta(minutes=1)
_MOST = 6
"""Entries of a digest that are listed; the counts say the rest."""


@dataclass(frozen=True, slots=True)
class KindCount:
    """Number of entries of one kind from one place."""

    label: str
    count: int
    safety: bool


@dataclass(frozen=True, slots=True)
class PlaceCounts:
    name: str
    """Empty for what belongs to no place."""
    lines: list[KindCount]


@dataclass(frozen=True, slots=True)
class Digest:
    """Inbox entries of a person's last absence."""

    away_from: datetime
    away_until: datetime
    total: int
    places: list[PlaceCounts]
    entries: list[Notification]
    """The most important ones, what concerns safety first."""
    dismissed: bool


def seen(*, by: User, now: datetime) -> Visit:
    """Keeps that the person is here: at most one write in a minute, and one query when there is none.

    Who comes back after ABSENCE or longer gets another digest.
    """
    visit = Visit.objects.filter(user=by).first()
    if visit is None:
        Visit.objects.bulk_create([Visit(user=by, seen_at=now)], ignore_conflicts=True)
        return Visit.objects.get(user=by)
    away = now - visit.seen_at
    if away < _PRECISION:
        return visit
    changed = {"away_from": visit.seen_at, "away_until": now, "dismissed": False} if away >= ABSENCE else {}
    # Two pages that open at once see the same absence: the first one ends it.
    Visit.objects.filter(pk=visit.pk, seen_at=visit.seen_at).update(seen_at=now, **changed)
    visit.refresh_from_db()
    return visit


def digest(visit: Visit) -> Digest | None:
    """None for somebody who was not away, or was told nothing meanwhile; two queries, or none."""
    if visit.absence is None:
        return None
    away_from, away_until = visit.absence
    told = Notification.objects.of(visit.user_id).filter(created_at__gt=away_from, created_at__lte=away_until)
    places = _places(told)
    if not places:
        return None
    total = sum(line.count for place in places for line in place.lines)
    return Digest(away_from, away_until, total, places, list(_important_first(told)[:_MOST]), dismissed=visit.dismissed)


def dismiss(*, by: User) -> None:
    """Puts the digest away until the next absence."""
    Visit.objects.filter(user=by, dismissed=False).update(dismissed=True)


def _places(told: QuerySet[Notification]) -> list[PlaceCounts]:
    found: dict[str, dict[str, KindCount]] = defaultdict(dict)
    for place, name, count in (
        told.order_by().values_list("place", "kind").annotate(Count("pk")).order_by("place", "kind")
    ):
        kind = kinds.find(name)
        label = kind.label if kind else "Other"
        before = found[place].get(label)
        found[place][label] = KindCount(label, count + (before.count if before else 0), bool(kind and kind.safety))
    return [PlaceCounts(place, sorted(lines.values(), key=_weight)) for place, lines in found.items()]


def _weight(line: KindCount) -> tuple[bool, int, str]:
    return not line.safety, -line.count, line.label


def _important_first(told: QuerySet[Notification]) -> QuerySet[Notification]:
    grave = [When(kind=kind.name, then=Value(0)) for kind in kinds.everything() if kind.safety]
    grave += [When(kind__startswith=f"{kind.name}.", then=Value(0)) for kind in kinds.everything() if kind.safety]
    return told.order_by(Case(*grave, default=Value(1)), "-created_at", "-pk")
