"""Notice that no worker runs: what every page of a district says of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from assignments import models
from assignments.presenters.shared import words
from assignments.queries import days, workers

_UNCLAIMED_SECONDS = 10
"""After which a run or an import that waits for a worker is worth a word."""


@dataclass(frozen=True, slots=True)
class NoWorker:
    since: words.ShownTime | None
    """When one was last seen; None where there never was one."""


def unclaimed_in(since: datetime, now: datetime) -> int:
    """Seconds until a page says that no worker has taken up what has waited for one since then; 0 from then on."""
    return max(0, round(_UNCLAIMED_SECONDS - (now - since).total_seconds()))


def notice(seen: workers.Workers, district: models.District, now: datetime) -> NoWorker | None:
    """None while a worker runs."""
    if not seen.is_silent:
        return None
    today = days.today(district, now)
    return NoWorker(words.moment(seen.seen_at, district.zone, today) if seen.seen_at else None)
