"""Stores the answers of a routing server as rows."""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
from django.conf import settings
from django.db.models import Case, Value, When
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from assignments import models
from assignments.downstream import routing
from assignments.engine.domain.problem import Place
from assignments.engine.domain.roads import NO_ROAD, Keys, Roads, Seconds
from assignments.engine.search import tables

KEPT_LONGER = timedelta(days=15)
"""Time that answers too old to plan with are kept: no suggestion made with one waits longer for approval."""
_FEW = 50
"""Up to so many places only drives between them are read; of more, all drives that begin at one of them."""
_AT_ONCE = 2_000
"""Places in one query."""
_EVER = datetime.min.replace(tzinfo=UTC)
# Rows removed in one transaction, so that SQLite's only writer is never kept waiting for long.
_SLICE = 5_000


@dataclass(frozen=True, slots=True)
class Told:
    """Drives that were told, four arrays of equal length; seconds are NO_ROAD where none leads."""

    origins: Keys
    destinations: Keys
    seconds: Seconds
    fresh: NDArray[np.bool_]
    """Told since the moment asked about."""

    def where(self, chosen: NDArray[np.bool_]) -> tuple[Keys, Keys]:
        """Keys of origins and destinations of some."""
        return self.origins[chosen], self.destinations[chosen]

    def roads(self, *, complete: bool = True) -> Roads:
        """As the engine knows them; `complete` says that the server told all it was asked for."""
        return Roads.of(self.origins, self.destinations, self.seconds, complete=complete)


def server() -> routing.TravelTimeServer | None:
    """The routing server that is set up, if one is."""
    if not settings.ROUTING_URL:
        return None
    return routing.TravelTimeServer(
        url=settings.ROUTING_URL,
        kind=routing.RoutingKind(settings.ROUTING_KIND),
        profile=settings.ROUTING_PROFILE,
        token=settings.ROUTING_TOKEN,
        timeout=float(settings.ROUTING_TIMEOUT),
        side=settings.ROUTING_TABLE,
        hosts=tuple(settings.OUTBOUND_HOSTS),
    )


def roads(places: Collection[Place]) -> Roads | None:
    """All answers on drives between the places, however old; None when no server is set up.

    One query for each 2,000 places.
    """
    configured = server()
    if configured is None:
        return None
    return told(server=configured, keys=np.unique(np.array([place.key for place in places], dtype=np.int64))).roads()


def told(*, server: routing.TravelTimeServer, keys: Keys, since: datetime = _EVER) -> Told:
    """All answers of the server on drives between the places of these keys; those `since` then are fresh."""
    is_fresh = Case(When(fetched_at__gte=since, then=1), default=0)
    fields = "origin", "destination", Coalesce("seconds", Value(NO_ROAD)), is_fresh
    parts = [np.zeros((0, len(fields)), dtype=np.int64)]
    for at in range(0, len(keys), _AT_ONCE):
        some = keys[at : at + _AT_ONCE].tolist()
        rows = models.TravelTime.objects.told_by(server.digest)
        narrowed = rows.among(some) if len(keys) <= _FEW else rows.from_any(some)
        values = itertools.chain.from_iterable(narrowed.values_list(*fields))
        parts.append(np.fromiter(values, dtype=np.int64).reshape(-1, len(fields)))
    table = np.concatenate(parts)
    table = table[np.isin(table[:, 1], keys)]
    return Told(table[:, 0], table[:, 1], table[:, 2].astype(np.int32), table[:, 3].astype(bool))


def remember(*, server: routing.TravelTimeServer, table: tables.Table, times: routing.Times, now: datetime) -> None:
    """Stores what was wanted of the table."""
    models.TravelTime.objects.remember(
        [
            models.TravelTime(
                server=server.digest,
                origin=table.origins[row].key,
                destination=table.destinations[column].key,
                seconds=_whole(times[row][column]),
                fetched_at=now,
            )
            for row, column in np.argwhere(table.wanted).tolist()
        ]
    )


def _whole(seconds: float | None) -> int | None:
    # A hundredth of a second is rounding, not driving.
    return None if seconds is None else max(0, int(-(-(seconds - 0.01) // 1)))


def trim(*, now: datetime) -> int:
    """Number of travel times removed because nothing plans or is approved with them any more.

    Runs in the background, never in a request.
    """
    old = models.TravelTime.objects.filter(fetched_at__lt=now - timedelta(days=settings.ROUTING_DAYS) - KEPT_LONGER)
    removed = 0
    while ids := list(old.values_list("pk", flat=True)[:_SLICE]):
        removed += models.TravelTime.objects.filter(pk__in=ids).delete()[0]
    return removed
