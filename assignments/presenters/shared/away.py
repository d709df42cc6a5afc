"""Systems that take no decisions now: what every page of a district says of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from assignments import models
from assignments.presenters.shared import words
from assignments.queries import days, deliveries


@dataclass(frozen=True, slots=True)
class AwaySystem:
    name: str
    since: words.ShownTime
    because: str


@dataclass(frozen=True, slots=True)
class AwayNotice:
    district: str
    """Its code."""
    systems: tuple[AwaySystem, ...]


def notice(district: models.District, now: datetime) -> AwayNotice | None:
    """None while all systems take decisions."""
    found = shown(deliveries.away(), district, now)
    return AwayNotice(district.code, found) if found else None


def shown(
    systems: Iterable[models.DownstreamSystem], district: models.District, now: datetime
) -> tuple[AwaySystem, ...]:
    zone, today = district.zone, days.today(district, now)
    return tuple(
        AwaySystem(one.name, words.moment(one.away_since or now, zone, today), one.away_because.rstrip("."))
        for one in systems
    )
