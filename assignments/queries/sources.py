"""As of when the sources are shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from assignments import models

GRACE = timedelta(seconds=5)
"""For reading a source, and for telling pages of it."""


@dataclass(frozen=True, slots=True)
class SourceState:
    code: str
    name: str
    interval: int
    """Seconds between two readings."""
    as_of: datetime | None
    """When the last reading began that came to its end."""
    failed_at: datetime | None
    detail: str
    """Why the last reading failed; empty otherwise."""
    missing: tuple[str, ...]
    """`6 of 10 outages`: listed no longer, and left until a person says that they have ended."""
    refused: int = 0
    """Records of the district that were not taken."""

    def is_late(self, now: datetime) -> bool:
        """Whether what is shown of it is older than its interval."""
        return self.as_of is None or now - self.as_of > timedelta(seconds=self.interval) + GRACE


def followed() -> QuerySet[models.DownstreamSystem]:
    """Systems that are read."""
    return models.DownstreamSystem.objects.filter(enabled=True, is_source=True)


def states(district: models.District) -> list[SourceState]:
    """Of all sources, by one query."""
    rows = followed().select_related("following")
    of_it = models.RefusedRecord.objects.filter(system=OuterRef("pk"), district=district, waits=False).order_by()
    counted = of_it.values("system").annotate(count=Count("pk")).values("count")
    rows = rows.annotate(refused=Coalesce(Subquery(counted), 0))
    return [state_of(system) for system in rows.order_by("name")]


def state_of(system: models.DownstreamSystem) -> SourceState:
    row = getattr(system, "following", None)
    return SourceState(
        code=system.code,
        name=system.name,
        interval=system.interval,
        as_of=row.read_at if row else None,
        failed_at=row.failed_at if row else None,
        detail=row.detail if row and row.failed_at else "",
        missing=tuple(_missing(row.missing)) if row else (),
        refused=getattr(system, "refused", 0),
    )


def _missing(found: dict[str, dict[str, int]]) -> Iterator[str]:
    for name, what in sorted(found.items()):
        resource, _, scope = name.partition(":")
        yield f"{what['count']:,} of {what['of']:,} {resource}{f' of {scope}' if scope else ''}"
