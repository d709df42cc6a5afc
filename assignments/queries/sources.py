"""As of when the sources are shown."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from assignments import models

GRACE = timedelta(seconds=5)
"""For reading a source, and for telling pages of it."""


_ALWAYS = 10**9
"""Seconds: a system that says something only when it has news may be silent for as long as it likes."""


@dataclass(frozen=True, slots=True)
class SourceState:
    code: str
    name: str
    interval: int
    """Seconds between two readings; of a system that is not read, those within which it is to be heard."""
    as_of: datetime | None
    """When the last reading began that came to its end."""
    failed_at: datetime | None
    detail: str
    """Why the last reading failed; empty otherwise."""
    missing: tuple[str, ...]
    """`6 of 10 outages`: listed no longer, and left until a person says that they have ended."""
    is_read: bool = True
    """Whether it is read; else it sends its records by itself."""
    refused: int = 0
    """Records of the district that were not taken."""

    def of_district(self, served_at: datetime | None) -> SourceState:
        """The state in a district for which all was read then: another's trouble is not its own."""
        if served_at is None or (self.as_of is not None and served_at <= self.as_of):
            return self
        return replace(self, as_of=served_at, detail="")

    def is_late(self, now: datetime) -> bool:
        """Whether what is shown of it is older than its interval."""
        return self.as_of is None or now - self.as_of > timedelta(seconds=self.interval) + GRACE


def followed() -> QuerySet[models.DownstreamSystem]:
    """Systems that are read."""
    return models.DownstreamSystem.objects.filter(enabled=True, is_source=True)


def heard() -> QuerySet[models.DownstreamSystem]:
    """Systems that are read, or send their records by themselves."""
    pushes = Q(is_source=True) | Q(following__pushed_at__isnull=False)
    return models.DownstreamSystem.objects.filter(pushes, enabled=True)


def states(district: models.District) -> list[SourceState]:
    """Of all sources as the district has them, by two queries."""
    rows = heard().select_related("following")
    of_it = models.RefusedRecord.objects.filter(system=OuterRef("pk"), district=district, waits=False).order_by()
    counted = of_it.values("system").annotate(count=Count("pk")).values("count")
    rows = rows.annotate(refused=Coalesce(Subquery(counted), 0))
    systems = list(rows.order_by("name"))
    by_district = [one.pk for one in systems if one.answers_for == one.AnswersFor.DISTRICT]
    marks: dict[int, list[tuple[str, str, datetime | None]]] = defaultdict(list)
    found = models.ReadingMark.objects.filter(system__in=by_district).order_by()
    for pk, resource, scope, read_at in found.values_list("system", "resource", "scope", "read_at"):
        marks[pk].append((resource, scope, read_at))
    return [state_of(system).of_district(_served(marks[system.pk]).get(district.code)) for system in systems]


def served(system: models.DownstreamSystem) -> Mapping[str, datetime]:
    """By the code of each district that the system is asked for by itself: as of when all of it was read."""
    if system.answers_for != system.AnswersFor.DISTRICT:
        return {}
    return _served(system.marks.order_by().values_list("resource", "scope", "read_at"))


def _served(marks: Iterable[tuple[str, str, datetime | None]]) -> Mapping[str, datetime]:
    listed = list(marks)
    collections = {resource for resource, _, _ in listed}
    times: dict[str, list[datetime]] = defaultdict(list)
    for _, scope, read_at in listed:
        if scope and read_at is not None:
            times[scope].append(read_at)
    return {scope: min(found) for scope, found in times.items() if len(found) == len(collections)}


def state_of(system: models.DownstreamSystem) -> SourceState:
    row = getattr(system, "following", None)
    return SourceState(
        code=system.code,
        name=system.name,
        interval=system.interval if system.is_source else system.read_every_seconds or _ALWAYS,
        as_of=row.read_at if row else None,
        failed_at=row.failed_at if row else None,
        detail=row.detail if row and row.failed_at else "",
        missing=tuple(_missing(row.missing)) if row else (),
        is_read=system.is_source,
        refused=getattr(system, "refused", 0),
    )


def _missing(found: dict[str, dict[str, int]]) -> Iterator[str]:
    for name, what in sorted(found.items()):
        resource, _, scope = name.partition(":")
        yield f"{what['count']:,} of {what['of']:,} {resource}{f' of {scope}' if scope else ''}"
