"""As of when each source is shown, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from assignments.engine.domain import wording
from assignments.presenters.shared import words
from assignments.queries.sources import GRACE, SourceState


@dataclass(frozen=True, slots=True)
class ShownSource:
    code: str
    name: str
    as_of: words.ShownTime | None
    """None: it was never read."""
    lasts: int
    """Seconds for which what is shown counts as live."""
    is_late: bool
    detail: str
    missing: str
    is_read: bool
    refused: str
    """`3 records were not taken`; empty for none."""


@dataclass(frozen=True, slots=True)
class ShownSources:
    now: str
    """The server's clock, ISO 8601."""
    zone: str
    lines: tuple[ShownSource, ...]
    oldest: words.ShownTime | None
    """The least recent of them; None when one was never read."""

    @property
    def are_late(self) -> bool:
        return any(line.is_late for line in self.lines)


def shown(states: Sequence[SourceState], *, zone: ZoneInfo, now: datetime) -> ShownSources | None:
    """None where nothing is read from other systems."""
    if not states:
        return None
    today = now.astimezone(zone).date()
    times = [state.as_of for state in states if state.as_of is not None]
    lines = tuple(
        ShownSource(
            code=state.code,
            name=state.name,
            as_of=words.moment(state.as_of, zone, today) if state.as_of else None,
            lasts=round(state.interval + GRACE.total_seconds()),
            is_late=state.is_late(now),
            detail=state.detail,
            missing=wording.listed(list(state.missing)),
            is_read=state.is_read,
            refused=_refused(state.refused),
        )
        for state in states
    )
    oldest = words.moment(min(times), zone, today) if len(times) == len(states) else None
    return ShownSources(now.isoformat(), zone.key, lines, oldest)


def _refused(number: int) -> str:
    return f"{words.count(number, 'record was', 'records were')} not taken" if number else ""
