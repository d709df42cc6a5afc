"""Notice that no worker runs: what every page of a district says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assignments import models
from assignments.presenters.shared import words
from assignments.queries import days, workers


@dataclass(frozen=True, slots=True)
class NoWorker:
    since: words.ShownTime | None
    """When one was last seen; None where there never was one."""


def notice(seen: workers.Workers, district: models.District, now: datetime) -> NoWorker | None:
    """None while a worker runs."""
    if not seen.is_silent:
        return None
    today = days.today(district, now)
    return NoWorker(words.moment(seen.seen_at, district.zone, today) if seen.seen_at else None)
